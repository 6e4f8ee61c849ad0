/* SPDX-License-Identifier: Apache-2.0 */
#include "web/door.h"

#include "base/clock.h"
#include "base/fatal.h"
#include "logging/metrics.h"
#include "tokens/link.h"
#include "web/accept.h"
#include "web/answer.h"
#include "web/problem.h"

#include <stdlib.h>
#include <string.h>

#define LINK_PREFIX    "/t/"
#define LINK_PATTERN   "/t/{token}"
#define LANGUAGES_MOST 64
#define METRICS_MOST   ((size_t) 1 << 20)

/* ---- dead links ---- */

enum reason {
    GARBAGE,
    EXPIRED,
    REASONS
};

static const struct {
    const char *name;
    const char *problem; /* key for the JSON face */
    unsigned status;
} REASON[REASONS] = {
    [GARBAGE] = {"garbage",  "link_garbage", 404},
    [EXPIRED] = { "expired", "link_expired", 410},
};

/* [reason][as JSON][closing the connection] */
struct answers {
    const char *language; /* as views_language gives it: compared as a pointer first */
    struct MHD_Response *responses[REASONS][2][2];
};

struct web_door {
    struct web_server *server;
    pthread_mutex_t lock; /* held while a language's answers are made */
    atomic_size_t count;  /* of `languages` that are complete */
    struct answers languages[LANGUAGES_MOST];
};

static void render_dead(const struct web_server *server, const char *language, enum reason reason,
                        const struct web_problem *problem, struct lk_text *text)
{
    struct view_data *data = view_object();
    view_text(data, "reason", REASON[reason].name);
    if (views_render(server->needs.views, "page/link_dead.html", language, data, text) != LK_OK) {
        lk_text_reset(text);
        web_problem_html(problem, text);
    }
    view_data_free(data);
}

static struct MHD_Response *make_dead(const struct web_server *server, const char *language, enum reason reason,
                                      bool as_json, bool closing)
{
    struct lk_text text = LK_TEXT(WEB_ANSWER_MOST);
    const struct web_problem problem = { .views = server->needs.views,
                                         .language = language,
                                         .status = REASON[reason].status,
                                         .key = REASON[reason].problem };
    if (as_json)
        web_problem_json(&problem, &text);
    else
        render_dead(server, language, reason, &problem, &text);
    struct MHD_Response *response = web_answer_text(server, as_json ? WEB_CONTENT_PROBLEM : WEB_CONTENT_HTML, &text);
    if (closing)
        (void) MHD_add_response_header(response, "Connection", "close");
    return response;
}

static const struct answers *find_language(const struct web_door *door, const char *language, bool by_words)
{
    const size_t count = atomic_load_explicit(&door->count, memory_order_acquire);
    for (size_t i = 0; i < count; i++) {
        const char *known = door->languages[i].language;
        if (known == language || (by_words && strcmp(known, language) == 0))
            return &door->languages[i];
    }
    return NULL;
}

static const struct answers *make_language(struct web_door *door, const char *language)
{
    (void) pthread_mutex_lock(&door->lock);
    const struct answers *known = find_language(door, language, true);
    const size_t count = atomic_load(&door->count);
    if (known == NULL && count < LANGUAGES_MOST) {
        struct answers *answers = &door->languages[count];
        answers->language = language;
        for (size_t i = 0; i < (size_t) REASONS * 4; i++)
            answers->responses[i / 4][i / 2 % 2][i % 2] =
                make_dead(door->server, language, (enum reason)(i / 4), i / 2 % 2 == 1, i % 2 == 1);
        atomic_store_explicit(&door->count, count + 1, memory_order_release);
        known = answers;
    }
    (void) pthread_mutex_unlock(&door->lock);
    return known == NULL ? &door->languages[0] : known;
}

struct web_door *web_door_new(struct web_server *server)
{
    struct web_door *door = calloc(1, sizeof *door);
    if (door == NULL || pthread_mutex_init(&door->lock, NULL) != 0)
        lk_fatal("out of memory");
    door->server = server;
    (void) make_language(door, views_language(server->needs.views, NULL));
    return door;
}

