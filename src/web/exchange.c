/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/fatal.h"
#include "logging/metrics.h"
#include "web/accept.h"
#include "web/answer.h"
#include "web/door.h"
#include "web/exchange_internal.h"
#include "web/problem.h"

#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>

#define FORM_TYPE "application/x-www-form-urlencoded"

static struct web_connection *connection_of(struct web_exchange *exchange)
{
    return (struct web_connection *) (void *) exchange;
}

void web_exchange_set_deadline(struct web_exchange *exchange, int64_t when)
{
    atomic_store_explicit(&connection_of(exchange)->deadline, when, memory_order_relaxed);
}

static int64_t read_time(const struct web_server *server)
{
    const int64_t patience = 5 * server->needs.config->server_idle_timeout * LK_CLOCK_SECOND;
    return patience < WEB_READ_TIME ? patience : WEB_READ_TIME;
}

int64_t web_exchange_idle_time(const struct web_server *server)
{
    return server->needs.config->server_idle_timeout * LK_CLOCK_SECOND;
}

/* ---- answering ---- */

enum MHD_Result web_exchange_answer_shared(struct web_exchange *exchange, unsigned status,
                                           struct MHD_Response *response)
{
    /* What no worker was asked for is answered at once: the clock need not be read again. */
    const int64_t now = exchange->phase == WEB_PHASE_WAITING ? lk_clock_monotonic() : exchange->begun;
    exchange->status = status;
    exchange->phase = WEB_PHASE_ANSWERED;
    web_exchange_set_deadline(exchange, now + WEB_SEND_TIME);
    return MHD_queue_response(exchange->connection, status, response);
}

enum MHD_Result web_exchange_answer(struct web_exchange *exchange, unsigned status, struct MHD_Response *response)
{
    const enum MHD_Result result = web_exchange_answer_shared(exchange, status, response);
    MHD_destroy_response(response);
    return result;
}

const char *web_exchange_language(const struct web_exchange *exchange)
{
    return views_language(exchange->server->needs.views, exchange->head.accept_language);
}

const char *web_exchange_address(const struct web_exchange *exchange)
{
    if (exchange->forwarded_address != NULL)
        return exchange->forwarded_address;
    return ((const struct web_connection *) (const void *) exchange)->address;
}

struct MHD_Response *web_exchange_problem(struct web_exchange *exchange, unsigned status, const char *key)
{
    struct web_server *server = exchange->server;
    struct lk_text text = LK_TEXT(WEB_ANSWER_MOST);
    const bool as_json = web_accept_wants_json(exchange->head.accept);
    const struct web_problem problem = { .views = server->needs.views,
                                         .language = web_exchange_language(exchange),
                                         .id = exchange->id,
                                         .status = status,
                                         .key = key };
    if (as_json)
        web_problem_json(&problem, &text);
    else
        web_problem_html(&problem, &text);
    struct MHD_Response *response = web_answer_text(server, as_json ? WEB_CONTENT_PROBLEM : WEB_CONTENT_HTML, &text);
    if (status == 405)
        (void) MHD_add_response_header(response, "Allow", exchange->match.allow);
    web_answer_finish(server, web_problem_retry_after(status), response);
    metrics_count(METRIC_REQUESTS_REFUSED, key, NULL);
    if (exchange->outcome == NULL)
        exchange->outcome = key;
    return response;
}

static enum MHD_Result answer_refusal(struct web_exchange *exchange)
{
    return web_exchange_answer(exchange, exchange->refusal_status,
                               web_exchange_problem(exchange, exchange->refusal_status, exchange->refusal));
}

/* ---- the first line ---- */

void *web_exchange_on_line(void *server, const char *uri, struct MHD_Connection *connection)
{
    struct web_server *ours = server;
    struct web_connection *here =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
    struct web_exchange *exchange = &here->exchange;
    *exchange = (struct web_exchange){
        .server = ours, .connection = connection, .phase = WEB_PHASE_BEGUN, .begun = lk_clock_monotonic()
    };
    web_exchange_set_deadline(exchange, exchange->begun + read_time(ours));
    atomic_fetch_add(&ours->in_hand, 1);
    const char *target = uri == NULL ? "" : uri;
    const char *query = strchr(target, '?');
    exchange->target_len = strlen(target);
    if (query != NULL && query[1] != '\0') {
        exchange->query = strdup(query + 1);
        if (exchange->query == NULL)
            lk_fatal("out of memory");
    }
    return exchange;
}

/* ---- the headers ---- */

static void refuse(struct web_exchange *exchange, unsigned status, const char *key)
{
    if (exchange->refusal == NULL) {
        exchange->refusal = key;
        exchange->refusal_status = status;
    }
}

