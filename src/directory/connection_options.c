/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/text.h"
#include "directory/connection_internal.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* Where Debian keeps the system's authorities. GnuTLS has no default of its own: without one nothing would verify. */
#define SYSTEM_AUTHORITIES "/etc/ssl/certs/ca-certificates.crt"

struct number_option {
    int option;
    int value;
};

/* An ldap.conf or ~/.ldaprc of the machine may have set any of these otherwise. */
static const struct number_option SESSION_NUMBERS[] = {
    {LDAP_OPT_PROTOCOL_VERSION,      LDAP_VERSION3   },
    { LDAP_OPT_DEREF,                LDAP_DEREF_NEVER},
    { LDAP_OPT_SIZELIMIT,            LDAP_NO_LIMIT   },
    { LDAP_OPT_TIMELIMIT,            LDAP_NO_LIMIT   },
 /* A peer that vanished without a word is noticed, even where we only listen. */
    { LDAP_OPT_X_KEEPALIVE_IDLE,     60              },
    { LDAP_OPT_X_KEEPALIVE_PROBES,   3               },
    { LDAP_OPT_X_KEEPALIVE_INTERVAL, 10              },
};

static const struct number_option TLS_NUMBERS[] = {
    {LDAP_OPT_X_TLS_REQUIRE_CERT,  LDAP_OPT_X_TLS_DEMAND         },
    { LDAP_OPT_X_TLS_PROTOCOL_MIN, LDAP_OPT_X_TLS_PROTOCOL_TLS1_2},
};

static const struct number_option TLS_LOOKING_NUMBERS[] = {
    {LDAP_OPT_X_TLS_REQUIRE_CERT, LDAP_OPT_X_TLS_NEVER},
};

static bool set_numbers(LDAP *ldap, const struct number_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ldap_set_option(ldap, options[i].option, &options[i].value) != LDAP_OPT_SUCCESS)
            return false;
    }
    return true;
}

/* LDAP_OPT_ON and LDAP_OPT_OFF are not pointers to an int, but tokens. */
static bool set_switches(LDAP *ldap)
{
    return ldap_set_option(ldap, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ldap, LDAP_OPT_RESTART, LDAP_OPT_ON) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ldap, LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON) == LDAP_OPT_SUCCESS;
}

/* What ldap.conf says of these, libldap keeps to itself: a handle does not have it. False where it says nothing. */
static bool inherit(LDAP *ldap, int option)
{
    LK_CLEANUP(ldap_words_cleanup) char *said = NULL;
    return ldap_get_option(NULL, option, (void *) &said) == LDAP_OPT_SUCCESS && said != NULL && *said != '\0' &&
           ldap_set_option(ldap, option, said) == LDAP_OPT_SUCCESS;
}

static bool set_authorities(LDAP *ldap, const char *file)
{
    if (*file != '\0')
        return ldap_set_option(ldap, LDAP_OPT_X_TLS_CACERTFILE, file) == LDAP_OPT_SUCCESS;
    return inherit(ldap, LDAP_OPT_X_TLS_CACERTFILE) ||
           ldap_set_option(ldap, LDAP_OPT_X_TLS_CACERTFILE, SYSTEM_AUTHORITIES) == LDAP_OPT_SUCCESS;
}

/* TLS_CERT and TLS_KEY of ldap.conf are for those for whom the configuration names none: a person at a command. */
static bool set_own_certificate(LDAP *ldap, const struct config *config)
{
    if (*config->directory_certificate == '\0')
        return !inherit(ldap, LDAP_OPT_X_TLS_CERTFILE) || inherit(ldap, LDAP_OPT_X_TLS_KEYFILE);
    return ldap_set_option(ldap, LDAP_OPT_X_TLS_CERTFILE, config->directory_certificate) == LDAP_OPT_SUCCESS &&
           ldap_set_option(ldap, LDAP_OPT_X_TLS_KEYFILE, config->directory_private_key) == LDAP_OPT_SUCCESS;
}

/* ---- the context that sessions share ----
 * libldap 2.5 never gives back a certificate and key of ours that it has read into a context: one for each session would be a
 * leak for each. So there is one for the process, made anew when a file has changed, and a renewed certificate counts from the next
 * session on. The former one stays (its memory is libldap's, which has no public way to drop it). */

#define FILES_MOST ((size_t) 8 * 1024)

static struct {
    pthread_mutex_t lock;
    void *context;
    struct lk_text files; /* what it was made from */
} shared = { .lock = PTHREAD_MUTEX_INITIALIZER, .files = { .limit = FILES_MOST } };

static void add_file(struct lk_text *files, const char *path)
{
    struct stat found = { 0 };
    (void) stat(path, &found);
    lk_text_format(files, "%s %lld.%09ld %lld\n", path, (long long) found.st_mtim.tv_sec, found.st_mtim.tv_nsec,
                   (long long) found.st_ino);
}

