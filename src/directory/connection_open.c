/* SPDX-License-Identifier: Apache-2.0 */
/* One server: a handle, options, a socket, TLS, and the bind. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "config/url.h"
#include "directory/certificate.h"
#include "directory/connection_internal.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum tls {
    TLS_NONE,
    TLS_AT_ONCE,
    TLS_ASKED_FOR
};

static void ldap_url_cleanup(LDAPURLDesc **url)
{
    ldap_free_urldesc(*url);
}

static enum lk_status fail_to_open(struct lk_trouble *trouble, LDAP *ldap, const char *uri, const char *step, int code)
{
    LK_CLEANUP(ldap_words_cleanup) char *words = NULL;
    (void) ldap_get_option(ldap, LDAP_OPT_DIAGNOSTIC_MESSAGE, (void *) &words);
    const bool has_words = words != NULL && *words != '\0';
    return lk_fail(trouble, LK_BROKEN, "directory %s: %s: %s%s%s", uri, step, ldap_err2string(code),
                   has_words ? ": " : "", has_words ? words : "");
}

/* ---- a handle ---- */

/* libldap 2.5 reads ldap.conf and makes its locks at its first use, and lets a second thread pass before that is done. */
static void start_libldap(void)
{
    int version = 0;
    (void) ldap_get_option(NULL, LDAP_OPT_PROTOCOL_VERSION, &version);
}

/* A handle for the server. For ldaps: too it begins without TLS, so that the handshake is begun by begin_tls. */
static int make_handle(const char *uri, bool start_tls, LDAP **ldap_out, enum tls *tls_out)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void) pthread_once(&once, start_libldap);
    LK_CLEANUP(ldap_url_cleanup) LDAPURLDesc *url = NULL;
    if (ldap_url_parse(uri, &url) != LDAP_URL_SUCCESS || url->lud_scheme == NULL)
        return LDAP_PARAM_ERROR;
    *tls_out = strcmp(url->lud_scheme, "ldap") == 0 && start_tls ? TLS_ASKED_FOR : TLS_NONE;
    if (strcmp(url->lud_scheme, "ldaps") != 0)
        return ldap_initialize(ldap_out, uri);
    *tls_out = TLS_AT_ONCE;
    if (url->lud_port == 0)
        url->lud_port = LDAPS_PORT;
    url->lud_scheme[strlen("ldap")] = '\0';
    LK_CLEANUP(ldap_words_cleanup) char *plain = ldap_url_desc2str(url);
    return plain == NULL ? LDAP_NO_MEMORY : ldap_initialize(ldap_out, plain);
}

/* ---- TLS ---- */

/* Asks the server to go on with TLS (RFC 4511 section 4.14). */
static enum lk_status ask_for_tls(const struct connection *connection, const char *uri, int64_t deadline,
                                  struct lk_trouble *trouble)
{
    int message = 0;
    int code = ldap_start_tls(connection->ldap, NULL, NULL, &message);
    if (code != LDAP_SUCCESS)
        return fail_to_open(trouble, connection->ldap, uri, "StartTLS", code);
    LK_CLEANUP(ldap_message_cleanup) LDAPMessage *answer = NULL;
    if (connection_wait(connection, message, true, deadline, &answer) != WAIT_ANSWERED)
        return lk_fail(trouble, LK_BROKEN, "directory %s: StartTLS: no answer", uri);
    const int parsed = ldap_parse_result(connection->ldap, answer, &code, NULL, NULL, NULL, NULL, 0);
    if (parsed != LDAP_SUCCESS)
        return fail_to_open(trouble, connection->ldap, uri, "StartTLS", parsed);
    if (code != LDAP_SUCCESS)
        return fail_to_open(trouble, connection->ldap, uri, "the server offers no StartTLS", code);
    return LK_OK;
}

/* libldap 2.5 obeys the network timeout during the handshake only on a connection that it takes for an asynchronous one;
 * on others it would turn in circles for as long as the peer says nothing. */
static int shake_hands(LDAP *ldap)
{
    (void) ldap_set_option(ldap, LDAP_OPT_CONNECT_ASYNC, LDAP_OPT_ON);
    const int code = ldap_install_tls(ldap);
    (void) ldap_set_option(ldap, LDAP_OPT_CONNECT_ASYNC, LDAP_OPT_OFF);
    return code;
}

static enum lk_status connect_socket(const struct connection *connection, const char *uri, enum tls tls,
                                     enum connection_tls_use use, int64_t deadline, struct lk_trouble *trouble)
{
    LDAP *ldap = connection->ldap;
    int code = connection_set_options(ldap, connection->config, deadline);
    if (code != LDAP_SUCCESS)
        return fail_to_open(trouble, ldap, uri, "session options", code);
    code = tls == TLS_NONE ? LDAP_SUCCESS : connection_set_tls_options(ldap, connection->config, use);
    if (code != LDAP_SUCCESS)
        return lk_fail(trouble, LK_BROKEN,
                       "directory %s: TLS options: directory.ca_file, certificate or private_key cannot be used", uri);
    code = ldap_connect(ldap);
    if (code != LDAP_SUCCESS)
        return fail_to_open(trouble, ldap, uri, "connect", code);
    connection_set_socket_options(ldap);
    return tls == TLS_ASKED_FOR ? ask_for_tls(connection, uri, deadline, trouble) : LK_OK;
}

