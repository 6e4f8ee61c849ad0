/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/fatal.h"
#include "logging/metrics.h"
#include "web/exchange_internal.h"
#include "web/watch.h"

#include <stdlib.h>

/* ---- the end of a request ---- */

static const char *ending(const struct web_exchange *exchange, enum MHD_RequestTerminationCode how)
{
    const struct web_connection *connection = (const struct web_connection *) (const void *) exchange;
    if (how != MHD_REQUEST_TERMINATED_COMPLETED_OK && atomic_load(&connection->is_overdue))
        return "timeout";
    switch (how) {
    case MHD_REQUEST_TERMINATED_COMPLETED_OK: return NULL;
    case MHD_REQUEST_TERMINATED_TIMEOUT_REACHED: return "timeout";
    case MHD_REQUEST_TERMINATED_DAEMON_SHUTDOWN: return "stopped";
    case MHD_REQUEST_TERMINATED_WITH_ERROR:
    case MHD_REQUEST_TERMINATED_READ_ERROR:
    case MHD_REQUEST_TERMINATED_CLIENT_ABORT: break;
    }
    return "client_gone";
}

/* libmicrohttpd answers by itself what it cannot parse; or the client went away before it had said everything. */
static void note_unfinished(struct web_exchange *exchange)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(exchange->connection, MHD_CONNECTION_INFO_HTTP_STATUS);
    exchange->outcome = exchange->phase == WEB_PHASE_BEGUN ? "unparsed" : "incomplete";
    exchange->status = info == NULL ? 0 : info->http_status;
    if (exchange->id[0] == '\0')
        log_new_id(exchange->id);
}

#define STATUS_LEN 3

static void write_status(unsigned status, char text_out[static STATUS_LEN + 1])
{
    text_out[0] = (char) ('0' + status / 100 % 10);
    text_out[1] = (char) ('0' + status / 10 % 10);
    text_out[2] = (char) ('0' + status % 10);
    text_out[3] = '\0';
}

static void tell(struct web_exchange *exchange, enum MHD_RequestTerminationCode how, int64_t now)
{
    char status[STATUS_LEN + 1];
    const int64_t took = now - exchange->begun;
    const char *route = exchange->pattern == NULL ? "none" : exchange->pattern;
    write_status(exchange->status, status);
    metrics_count(METRIC_REQUESTS, route, status);
    metrics_observe(METRIC_REQUEST_SECONDS, took);
    const struct log_field fields[] = {
        log_word("req", exchange->id),
        log_text("method", exchange->method),
        log_word("route", route),
        log_number("status", exchange->status),
        log_number("ms", took / LK_CLOCK_MILLISECOND),
        log_word("action", exchange->action),
        log_word("outcome", exchange->outcome),
        log_text("actor", exchange->actor),
        log_text("as", exchange->acting_as),
        log_text("target", exchange->target[0] == '\0' ? NULL : exchange->target),
        log_text("from", web_exchange_address(exchange)),
        log_word("ended", ending(exchange, how)),
    };
    const size_t count = sizeof fields / sizeof *fields;
    if (exchange->is_stranger)
        log_write_fields_soon(LOG_LEVEL_INFO, "request", fields, count);
    else
        log_write_fields(LOG_LEVEL_INFO, "request", fields, count);
}

void web_exchange_on_completed(void *server, struct MHD_Connection *connection, void **context,
                               enum MHD_RequestTerminationCode how)
{
    (void) connection;
    struct web_server *ours = server;
    struct web_exchange *exchange = *context;
    if (exchange == NULL || exchange->phase == WEB_PHASE_IDLE)
        return;
    if (exchange->phase == WEB_PHASE_WAITING) /* its answer came, but nobody was there to take it */
        MHD_destroy_response(exchange->response);
    if (exchange->phase == WEB_PHASE_BEGUN || (exchange->phase == WEB_PHASE_READING && exchange->status == 0))
        note_unfinished(exchange);
    const int64_t now = lk_clock_monotonic();
    tell(exchange, how, now);
    web_exchange_drop_body(exchange);
    free(exchange->query);
    free(exchange->actor);
    free(exchange->acting_as);
    free(exchange->forwarded_address);
    exchange->query = NULL;
    exchange->actor = NULL;
    exchange->acting_as = NULL;
    exchange->target[0] = '\0';
    exchange->forwarded_address = NULL;
    exchange->phase = WEB_PHASE_IDLE;
    web_exchange_set_deadline(exchange, now + web_exchange_idle_time(ours));
    atomic_fetch_sub(&ours->in_hand, 1);
    if (atomic_load(&ours->is_stopping))
        web_watch_notify(ours->watch);
}

/* ---- connections ---- */

static void begin_connection(struct web_server *server, struct MHD_Connection *connection, void **context)
{
    struct web_connection *here = calloc(1, sizeof *here);
    if (here == NULL)
        lk_fatal("out of memory");
    here->exchange.server = server;
    here->exchange.connection = connection;
    here->descriptor = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    here->peer = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    web_client_address(server->networks, here->peer, NULL, 0, here->address);
    web_exchange_set_deadline(&here->exchange, lk_clock_monotonic() + web_exchange_idle_time(server));
    *context = here;
    metrics_move(METRIC_CONNECTIONS, 1);
    web_watch_add(server->watch, here);
}

static void end_connection(struct web_server *server, void **context)
{
    struct web_connection *here = *context;
    *context = NULL;
    web_watch_remove(server->watch, here);
    metrics_move(METRIC_CONNECTIONS, -1);
    atomic_fetch_sub(&server->connections, 1);
    free(here);
    if (atomic_load(&server->is_stopping))
        web_watch_notify(server->watch);
}

void web_exchange_on_connection(void *server, struct MHD_Connection *connection, void **context,
                                enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        begin_connection(server, connection, context);
    else if (*context != NULL)
        end_connection(server, context);
}
