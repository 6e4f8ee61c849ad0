/* SPDX-License-Identifier: Apache-2.0 */
#include "web/serve.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "logging/metrics.h"
#include "web/accept.h"
#include "web/answer.h"
#include "web/continue.h"
#include "web/cookie.h"
#include "web/fields.h"
#include "web/form_token.h"

#include <stdlib.h>
#include <string.h>

#define AGENT_MOST  200
#define FIELD_SHOWN 64 /* bytes of a stranger's field name that a problem repeats */

/* What one request needs while it is served. */
struct service {
    struct web_exchange *exchange;
    struct web_request request;
    struct web_reply reply;
    struct web_form form;
    struct session session;
};

/* ---- the request's struct ---- */

static bool is_post(const struct service *service)
{
    return strcmp(service->exchange->method, "POST") == 0;
}

static const char *own_cookie(struct service *service, const char *name)
{
    const struct web_repeated *cookies = &service->exchange->head.cookies;
    const char *found = NULL;
    size_t found_len = 0;
    for (size_t i = 0; i < cookies->count; i++) {
        const char *value = NULL;
        size_t len = 0;
        const enum lk_status status =
            web_cookie_find(cookies->values[i], strlen(cookies->values[i]), name, &value, &len);
        if (status == LK_ABSENT)
            continue;
        if (status != LK_OK || (found != NULL && (found_len != len || memcmp(found, value, len) != 0)))
            return NULL;
        found = value;
        found_len = len;
    }
    return found == NULL ? NULL : lk_arena_copy(service->request.action.arena, found, found_len);
}

static const char *copy_agent(struct lk_arena *arena, const char *agent)
{
    return agent == NULL ? NULL : lk_arena_copy(arena, agent, strnlen(agent, AGENT_MOST));
}

static void make_request(struct service *service, struct directory *directory, struct lk_arena *arena)
{
    struct web_exchange *exchange = service->exchange;
    const struct web_needs *needs = &exchange->server->needs;
    struct web_match match;
    char *path = lk_arena_alloc(arena, WEB_PATH_MOST + 1);
    /* It was decoded and matched when the headers came; the same again gives the segment. */
    if (web_path_decode(exchange->raw_path, path) != LK_OK)
        path[0] = '\0';
    (void) web_route_match(web_routes, exchange->method, path, &match);

    service->request = (struct web_request){
        .action = {.config = needs->config,
                   .ring = needs->ring,
                   .credentials = needs->credentials,
                   .limits = needs->limits,
                   .directory = directory,
                   .arena = arena,
                   .now = lk_clock_now(),
                   .origin = { .address = web_exchange_address(exchange),
                                .agent = copy_agent(arena, exchange->head.agent) }},
        .views = needs->views,
        .route = exchange->match.route,
        .path = path,
        .segment = match.segment == NULL ? NULL : lk_arena_copy(arena, match.segment, match.segment_len),
        .language = web_exchange_language(exchange),
        .id = exchange->id,
        .wants_json = web_accept_wants_json(exchange->head.accept),
        .is_https = exchange->server->is_https,
    };
    service->request.names_cookie = own_cookie(service, web_names_cookie_name(service->request.is_https));
    service->reply = (struct web_reply){ .request = &service->request };
}

/* ---- the steps before the handler; false: the reply says why not ---- */

static bool refuse(struct service *service, unsigned status, const char *key)
{
    metrics_count(METRIC_REQUESTS_REFUSED, key, NULL);
    web_problem(&service->reply, status, key, NULL);
    web_outcome(&service->reply, NULL, key);
    return false;
}

/* A name that came from outside is shown only as far as it is plain text. */
static const char *shown_field(struct lk_arena *arena, const char *field)
{
    char *shown = lk_arena_copy(arena, field, strnlen(field, FIELD_SHOWN));
    for (char *at = shown; *at != '\0'; at++)
        *at = (char) (*at > ' ' && *at < 0x7F ? *at : '?');
    return shown;
}

static bool refuse_field(struct service *service, const struct web_form_fault *fault)
{
    service->reply.field = shown_field(service->request.action.arena, fault->field);
    return refuse(service, 400, fault->key);
}

static bool read_form(struct service *service)
{
    const struct web_exchange *exchange = service->exchange;
    struct lk_arena *arena = service->request.action.arena;
    const char *bytes = is_post(service) ? exchange->body : exchange->query;
    size_t len = exchange->body_len;
    if (!is_post(service))
        len = bytes == NULL ? 0 : strlen(bytes);
    struct web_pairs *pairs = lk_arena_alloc(arena, sizeof *pairs);
    const char *why = NULL;
    if (len > 0 && web_form_parse(arena, bytes, len, pairs, &why) != LK_OK)
        return refuse(service, 400, why);
    struct web_form_fault fault;
    const struct web_field *fields = service->request.route->fields;
    if (web_form_fill(arena, fields, pairs, is_post(service), &service->form, &fault) != LK_OK)
        return refuse_field(service, &fault);
    service->request.form = &service->form;
    return true;
}

