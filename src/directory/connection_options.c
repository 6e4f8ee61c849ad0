/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "directory/connection_internal.h"

#include <stddef.h>
#include <sys/socket.h>

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

static bool set_verifying(LDAP *ldap, const struct config *config)
{
    return set_numbers(ldap, TLS_NUMBERS, sizeof TLS_NUMBERS / sizeof *TLS_NUMBERS) &&
           set_authorities(ldap, config->directory_ca_file) && set_own_certificate(ldap, config);
}

static bool set_looking(LDAP *ldap)
{
    return set_numbers(ldap, TLS_LOOKING_NUMBERS, sizeof TLS_LOOKING_NUMBERS / sizeof *TLS_LOOKING_NUMBERS);
}

/* Per handle: another user of libldap in this process (libcurl) keeps its own settings. The new context comes last, since
 * it is made from the others. The files are read each time, so a renewed certificate counts from the next session on. */
int connection_set_tls_options(LDAP *ldap, const struct config *config, enum connection_tls_use use)
{
    const int as_client = 0;
    const bool set = use == CONNECTION_TLS_VERIFIES ? set_verifying(ldap, config) : set_looking(ldap);
    return set && ldap_set_option(ldap, LDAP_OPT_X_TLS_NEWCTX, &as_client) == LDAP_OPT_SUCCESS ? LDAP_SUCCESS
                                                                                               : LDAP_CONNECT_ERROR;
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
