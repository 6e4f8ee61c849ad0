/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/certificate.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/secret.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define KEY_MOST   ((size_t) 64 * 1024)
#define NAME_MOST  80
#define NAMES_TOLD 3

static bool is_set(const char *text)
{
    return *text != '\0';
}

/* ---- our files ---- */

static void credentials_cleanup(gnutls_certificate_credentials_t *credentials)
{
    gnutls_certificate_free_credentials(*credentials);
}

static enum lk_status fault(struct lk_text *faults, const char *section, const char *setting, const char *value,
                            const char *words)
{
    lk_text_format(faults, "%s.%s: %s: %s\n", section, setting, value, words);
    return LK_MALFORMED;
}

static const char *why_unread(const char *path, int code)
{
    return access(path, R_OK) == 0 ? gnutls_strerror(code) : strerrordesc_np(errno);
}

/* As authorities, for that takes any certificate. */
static enum lk_status check_certificates(gnutls_certificate_credentials_t credentials, const char *section,
                                         const char *setting, const char *path, struct lk_text *faults)
{
    const int count = gnutls_certificate_set_x509_trust_file(credentials, path, GNUTLS_X509_FMT_PEM);
    if (count > 0)
        return LK_OK;
    return fault(faults, section, setting, path, count == 0 ? "holds no certificate" : why_unread(path, count));
}

enum lk_status certificate_check_authorities(const char *section, const char *path, struct lk_text *faults)
{
    LK_CLEANUP(credentials_cleanup) gnutls_certificate_credentials_t credentials = NULL;
    if (!is_set(path))
        return LK_OK;
    if (gnutls_certificate_allocate_credentials(&credentials) != GNUTLS_E_SUCCESS)
        return LK_BROKEN;
    return check_certificates(credentials, section, "ca_file", path, faults);
}

/* The key is looked at as every secret is: others must not be able to read it. */
static enum lk_status check_key(const char *section, const char *path, struct lk_text *faults)
{
    struct lk_trouble trouble = { "" };
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *key = NULL;
    if (lk_secret_read(path, KEY_MOST, &key, &trouble) == LK_OK)
        return LK_OK;
    lk_text_format(faults, "%s.private_key: %s\n", section, trouble.words);
    return LK_MALFORMED;
}

enum lk_status certificate_check_pair(const char *section, const char *certificate, const char *private_key,
                                      struct lk_text *faults)
{
    LK_CLEANUP(credentials_cleanup) gnutls_certificate_credentials_t credentials = NULL;
    if (!is_set(certificate))
        return LK_OK;
    if (gnutls_certificate_allocate_credentials(&credentials) != GNUTLS_E_SUCCESS)
        return LK_BROKEN;
    const enum lk_status key = check_key(section, private_key, faults);
    const enum lk_status own = check_certificates(credentials, section, "certificate", certificate, faults);
    if (key != LK_OK || own != LK_OK)
        return LK_MALFORMED;
    const int set = gnutls_certificate_set_x509_key_file(credentials, certificate, private_key, GNUTLS_X509_FMT_PEM);
    return set >= 0 ? LK_OK : fault(faults, section, "certificate", certificate, gnutls_strerror(set));
}

/* Over TLS, SASL EXTERNAL is who the certificate says. */
static bool is_anonymous(const struct config *config, const char *uri)
{
    const bool is_tls =
        strncasecmp(uri, "ldaps:", 6) == 0 || (strncasecmp(uri, "ldap:", 5) == 0 && config->directory_start_tls);
    return is_tls && config->directory_bind == CONFIG_BIND_EXTERNAL && !is_set(config->directory_certificate);
}

static enum lk_status check_identity(const struct config *config, struct lk_text *faults)
{
    for (size_t i = 0; i < config->directory_uri.count; i++) {
        const char *uri = config->directory_uri.items[i];
        if (is_anonymous(config, uri))
            return fault(faults, "directory", "uri", uri, "here directory.bind = external needs directory.certificate");
    }
    return LK_OK;
}

enum lk_status directory_check_certificates(const struct config *config, struct lk_text *faults)
{
    const enum lk_status authorities = certificate_check_authorities("directory", config->directory_ca_file, faults);
    const enum lk_status own =
        certificate_check_pair("directory", config->directory_certificate, config->directory_private_key, faults);
    const enum lk_status identity = check_identity(config, faults);
    if (authorities != LK_OK)
        return authorities;
    return own != LK_OK ? own : identity;
}