/* Makes the context of this handle from its options and keeps it; the lock is held. */
static bool make_shared_context(LDAP *ldap, const struct config *config, const struct lk_text *files)
{
    const int as_client = 0;
    void *context = NULL;
    if (!set_authorities(ldap, config->directory_ca_file) || !set_own_certificate(ldap, config) ||
        ldap_set_option(ldap, LDAP_OPT_X_TLS_NEWCTX, &as_client) != LDAP_OPT_SUCCESS ||
        ldap_get_option(ldap, LDAP_OPT_X_TLS_CTX, (void *) &context) != LDAP_OPT_SUCCESS)
        return false;
    lk_text_reset(&shared.files);
    lk_text_words(&shared.files, lk_text_string(files));
    shared.context = context;
    return true;
}

static bool set_verifying(LDAP *ldap, const struct config *config)
{
    struct lk_text files LK_CLEANUP(lk_text_done) = LK_TEXT(FILES_MOST);
    add_file(&files, *config->directory_ca_file != '\0' ? config->directory_ca_file : SYSTEM_AUTHORITIES);
    add_file(&files, config->directory_certificate);
    add_file(&files, config->directory_private_key);
    /* Whether the name must fit is asked of the handle, not of the context. */
    if (!lk_text_ok(&files) || !set_numbers(ldap, TLS_NUMBERS, sizeof TLS_NUMBERS / sizeof *TLS_NUMBERS))
        return false;
    (void) pthread_mutex_lock(&shared.lock);
    const bool is_fresh = shared.context != NULL && strcmp(lk_text_string(&shared.files), lk_text_string(&files)) == 0;
    const bool set = is_fresh ? ldap_set_option(ldap, LDAP_OPT_X_TLS_CTX, shared.context) == LDAP_OPT_SUCCESS
                              : make_shared_context(ldap, config, &files);
    (void) pthread_mutex_unlock(&shared.lock);
    return set;
}

static bool set_looking(LDAP *ldap)
{
    const int as_client = 0;
    return set_numbers(ldap, TLS_LOOKING_NUMBERS, sizeof TLS_LOOKING_NUMBERS / sizeof *TLS_LOOKING_NUMBERS) &&
           ldap_set_option(ldap, LDAP_OPT_X_TLS_NEWCTX, &as_client) == LDAP_OPT_SUCCESS;
}

/* What SASL would encrypt within TLS is encrypted already; Active Directory refuses to do it twice. */
static bool set_no_sasl_layer(LDAP *ldap)
{
    const ber_len_t most = 0;
    return ldap_set_option(ldap, LDAP_OPT_X_SASL_SSF_MAX, &most) == LDAP_OPT_SUCCESS;
}

/* Per handle: another user of libldap in this process (libcurl) keeps its own settings. */
int connection_set_tls_options(LDAP *ldap, const struct config *config, enum connection_tls_use use)
{
    const bool set =
        use == CONNECTION_TLS_VERIFIES ? set_verifying(ldap, config) && set_no_sasl_layer(ldap) : set_looking(ldap);
    return set ? LDAP_SUCCESS : LDAP_CONNECT_ERROR;
}

int connection_set_options(LDAP *ldap, const struct config *config, int64_t deadline)
{
    const struct timeval connecting = connection_time_left(deadline);
    const struct timeval answering = { .tv_sec = config->directory_timeout };
    const bool set = set_numbers(ldap, SESSION_NUMBERS, sizeof SESSION_NUMBERS / sizeof *SESSION_NUMBERS) &&
                     set_switches(ldap) &&
                     ldap_set_option(ldap, LDAP_OPT_NETWORK_TIMEOUT, &connecting) == LDAP_OPT_SUCCESS &&
                     ldap_set_option(ldap, LDAP_OPT_TIMEOUT, &answering) == LDAP_OPT_SUCCESS;
    return set ? LDAP_SUCCESS : LDAP_LOCAL_ERROR;
}

/* libldap waits for the first byte with a deadline, but reads and writes a message with blocking calls. This limit hands
 * control back to it when the peer stalls in the middle of one. */
void connection_set_socket_options(LDAP *ldap)
{
    const int descriptor = connection_descriptor(ldap);
    const struct timeval most = { .tv_usec = 200000 };
    if (descriptor < 0)
        return;
    (void) setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    (void) setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
}

/* libldap reads a message in two steps, its length and then the rest, and waits for each message apart; with this, a search whose
 * answer has arrived costs one read. Not where the waiting is ours: what was read ahead does not show in poll(). */
void connection_read_ahead(LDAP *ldap)
{
    Sockbuf *buffer = NULL;
    if (ldap_get_option(ldap, LDAP_OPT_SOCKBUF, (void *) &buffer) == LDAP_OPT_SUCCESS && buffer != NULL)
        (void) ber_sockbuf_add_io(buffer, &ber_sockbuf_io_readahead, LBER_SBIOD_LEVEL_PROVIDER, NULL);
}