void web_door_free(struct web_door *door)
{
    if (door == NULL)
        return;
    for (size_t language = 0; language < atomic_load(&door->count); language++) {
        for (size_t i = 0; i < (size_t) REASONS * 4; i++)
            MHD_destroy_response(door->languages[language].responses[i / 4][i / 2 % 2][i % 2]);
    }
    (void) pthread_mutex_destroy(&door->lock);
    free(door);
}

static const struct {
    const char *outcome;
    enum reason reason;
} VERDICTS[] = {
    [WEB_LINK_NONE] = {"garbage",  GARBAGE},
    [WEB_LINK_GARBAGE] = { "garbage", GARBAGE},
    [WEB_LINK_FORGED] = { "forged",  GARBAGE},
    [WEB_LINK_EXPIRED] = { "expired", EXPIRED},
};

enum MHD_Result web_door_dead_link(struct web_exchange *exchange)
{
    struct web_server *server = exchange->server;
    const enum reason reason = VERDICTS[exchange->link].reason;
    const char *language = web_exchange_language(exchange);
    const struct answers *answers = find_language(server->door, language, false);
    if (answers == NULL)
        answers = make_language(server->door, language);
    exchange->action = "link";
    exchange->is_stranger = true;
    exchange->outcome = VERDICTS[exchange->link].outcome;
    metrics_count(METRIC_LINKS_REFUSED, exchange->outcome, NULL);
    const bool as_json = web_accept_wants_json(exchange->head.accept);
    const bool closing = atomic_load(&server->is_stopping);
    return web_exchange_answer_shared(exchange, REASON[reason].status, answers->responses[reason][as_json][closing]);
}

enum web_link_verdict web_door_link(struct web_exchange *exchange)
{
    const size_t prefix = sizeof LINK_PREFIX - 1;
    if (strncmp(exchange->raw_path, LINK_PREFIX, prefix) != 0)
        return WEB_LINK_NONE;
    struct link_claim claim;
    const char *token = exchange->raw_path + prefix;
    exchange->pattern = LINK_PATTERN;
    switch (link_read(exchange->server->needs.ring, token, strlen(token), lk_clock_now(), &claim)) {
    case LK_OK: return WEB_LINK_NONE;
    case LK_ABSENT: return WEB_LINK_EXPIRED;
    case LK_REFUSED: return WEB_LINK_FORGED;
    case LK_MALFORMED:
    case LK_CONFLICT:
    case LK_BUSY:
    case LK_BROKEN: break;
    }
    return WEB_LINK_GARBAGE;
}

/* ---- files ---- */

#define STATIC_PREFIX "/static/"
#define ETAG_LEN      18 /* quotes and sixteen digits */

static const struct {
    const char *ending;
    const char *type;
} FILE_TYPES[] = {
    {".css",    "text/css; charset=utf-8"       },
    { ".js",    "text/javascript; charset=utf-8"},
    { ".svg",   "image/svg+xml"                 },
    { ".png",   "image/png"                     },
    { ".ico",   "image/x-icon"                  },
    { ".woff2", "font/woff2"                    },
    { ".txt",   "text/plain; charset=utf-8"     },
};

static const char *file_type(const char *name)
{
    const size_t len = strlen(name);
    for (size_t i = 0; i < sizeof FILE_TYPES / sizeof FILE_TYPES[0]; i++) {
        const size_t ending = strlen(FILE_TYPES[i].ending);
        if (len > ending && strcmp(name + len - ending, FILE_TYPES[i].ending) == 0)
            return FILE_TYPES[i].type;
    }
    return "application/octet-stream";
}

/* FNV-1a: it tells versions of our own files apart, no more. */
static void write_etag(const char *bytes, size_t len, char etag_out[static ETAG_LEN + 1])
{
    static const char DIGITS[] = "0123456789abcdef";
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ (unsigned char) bytes[i]) * UINT64_C(0x100000001b3);
    etag_out[0] = '"';
    for (size_t i = 0; i < 16; i++)
        etag_out[1 + i] = DIGITS[hash >> (60 - 4 * i) & 15];
    etag_out[17] = '"';
    etag_out[18] = '\0';
}