/* The name as we spell it, so that log and table never hold a stranger's; NULL for what no server of HTTP knows. */
static const char *known_method(const char *method)
{
    static const char *const METHODS[] = { "GET",     "HEAD",  "POST",  "PUT",    "DELETE",
                                           "OPTIONS", "PATCH", "TRACE", "CONNECT" };
    for (size_t i = 0; i < sizeof METHODS / sizeof METHODS[0]; i++) {
        if (strcmp(METHODS[i], method) == 0)
            return METHODS[i];
    }
    return NULL;
}

static bool is_reading(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static void check_route(struct web_exchange *exchange)
{
    char path[WEB_PATH_MOST + 1];
    switch (web_path_decode(exchange->raw_path, path)) {
    case LK_OK: break;
    case LK_BUSY: refuse(exchange, 414, "too_large"); return;
    case LK_MALFORMED:
    case LK_ABSENT:
    case LK_REFUSED:
    case LK_CONFLICT:
    case LK_BROKEN: refuse(exchange, 400, "bad_request"); return;
    }
    const enum web_match_kind kind = web_route_match(web_routes, exchange->method, path, &exchange->match);
    exchange->match.segment = NULL;
    if (kind == WEB_MATCH_NONE)
        refuse(exchange, 404, "not_found");
    else
        exchange->pattern = exchange->match.route->path;
    if (kind == WEB_MATCH_METHOD)
        refuse(exchange, 405, "method_not_allowed");
}

static void check_door(struct web_exchange *exchange)
{
    exchange->door = web_door_find(exchange->raw_path);
    if (exchange->door == NULL) {
        check_route(exchange);
        return;
    }
    exchange->pattern = exchange->door->pattern;
    if (!is_reading(exchange->method)) {
        memcpy(exchange->match.allow, "GET, HEAD", sizeof "GET, HEAD");
        refuse(exchange, 405, "method_not_allowed");
    }
}

static void check_body(struct web_exchange *exchange, int64_t len)
{
    if (len > exchange->server->needs.config->server_body_limit)
        refuse(exchange, 413, "too_large");
    if (exchange->query != NULL && strlen(exchange->query) > WEB_QUERY_MOST)
        refuse(exchange, 414, "too_large");
    exchange->keeps_body = strcmp(exchange->method, "POST") == 0;
    if (exchange->keeps_body && len != 0 && !web_media_type_is(exchange->head.content_type, FORM_TYPE))
        refuse(exchange, 415, "unsupported_type");
}

/* libmicrohttpd cuts the target at a NUL; where it stood shows by the version behind it in the same line. */
static bool has_nul(const struct web_exchange *exchange, const char *version)
{
    return version[0] != '\0' && version - exchange->raw_path > 0 && version - exchange->raw_path < 65536 &&
           (size_t) (version - exchange->raw_path) != exchange->target_len + 1;
}

/* HTTP/1.0 has no chunks: whoever stands in between may have passed them over (RFC 9112 section 6.1). */
static bool has_chunks_too_early(const struct web_exchange *exchange, const char *version)
{
    return exchange->head.transfer_encoding != NULL && strcmp(version, "HTTP/1.0") == 0;
}

static void note_address(struct web_exchange *exchange)
{
    const struct web_connection *connection = connection_of(exchange);
    const struct web_repeated *forwarded = &exchange->head.forwarded;
    if (forwarded->count == 0 || !web_networks_trust(exchange->server->networks, connection->peer))
        return;
    char address[WEB_ADDRESS_MOST];
    web_client_address(exchange->server->networks, connection->peer, forwarded->values, forwarded->count, address);
    exchange->forwarded_address = strdup(address);
    if (exchange->forwarded_address == NULL)
        lk_fatal("out of memory");
}

static enum MHD_Result take_head(struct web_exchange *exchange, const char *url, const char *method,
                                 const char *version)
{
    exchange->phase = WEB_PHASE_READING;
    exchange->raw_path = url;
    exchange->method = known_method(method);
    log_new_id(exchange->id);
    web_head_read(exchange->connection, &exchange->head);
    note_address(exchange);

    const int64_t body_len = web_head_body_len(&exchange->head);
    if (exchange->head.is_malformed || body_len == -2 || has_nul(exchange, version) ||
        has_chunks_too_early(exchange, version)) {
        refuse(exchange, 400, "bad_request");
        return answer_refusal(exchange);
    }
    exchange->raw_path = web_target_path(url);
    if (exchange->method == NULL) {
        exchange->method = "other";
        refuse(exchange, 501, "method_not_allowed");
    } else {
        if (is_reading(exchange->method))
            exchange->link = web_door_link(exchange);
        if (exchange->link == WEB_LINK_NONE)
            check_door(exchange);
        check_body(exchange, body_len);
    }
    /* A refusal waits until the body has been read, or its sender would see a reset connection instead; unless the sender waits
     * for our word, or the body is too much for that. An answer given here closes the connection. */
    if (exchange->refusal != NULL && body_len != 0 && (exchange->head.expect != NULL || body_len > WEB_SWALLOW_MOST))
        return answer_refusal(exchange);
    return MHD_YES;
}

/* ---- the body ---- */

void web_exchange_drop_body(struct web_exchange *exchange)
{
    if (exchange->body != NULL) {
        sodium_memzero(exchange->body, exchange->body_room);
        free(exchange->body);
    }
    exchange->body = NULL;
    exchange->body_len = 0;
    exchange->body_room = 0;
}

/* By doubling, and copying by hand: realloc would leave passwords behind. The limit has been checked. */
static void make_room(struct web_exchange *exchange, size_t needed)
{
    if (needed <= exchange->body_room)
        return;
    size_t room = exchange->body_room == 0 ? 512 : exchange->body_room;
    while (room < needed)
        room *= 2;
    char *body = malloc(room);
    if (body == NULL)
        lk_fatal("out of memory");
    const size_t len = exchange->body_len;
    if (len > 0)
        memcpy(body, exchange->body, len);
    web_exchange_drop_body(exchange);
    exchange->body = body;
    exchange->body_len = len;
    exchange->body_room = room;
}

static enum MHD_Result take_body(struct web_exchange *exchange, const char *bytes, size_t len)
{
    exchange->body_seen += (int64_t) len;
    if (exchange->body_seen > exchange->server->needs.config->server_body_limit)
        refuse(exchange, 413, "too_large");
    if (exchange->body_seen > WEB_SWALLOW_MOST) {
        exchange->status = exchange->refusal_status;
        exchange->outcome = exchange->refusal;
        return MHD_NO; /* closes the connection */
    }
    if (exchange->refusal != NULL || !exchange->keeps_body) {
        web_exchange_drop_body(exchange);
        return MHD_YES;
    }
    make_room(exchange, exchange->body_len + len);
    memcpy(exchange->body + exchange->body_len, bytes, len);
    exchange->body_len += len;
    return MHD_YES;
}

/* ---- the whole request is here ---- */

static void hold(struct web_queue_item *item)
{
    struct web_exchange *exchange = (struct web_exchange *) (void *) item;
    exchange->phase = WEB_PHASE_WAITING;
    MHD_suspend_connection(exchange->connection);
}

static enum MHD_Result take_end(struct web_exchange *exchange)
{
    web_exchange_set_deadline(exchange, INT64_MAX);
    if (exchange->refusal != NULL)
        return answer_refusal(exchange);
    if (exchange->link != WEB_LINK_NONE)
        return web_door_dead_link(exchange);
    if (exchange->door != NULL)
        return exchange->door->answer(exchange);
    if (web_queue_add(exchange->server->queue, &exchange->item, hold))
        return MHD_YES;
    return web_exchange_answer(exchange, 503, web_exchange_problem(exchange, 503, "busy"));
}

/* libmicrohttpd's prototype. NOLINTNEXTLINE(readability-function-size) */
enum MHD_Result web_exchange_on_request(void *server, struct MHD_Connection *connection, const char *url,
                                        const char *method, const char *version, const char *upload, size_t *upload_len,
                                        void **context)
{
    (void) server;
    (void) connection;
    struct web_exchange *exchange = *context;
    switch (exchange->phase) {
    case WEB_PHASE_BEGUN: return take_head(exchange, url, method, version);
    case WEB_PHASE_READING:
        if (*upload_len > 0) {
            const size_t len = *upload_len;
            *upload_len = 0;
            return take_body(exchange, upload, len);
        }
        return take_end(exchange);
    case WEB_PHASE_WAITING: return web_exchange_answer(exchange, exchange->status, exchange->response);
    case WEB_PHASE_ANSWERED: *upload_len = 0; return MHD_YES;
    case WEB_PHASE_IDLE: break;
    }
    return MHD_NO;
}

static void keep_words(char **kept, const char *words)
{
    if (words == NULL)
        return;
    free(*kept);
    *kept = strdup(words);
    if (*kept == NULL)
        lk_fatal("out of memory");
}

void web_exchange_note_actor(struct web_exchange *exchange, const char *name, const char *acting_as)
{
    keep_words(&exchange->actor, name);
    keep_words(&exchange->acting_as, acting_as);
}

void web_exchange_give_back(struct web_exchange *exchange, unsigned status, struct MHD_Response *response)
{
    exchange->status = status;
    exchange->response = response;
    web_exchange_drop_body(exchange);
    MHD_resume_connection(exchange->connection); /* from here on it is the other thread's */
}