static bool check_origin(struct service *service)
{
    const struct web_exchange *exchange = service->exchange;
    if (!is_post(service) ||
        web_origin_is_ours(exchange->server->origin, exchange->head.origin, exchange->head.fetch_site))
        return true;
    return refuse(service, 403, "csrf");
}

/* Only what may be continued is put into the address, and nothing that would make it longer than a query may be. */
static bool send_to_sign_in(struct service *service)
{
    struct web_request *request = &service->request;
    if (request->wants_json)
        return refuse(service, 401, "not_signed_in");
    const char *query = service->exchange->query;
    const char *raw = service->exchange->raw_path;
    const char *target = query == NULL ? raw : lk_arena_format(request->action.arena, "%s?%s", raw, query);
    struct lk_text location = LK_TEXT(WEB_QUERY_MOST);
    lk_text_literal(&location, "/signin");
    if (!is_post(service) && web_continue_is_allowed(web_routes, target)) {
        lk_text_literal(&location, "?continue=");
        lk_percent_encode(&location, target, strlen(target), "/");
    }
    web_redirect(&service->reply, lk_text_ok(&location) ? lk_text_string(&location) : "/signin");
    web_outcome(&service->reply, NULL, "not_signed_in");
    lk_text_done(&location);
    return false;
}

static bool load_session(struct service *service)
{
    struct web_request *request = &service->request;
    struct action_context *action = &request->action;
    const enum web_session_need need = request->route->session;
    const char *cookie =
        need == WEB_NO_SESSION_NEEDED ? NULL : own_cookie(service, web_session_cookie_name(request->is_https));
    enum lk_status status = LK_ABSENT;
    if (cookie != NULL)
        status = session_check(action->config, action->ring, action->directory, action->arena, cookie, strlen(cookie),
                               action->now, &service->session, &action->trouble);
    if (status == LK_OK) {
        request->session = &service->session;
        web_actor(&service->reply, service->session.account.name);
    } else if (status == LK_BROKEN || status == LK_BUSY) {
        web_failed(&service->reply, status, &action->trouble);
        return false;
    }
    if (need == WEB_SIGNED_IN && request->session == NULL)
        return send_to_sign_in(service);
    return true;
}

/* A form from before signing in (or of a page whose session was another) is stale, not an attack; the person loads it again. */
static bool check_form_token(struct service *service)
{
    const struct action_context *action = &service->request.action;
    const char *token = service->form.csrf;
    const char *session = service->request.session == NULL ? NULL : service->request.session->id;
    if (!is_post(service))
        return true;
    if (token == NULL)
        return refuse(service, 403, "csrf");
    const size_t len = strlen(token);
    enum lk_status status = web_form_token_check(action->ring, session, token, len, action->now);
    if (status == LK_REFUSED && session != NULL &&
        web_form_token_check(action->ring, NULL, token, len, action->now) == LK_OK)
        status = LK_ABSENT;
    if (status == LK_OK)
        return true;
    return refuse(service, 403, status == LK_ABSENT ? "stale_form" : "csrf");
}

typedef bool step_function(struct service *service);

static step_function *const STEPS[] = { read_form, check_origin, load_session, check_form_token };

/* ---- the whole ---- */

static void run(struct service *service)
{
    for (size_t i = 0; i < sizeof STEPS / sizeof STEPS[0]; i++) {
        if (!STEPS[i](service))
            return;
    }
    service->request.route->handler(&service->request, &service->reply);
}

/* Whom it was about. A segment that is something else, as the token of a link, is in no log. */
static void note_target(struct service *service)
{
    uint8_t id[LK_UUID_LEN];
    const char *segment = service->request.segment;
    if (segment != NULL && lk_uuid_parse(segment, strlen(segment), id) == LK_OK)
        lk_uuid_format(id, service->exchange->target);
}

/* What outlives the arena: literals as they are, the actor's names as copies. */
static void note_outcome(struct service *service)
{
    struct web_exchange *exchange = service->exchange;
    const struct web_reply *reply = &service->reply;
    exchange->action = reply->action;
    exchange->outcome = reply->outcome;
    web_exchange_note_actor(exchange, reply->actor, service->request.action.acting_as);
    if (reply->action != NULL)
        metrics_count(METRIC_ACTIONS, reply->action, reply->outcome);
    if (reply->has_trouble)
        log_write(reply->status >= 500 ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "request_trouble",
                  log_word("req", exchange->id), log_word("route", exchange->pattern),
                  log_text("why", reply->trouble.words));
}

void web_serve(struct web_exchange *exchange, struct directory *directory, struct lk_arena *arena)
{
    struct service service = { .exchange = exchange };
    make_request(&service, directory, arena);
    run(&service);
    directory_act_as(directory, NULL);
    struct MHD_Response *response = web_answer_reply(exchange->server, &service.reply);
    const unsigned status = service.reply.status;
    note_outcome(&service);
    note_target(&service);
    web_reply_done(&service.reply);
    web_form_done(&service.form);
    web_exchange_give_back(exchange, status, response);
}