/* ---- a server's certificate ---- */

static void certificate_cleanup(gnutls_x509_crt_t *certificate)
{
    gnutls_x509_crt_deinit(*certificate);
}

static bool read_der(const void *der, size_t len, gnutls_x509_crt_t *certificate)
{
    union {
        const void *ours;
        unsigned char *theirs;
    } bytes = { .ours = der };

    const gnutls_datum_t datum = { .data = bytes.theirs, .size = (unsigned) len };
    return gnutls_x509_crt_init(certificate) == GNUTLS_E_SUCCESS &&
           gnutls_x509_crt_import(*certificate, &datum, GNUTLS_X509_FMT_DER) == GNUTLS_E_SUCCESS;
}

enum lk_status certificate_read_end(const void *der, size_t len, int64_t *end_out)
{
    LK_CLEANUP(certificate_cleanup) gnutls_x509_crt_t certificate = NULL;
    if (!read_der(der, len, &certificate))
        return LK_MALFORMED;
    *end_out = gnutls_x509_crt_get_expiration_time(certificate);
    return LK_OK;
}

static bool tell_time(gnutls_x509_crt_t certificate, char *words)
{
    char when[LK_CLOCK_GENERALIZED_LEN + 1];
    const int64_t now = lk_clock_now();
    const time_t end = gnutls_x509_crt_get_expiration_time(certificate);
    const time_t beginning = gnutls_x509_crt_get_activation_time(certificate);
    const bool is_over = end < now;
    if (!is_over && beginning <= now)
        return false;
    lk_clock_generalized(is_over ? end : beginning, when);
    (void) snprintf(words, CERTIFICATE_WORDS_MOST, "the server's certificate %s %s",
                    is_over ? "has expired:" : "is not valid before", when);
    return true;
}

/* The name in question as text; "" where it is neither a host name nor an address. */
static void read_name(gnutls_x509_crt_t certificate, unsigned number, char *name, bool *is_last)
{
    char raw[NAME_MOST];
    size_t len = sizeof raw - 1;
    const int kind = gnutls_x509_crt_get_subject_alt_name(certificate, number, raw, &len, NULL);
    *is_last = kind == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
    *name = '\0';
    if (kind == GNUTLS_SAN_DNSNAME)
        (void) snprintf(name, NAME_MOST, "%.*s", (int) len, raw);
    else if (kind == GNUTLS_SAN_IPADDRESS && (len == 4 || len == 16))
        (void) inet_ntop(len == 4 ? AF_INET : AF_INET6, raw, name, NAME_MOST);
}

static bool tell_name(gnutls_x509_crt_t certificate, const char *host, char *words)
{
    if (gnutls_x509_crt_check_hostname(certificate, host) != 0)
        return false;
    size_t len =
        (size_t) snprintf(words, CERTIFICATE_WORDS_MOST, "the server's certificate is not for %.60s, but for", host);
    bool is_last = false;
    for (unsigned number = 0, told = 0; !is_last && told < NAMES_TOLD && len < CERTIFICATE_WORDS_MOST; number++) {
        char name[NAME_MOST];
        read_name(certificate, number, name, &is_last);
        if (*name == '\0')
            continue;
        len += (size_t) snprintf(words + len, CERTIFICATE_WORDS_MOST - len, " %s", name);
        told++;
    }
    return true;
}

static void tell_authority(gnutls_x509_crt_t certificate, char *words)
{
    char issuer[NAME_MOST] = "";
    size_t len = sizeof issuer;
    (void) gnutls_x509_crt_get_issuer_dn(certificate, issuer, &len);
    (void) snprintf(words, CERTIFICATE_WORDS_MOST,
                    "no authority of directory.ca_file (or TLS_CACERT in ldap.conf) answers for the server's "
                    "certificate, issued by %s",
                    issuer);
}

void certificate_describe_fault(const void *der, size_t len, const char *host,
                                char words_out[static CERTIFICATE_WORDS_MOST])
{
    LK_CLEANUP(certificate_cleanup) gnutls_x509_crt_t certificate = NULL;
    if (!read_der(der, len, &certificate)) {
        (void) snprintf(words_out, CERTIFICATE_WORDS_MOST, "the server's certificate cannot be read");
        return;
    }
    if (!tell_time(certificate, words_out) && !tell_name(certificate, host, words_out))
        tell_authority(certificate, words_out);
}
