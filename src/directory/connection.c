/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "directory/connection_internal.h"
#include "logging/metrics.h"

#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

void ldap_message_cleanup(LDAPMessage **message)
{
    if (*message != NULL)
        (void) ldap_msgfree(*message);
    *message = NULL;
}

void ldap_controls_cleanup(LDAPControl ***controls)
{
    ldap_controls_free(*controls);
    *controls = NULL;
}

void ldap_words_cleanup(char **words)
{
    ldap_memfree(*words);
    *words = NULL;
}

void ldap_bytes_cleanup(struct berval **bytes)
{
    ber_bvfree(*bytes);
    *bytes = NULL;
}

static void ldap_url_cleanup(LDAPURLDesc **url)
{
    ldap_free_urldesc(*url);
}

void connection_init(struct connection *connection, const struct config *config, enum connection_identity identity)
{
    *connection = (struct connection){ .config = config, .identity = identity, .wake = -1 };
}

int connection_descriptor(LDAP *ldap)
{
    int descriptor = -1;
    if (ldap_get_option(ldap, LDAP_OPT_DESC, &descriptor) != LDAP_OPT_SUCCESS)
        return -1;
    return descriptor;
}

/* Closing tells the server to give up whatever is under way (RFC 4511 section 4.3), so nothing needs to be abandoned first.
 * The socket is shut before libldap writes its farewell: a peer that has stopped reading cannot hold us up. */
void connection_close(struct connection *connection)
{
    if (connection->ldap == NULL)
        return;
    const int descriptor = connection_descriptor(connection->ldap);
    if (descriptor >= 0)
        (void) shutdown(descriptor, SHUT_RDWR);
    (void) ldap_unbind_ext(connection->ldap, NULL, NULL);
    connection->ldap = NULL;
    connection->proxying = PROXYING_UNKNOWN;
}

int64_t connection_deadline(const struct connection *connection)
{
    return lk_clock_monotonic() + connection->config->directory_timeout * LK_CLOCK_SECOND;
}

static int64_t nanoseconds_left(int64_t deadline)
{
    const int64_t left = deadline - lk_clock_monotonic();
    const int64_t longest = INT64_C(86400) * LK_CLOCK_SECOND;
    if (left < 0)
        return 0;
    return left < longest ? left : longest;
}

struct timeval connection_time_left(int64_t deadline)
{
    const int64_t left = nanoseconds_left(deadline);
    return (struct timeval){ .tv_sec = left / LK_CLOCK_SECOND, .tv_usec = (left % LK_CLOCK_SECOND) / 1000 };
}

/* Waits for bytes from the server, or for somebody who wants the waiting to end: true for the latter. */
static bool is_woken(const struct connection *connection, int64_t deadline)
{
    struct pollfd watched[] = {
        {.fd = connection_descriptor(connection->ldap), .events = POLLIN},
        { .fd = connection->wake,                       .events = POLLIN}
    };
    const int milliseconds = (int) ((nanoseconds_left(deadline) + LK_CLOCK_MILLISECOND - 1) / LK_CLOCK_MILLISECOND);
    return poll(watched, 2, milliseconds) > 0 && watched[1].revents != 0;
}

enum wait_outcome connection_wait(const struct connection *connection, int message, bool all, int64_t deadline,
                                  LDAPMessage **answer_out)
{
    for (;;) {
        /* Where somebody may wake us, libldap only takes what has arrived and the waiting is ours. */
        struct timeval left = connection->wake < 0 ? connection_time_left(deadline) : (struct timeval){ 0, 0 };
        LDAPMessage *answer = NULL;
        const int got = ldap_result(connection->ldap, message, all ? LDAP_MSG_ALL : LDAP_MSG_ONE, &left, &answer);
        if (got > 0) {
            *answer_out = answer;
            return WAIT_ANSWERED;
        }
        if (got < 0)
            return WAIT_LOST;
        if (lk_clock_monotonic() >= deadline)
            return WAIT_LATE;
        if (connection->wake >= 0 && is_woken(connection, deadline))
            return WAIT_WOKEN;
    }
}

/* Nothing is owed to us between two requests: bytes that can be read then are the end of the stream, or the notice that
 * goes before it. */
static bool looks_dead(LDAP *ldap)
{
    struct pollfd socket = { .fd = connection_descriptor(ldap), .events = POLLIN | POLLRDHUP };
    return socket.fd < 0 || poll(&socket, 1, 0) != 0;
}