/* libmicrohttpd only reads them, whatever its prototype says. */
static struct MHD_Response *lend_bytes(const char *bytes, size_t len)
{
    void *lent = NULL;
    memcpy(&lent, &bytes, sizeof lent);
    struct MHD_Response *response = MHD_create_response_from_buffer(len, lent, MHD_RESPMEM_PERSISTENT);
    if (response == NULL)
        lk_fatal("out of memory");
    return response;
}

/* No path is joined: the name is looked up among the files that were read at the start. */
static enum MHD_Result answer_file(struct web_exchange *exchange)
{
    struct web_server *server = exchange->server;
    const char *name = exchange->raw_path + sizeof STATIC_PREFIX - 1;
    size_t len = 0;
    const char *bytes = views_static(server->needs.views, name, &len);
    if (bytes == NULL)
        return web_exchange_answer(exchange, 404, web_exchange_problem(exchange, 404, "not_found"));
    char etag[ETAG_LEN + 1];
    write_etag(bytes, len, etag);
    const bool has_it = exchange->head.if_none_match != NULL && strcmp(exchange->head.if_none_match, etag) == 0;

    struct MHD_Response *response = lend_bytes(bytes, has_it ? 0 : len);
    web_headers_add(server, response, WEB_CONTENT_FILE);
    (void) MHD_add_response_header(response, "Content-Type", file_type(name));
    (void) MHD_add_response_header(response, "Cache-Control", "public, max-age=300");
    (void) MHD_add_response_header(response, "ETag", etag);
    const unsigned status = has_it ? 304 : 200;
    web_answer_finish(server, web_problem_retry_after(status), response);
    return web_exchange_answer(exchange, status, response);
}

/* ---- probes ---- */

static enum MHD_Result answer_words(struct web_exchange *exchange, unsigned status, const char *words)
{
    struct lk_text text = LK_TEXT(1024);
    lk_text_words(&text, words);
    lk_text_literal(&text, "\n");
    struct MHD_Response *response = web_answer_text(exchange->server, WEB_CONTENT_TEXT, &text);
    web_answer_finish(exchange->server, web_problem_retry_after(status), response);
    return web_exchange_answer(exchange, status, response);
}

static enum MHD_Result answer_alive(struct web_exchange *exchange)
{
    return answer_words(exchange, 200, "alive");
}

static enum MHD_Result answer_ready(struct web_exchange *exchange)
{
    const struct web_server *server = exchange->server;
    const char *why = server->needs.not_ready == NULL ? NULL : server->needs.not_ready(server->needs.context);
    if (why == NULL && atomic_load(&server->is_stopping))
        why = "stopping";
    return why == NULL ? answer_words(exchange, 200, "ready") : answer_words(exchange, 503, why);
}

static enum MHD_Result answer_metrics(struct web_exchange *exchange)
{
    struct lk_text text = LK_TEXT(METRICS_MOST);
    metrics_write(&text);
    struct MHD_Response *response = web_answer_text(exchange->server, WEB_CONTENT_TEXT, &text);
    web_answer_finish(exchange->server, 0, response);
    return web_exchange_answer(exchange, 200, response);
}

/* ---- the table ---- */

static const struct web_door_row ROWS[] = {
    {STATIC_PREFIX, "/static/{name}", answer_file   },
    { "/healthz",   "/healthz",       answer_alive  },
    { "/readyz",    "/readyz",        answer_ready  },
    { "/metrics",   "/metrics",       answer_metrics},
};

const struct web_door_row *web_door_find(const char *path)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const size_t len = strlen(ROWS[i].path);
        if (strncmp(path, ROWS[i].path, len) == 0 && (path[len] == '\0' || ROWS[i].path[len - 1] == '/'))
            return &ROWS[i];
    }
    return NULL;
}
