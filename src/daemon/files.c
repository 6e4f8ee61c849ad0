/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/files.h"

#include "base/cleanup.h"
#include "base/secret.h"
#include "directory/certificate.h"
#include "directory/kerberos.h"
#include "tokens/key_ring.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define PASSWORD_MOST 1024
#define PATH_MOST     1024

static enum lk_status check_password(const char *setting, const char *path, struct lk_text *faults)
{
    struct lk_trouble trouble = { "" };
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = NULL;
    if (*path == '\0' || lk_secret_read(path, PASSWORD_MOST, &password, &trouble) == LK_OK)
        return LK_OK;
    lk_text_format(faults, "%s: %s\n", setting, trouble.words);
    return LK_MALFORMED;
}

static enum lk_status check_mail_password(const struct config *config, struct lk_text *faults)
{
    return check_password("courier.password_file", config->courier_password_file, faults);
}

static enum lk_status check_bind_password(const struct config *config, struct lk_text *faults)
{
    const bool is_used = config->directory_bind == CONFIG_BIND_SIMPLE;
    return is_used ? check_password("directory.bind_password_file", config->directory_bind_password_file, faults)
                   : LK_OK;
}

static enum lk_status check_server_certificate(const struct config *config, struct lk_text *faults)
{
    return certificate_check_pair("server", config->server_certificate, config->server_private_key, faults);
}

static enum lk_status check_mail_authorities(const struct config *config, struct lk_text *faults)
{
    return certificate_check_authorities("courier", config->courier_ca_file, faults);
}

static void cleanup_ring(struct key_ring **ring)
{
    key_ring_free(*ring);
}

/* It is made at the first start. A folder that is not there yet may be made by then, by a service manager. */
static bool can_be_made(const char *path)
{
    LK_CLEANUP(lk_text_done) struct lk_text folder = LK_TEXT(PATH_MOST);
    const char *slash = strrchr(path, '/');
    lk_text_add(&folder, path, slash == NULL ? 0 : (size_t) (slash - path));
    lk_text_words(&folder, slash == NULL ? "." : "/");
    return access(lk_text_string(&folder), W_OK | X_OK) == 0 || errno == ENOENT;
}

static enum lk_status check_key_ring(const struct config *config, struct lk_text *faults)
{
    const char *path = config->links_key_ring;
    struct lk_trouble trouble = { "" };
    LK_CLEANUP(cleanup_ring) struct key_ring *ring = NULL;
    const enum lk_status status = key_ring_load(path, &ring, &trouble);
    if (status == LK_OK || (status == LK_ABSENT && can_be_made(path)))
        return LK_OK;
    lk_text_format(faults, "links.key_ring: %s%s\n", trouble.words,
                   status == LK_ABSENT ? ", and its folder may not be written to" : "");
    return LK_MALFORMED;
}

enum lk_status files_check(const struct config *config, struct lk_text *faults)
{
    static enum lk_status (*const checks[])(const struct config *, struct lk_text *) = {
        directory_check_certificates, directory_check_keytab, check_bind_password, check_server_certificate,
        check_mail_authorities,       check_mail_password,    check_key_ring,
    };
    enum lk_status status = LK_OK;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        const enum lk_status checked = checks[i](config, faults);
        status = status == LK_OK ? checked : status;
    }
    return status;
}
