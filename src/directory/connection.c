/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "directory/connection_internal.h"
#include "logging/log.h"
#include "logging/metrics.h"

#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>
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
    connection->told_reference = false;
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
bool connection_looks_dead(LDAP *ldap)
{
    struct pollfd socket = { .fd = connection_descriptor(ldap), .events = POLLIN | POLLRDHUP };
    return socket.fd < 0 || poll(&socket, 1, 0) != 0;
}

/* ---- which server ---- */

/* Counts the moves from one server to the next; what is left of it by the number of servers is the one in use. One for the whole
 * process: sessions that used different servers could write to both at once. */
static _Atomic uint64_t moves;

/* Only the first of those that find the same server of no use moves all. */
static void move_on(uint64_t from, uint64_t to, const struct config_words *servers, const struct lk_trouble *why)
{
    if (from == to || !atomic_compare_exchange_strong(&moves, &from, to))
        return;
    log_write(LOG_LEVEL_WARNING, "directory_server", log_text("uri", servers->items[to % servers->count]),
              log_text("former", servers->items[from % servers->count]), log_text("why", why->words));
}

void connection_move_on(struct connection *connection, const struct lk_trouble *why)
{
    connection_close(connection);
    move_on(connection->moves, connection->moves + 1, &connection->config->directory_uri, why);
}

/* The servers in order, from the one in use, each with its share of the time left, so that one that accepts and then says nothing
 * does not keep us from the next. */
static enum lk_status open_any(struct connection *connection, int64_t deadline, struct lk_trouble *trouble)
{
    const struct config_words *servers = &connection->config->directory_uri;
    const uint64_t first = atomic_load(&moves);
    struct lk_trouble why = { "" };
    enum lk_status opened = LK_BROKEN;
    if (servers->count == 0)
        return lk_fail(trouble, LK_BROKEN, "directory: no server is configured");
    for (size_t i = 0; i < servers->count && opened == LK_BROKEN; i++) {
        struct lk_trouble words = { "" };
        const int64_t share = nanoseconds_left(deadline) / (int64_t) (servers->count - i);
        connection->moves = first + i;
        opened = connection_open(connection, servers->items[connection->moves % servers->count],
                                 lk_clock_monotonic() + share, &words);
        if (opened != LK_OK && (i == 0 || opened != LK_BROKEN))
            why = words;
    }
    if (opened != LK_OK)
        return lk_fail(trouble, opened, "%s", why.words);
    move_on(first, connection->moves, servers, &why);
    return LK_OK;
}

bool connection_is_left(const struct connection *connection)
{
    const size_t count = connection->config->directory_uri.count;
    return count > 1 && connection->moves % count != atomic_load(&moves) % count;
}

enum lk_status connection_ready(struct connection *connection, int64_t deadline, struct lk_trouble *trouble)
{
    if (connection->ldap != NULL && (connection_is_left(connection) || connection_looks_dead(connection->ldap)))
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