/* The server's certificate, by a second session that verifies nothing: nothing is said on it, and it is closed at once. */
static void look_at_certificate(const struct connection *refused, const char *uri, int64_t deadline,
                                struct berval *certificate_out)
{
    struct connection look;
    enum tls tls = TLS_NONE;
    connection_init(&look, refused->config, CONNECTION_NOBODY);
    if (make_handle(uri, refused->config->directory_start_tls, &look.ldap, &tls) != LDAP_SUCCESS)
        return;
    if (connect_socket(&look, uri, tls, CONNECTION_TLS_LOOKS, deadline, NULL) == LK_OK &&
        shake_hands(look.ldap) == LDAP_SUCCESS)
        (void) ldap_get_option(look.ldap, LDAP_OPT_X_TLS_PEERCERT, certificate_out);
    connection_close(&look);
}

static enum lk_status fail_to_shake_hands(const struct connection *connection, const char *uri, int64_t deadline,
                                          struct lk_trouble *trouble)
{
    if (lk_clock_monotonic() >= deadline)
        return lk_fail(trouble, LK_BROKEN, "directory %s: TLS handshake: no answer in time", uri);
    struct config_url url;
    struct berval certificate = { 0, NULL };
    char host[256] = "";
    if (config_url_read(uri, &url))
        (void) snprintf(host, sizeof host, "%.*s", (int) url.host_len, url.host);
    look_at_certificate(connection, uri, deadline, &certificate);
    if (certificate.bv_val == NULL)
        return lk_fail(
            trouble, LK_BROKEN,
            "directory %s: TLS handshake: the server does not speak TLS there, or wants a certificate of ours "
            "(directory.certificate)",
            uri);
    char words[CERTIFICATE_WORDS_MOST];
    certificate_describe_fault(certificate.bv_val, certificate.bv_len, host, words);
    ber_memfree(certificate.bv_val);
    return lk_fail(trouble, LK_BROKEN, "directory %s: TLS handshake: %s", uri, words);
}

static enum lk_status begin_tls(const struct connection *connection, const char *uri, int64_t deadline,
                                struct lk_trouble *trouble)
{
    if (shake_hands(connection->ldap) == LDAP_SUCCESS)
        return LK_OK;
    return fail_to_shake_hands(connection, uri, deadline, trouble);
}

/* ---- opening ---- */

/* With TLS 1.3 a server that does not want our certificate, or wants one, says so only after the handshake: by closing. */
static enum lk_status bind_session(const struct connection *connection, const char *uri, enum tls tls, int64_t deadline,
                                   struct lk_trouble *trouble)
{
    struct lk_trouble why = { "" };
    const enum lk_status bound = connection_bind(connection, deadline, &why);
    if (bound == LK_OK)
        return LK_OK;
    if (tls == TLS_NONE || !connection_looks_dead(connection->ldap))
        return lk_fail(trouble, bound, "%s", why.words);
    return lk_fail(trouble, bound,
                   "directory %s: %s: closed after the TLS handshake: does the server take directory.certificate?", uri,
                   why.words);
}

static enum lk_status open_session(const struct connection *connection, const char *uri, enum tls tls, int64_t deadline,
                                   struct lk_trouble *trouble)
{
    enum lk_status status = connect_socket(connection, uri, tls, CONNECTION_TLS_VERIFIES, deadline, trouble);
    if (status == LK_OK && tls != TLS_NONE)
        status = begin_tls(connection, uri, deadline, trouble);
    if (status == LK_OK && tls == TLS_NONE && connection->wake < 0)
        connection_read_ahead(connection->ldap);
    if (status == LK_OK && connection->identity == CONNECTION_DAEMON)
        status = bind_session(connection, uri, tls, deadline, trouble);
    return status;
}

enum lk_status connection_open(struct connection *connection, const char *uri, int64_t deadline,
                               struct lk_trouble *trouble)
{
    enum tls tls = TLS_NONE;
    const int code = make_handle(uri, connection->config->directory_start_tls, &connection->ldap, &tls);
    if (code != LDAP_SUCCESS) {
        connection->ldap = NULL;
        return lk_fail(trouble, LK_BROKEN, "directory %s: %s", uri, ldap_err2string(code));
    }
    const enum lk_status opened = open_session(connection, uri, tls, deadline, trouble);
    if (opened != LK_OK)
        connection_close(connection);
    return opened;
}