static enum lk_status fail_to_open(struct lk_trouble *trouble, LDAP *ldap, const char *uri, const char *step, int code)
{
    LK_CLEANUP(ldap_words_cleanup) char *words = NULL;
    (void) ldap_get_option(ldap, LDAP_OPT_DIAGNOSTIC_MESSAGE, (void *) &words);
    const bool has_words = words != NULL && *words != '\0';
    return lk_fail(trouble, LK_BROKEN, "directory %s: %s: %s%s%s", uri, step, ldap_err2string(code),
                   has_words ? ": " : "", has_words ? words : "");
}

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
    if (parsed != LDAP_SUCCESS || code != LDAP_SUCCESS)
        return fail_to_open(trouble, connection->ldap, uri, "StartTLS", parsed != LDAP_SUCCESS ? parsed : code);
    return LK_OK;
}

/* libldap 2.5 obeys the network timeout during the handshake only on a connection that it takes for an asynchronous one;
 * on others it would turn in circles for as long as the peer says nothing. */
static enum lk_status begin_tls(const struct connection *connection, const char *uri, struct lk_trouble *trouble)
{
    (void) ldap_set_option(connection->ldap, LDAP_OPT_CONNECT_ASYNC, LDAP_OPT_ON);
    const int code = ldap_install_tls(connection->ldap);
    (void) ldap_set_option(connection->ldap, LDAP_OPT_CONNECT_ASYNC, LDAP_OPT_OFF);
    if (code == LDAP_SUCCESS)
        return LK_OK;
    return lk_fail(trouble, LK_BROKEN,
                   "directory %s: TLS handshake: %s (a certificate for this name, from one of the "
                   "authorities in directory.ca_file or TLS_CACERT of ldap.conf?)",
                   uri, ldap_err2string(code));
}

enum tls {
    TLS_NONE,
    TLS_AT_ONCE,
    TLS_ASKED_FOR
};

static enum lk_status open_session(const struct connection *connection, const char *uri, enum tls tls, int64_t deadline,
                                   struct lk_trouble *trouble)
{
    LDAP *ldap = connection->ldap;
    int code = connection_set_options(ldap, connection->config, tls != TLS_NONE, deadline);
    if (code != LDAP_SUCCESS)
        return fail_to_open(trouble, ldap, uri, "TLS or session options", code);
    code = ldap_connect(ldap);
    if (code != LDAP_SUCCESS)
        return fail_to_open(trouble, ldap, uri, "connect", code);
    connection_set_socket_options(ldap);
    enum lk_status status = tls == TLS_ASKED_FOR ? ask_for_tls(connection, uri, deadline, trouble) : LK_OK;
    if (status == LK_OK && tls != TLS_NONE)
        status = begin_tls(connection, uri, trouble);
    if (status == LK_OK && tls == TLS_NONE && connection->wake < 0)
        connection_read_ahead(ldap);
    if (status == LK_OK && connection->identity == CONNECTION_DAEMON)
        status = connection_bind(connection, deadline, trouble);
    return status;
}

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

static enum lk_status open_server(struct connection *connection, const char *uri, int64_t deadline,
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

/* The servers in order, each with its share of the time left, so that one that accepts and then says nothing does not
 * keep us from the next. */
static enum lk_status open_any(struct connection *connection, int64_t deadline, struct lk_trouble *trouble)
{
    const struct config_words *servers = &connection->config->directory_uri;
    enum lk_status opened = lk_fail(trouble, LK_BROKEN, "directory: no server is configured");
    for (size_t i = 0; i < servers->count && opened == LK_BROKEN; i++) {
        const int64_t share = nanoseconds_left(deadline) / (int64_t) (servers->count - i);
        opened = open_server(connection, servers->items[i], lk_clock_monotonic() + share, trouble);
    }
    return opened;
}

enum lk_status connection_ready(struct connection *connection, int64_t deadline, struct lk_trouble *trouble)
{
    if (connection->ldap != NULL && looks_dead(connection->ldap))
        connection_close(connection);
    if (connection->ldap != NULL)
        return LK_OK;
    const int64_t began = lk_clock_monotonic();
    const enum lk_status opened = operation_counted("connect", began, open_any(connection, deadline, trouble));
    if (opened != LK_OK)
        return opened;
    if (connection->sessions++ > 0)
        metrics_count(METRIC_DIRECTORY_RECONNECTS, NULL, NULL);
    return LK_OK;
}
