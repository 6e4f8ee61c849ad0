/* SPDX-License-Identifier: Apache-2.0 */
/* What can be looked at without the directory: configuration, key ring, the pages' URL, the mail server. */
#include "base/cleanup.h"
#include "cli/doctor_internal.h"
#include "cli/identity.h"
#include "config/url.h"
#include "courier/delivery.h"
#include "tokens/key_ring.h"

#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECONDS_A_DAY INT64_C(86400)
#define KEY_DAYS_MOST 730 /* a key that has been in use for so long has been in many backups */

void check_configuration(struct doctor *doctor)
{
    const char *path = identity_config_path(doctor->command->options);
    if (command_configure(doctor->command) != COMMAND_DONE) {
        doctor_tell(doctor, FINDING_FAULT, "%s has faults: they stand above", path != NULL ? path : "the command line");
        return;
    }
    doctor->config = doctor->command->action.config;
    if (path == NULL)
        doctor_tell_mend(doctor, FINDING_WARNING, "run it where the daemon runs, as a user who may read its file",
                         "no latchkey.conf: built-in settings are looked at");
    else
        doctor_tell(doctor, FINDING_OK, "%s", path);
}

/* ---- key ring ---- */

static void cleanup_ring(struct key_ring **ring)
{
    key_ring_free(*ring);
}

/* Made at the first start, where the daemon may write. */
static void tell_no_ring(struct doctor *doctor, const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *folder = slash == NULL ? "." : lk_arena_copy(doctor->arena, path, (size_t) (slash - path) + 1);
    if (access(folder, W_OK | X_OK) == 0)
        doctor_tell_mend(doctor, FINDING_WARNING,
                         "nothing, before the first start; afterwards put it back from the backup",
                         "%s is not there; the daemon makes it when it starts", path);
    else
        doctor_tell_mend(doctor, FINDING_FAULT, "let the daemon's user write to the folder, or set links.key_ring",
                         "%s is not there, and this user may not write to its folder", path);
}

void check_key_ring(struct doctor *doctor)
{
    const char *path = doctor->config->links_key_ring;
    struct lk_trouble trouble = { "" };
    LK_CLEANUP(cleanup_ring) struct key_ring *ring = NULL;
    const enum lk_status status = key_ring_load(path, &ring, &trouble);
    if (status == LK_ABSENT) {
        tell_no_ring(doctor, path);
        return;
    }
    if (status != LK_OK) {
        doctor_tell_mend(doctor, FINDING_FAULT,
                         status == LK_REFUSED ? "chown it to the daemon's user, chmod 600"
                                              : "put it back from the backup, or correct the line",
                         "%s", trouble.words);
        return;
    }
    const int64_t days = (doctor->command->action.now - key_ring_newest_created(ring)) / SECONDS_A_DAY;
    if (days > KEY_DAYS_MOST)
        doctor_tell_mend(doctor, FINDING_WARNING, "add a new key (docs/operations.md, \"Keys\")",
                         "the newest key is %lld days old", (long long) days);
    else
        doctor_tell(doctor, FINDING_OK, "%s, newest key %u, %lld days old", path, (unsigned) key_ring_newest(ring),
                    (long long) days);
}

/* ---- the pages' URL ---- */

static const char *resolve(const char *host)
{
    struct addrinfo *found = NULL;
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    const int code = getaddrinfo(host, NULL, &hints, &found);
    if (code != 0)
        return gai_strerror(code);
    freeaddrinfo(found);
    return NULL;
}

void check_public_url(struct doctor *doctor)
{
    const char *text = doctor->config->server_public_url;
    struct config_url url;
    if (!config_url_read(text, &url)) {
        doctor_tell(doctor, FINDING_FAULT, "%s is no URL", text);
        return;
    }
    const char *host = lk_arena_copy(doctor->arena, url.host, url.host_len);
    const char *why = resolve(host);
    if (why != NULL)
        doctor_tell_mend(doctor, FINDING_FAULT, "put the name into the DNS, or correct server.public_url", "%s: %s: %s",
                         text, host, why);
    else if (config_url_is_loopback(&url))
        doctor_tell(doctor, FINDING_WARNING, "%s leads to this machine only: links in letters would too", text);
    else if (!config_url_has_scheme(&url, "https"))
        doctor_tell_mend(doctor, FINDING_WARNING, "put the pages behind https and say so in server.public_url",
                         "%s is not https: passwords and cookies cross the network in the clear", text);
    else
        doctor_tell(doctor, FINDING_OK, "%s", text);
}

/* ---- mail ---- */

void check_mail(struct doctor *doctor)
{
    struct lk_trouble trouble = { "" };
    const char *where = doctor->config->courier_deliver_to;
    struct delivery *delivery = delivery_new(doctor->config);
    const enum lk_status status = delivery_look(delivery, &trouble);
    delivery_free(delivery);
    if (status != LK_OK)
        doctor_tell(doctor, FINDING_FAULT, "%s: %s", where, trouble.words);
    else if (strncmp(where, "maildir:", sizeof "maildir:" - 1) == 0)
        doctor_tell_mend(doctor, FINDING_WARNING, "set courier.deliver_to to a mail server",
                         "%s: nothing leaves this machine", where);
    else
        doctor_tell(doctor, FINDING_OK, "%s takes mail%s%s", where,
                    *doctor->config->courier_user != '\0' ? " from " : "", doctor->config->courier_user);
}
