/* SPDX-License-Identifier: Apache-2.0 */
#include "web/reply.h"

#include "base/encoding.h"
#include "web/reply_internal.h"

#include <inttypes.h>
#include <string.h>

#define NAMES_COOKIE_AGE (INT64_C(365) * 86400)

/* ---- which answer ---- */

/* `data` is taken over. */
static void set(struct web_reply *reply, enum web_reply_kind kind, unsigned status, const char *name,
                struct view_data *data)
{
    if (reply->data != data)
        view_data_free(reply->data);
    reply->kind = kind;
    reply->status = status;
    reply->name = lk_arena_words(reply->request->action.arena, name);
    reply->data = data;
}

void web_page(struct web_reply *reply, unsigned status, const char *name, struct view_data *data)
{
    set(reply, WEB_REPLY_PAGE, status, name, data);
}

static bool is_printable(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < ' ' || *at > '~')
            return false;
    }
    return true;
}

/* Only a path of ours or the configured home: no handler's slip becomes an open redirect. */
static bool may_go_to(const struct web_reply *reply, const char *location)
{
    const char *home = reply->request->action.config->pages_home_url;
    if (!is_printable(location))
        return false;
    return (location[0] == '/' && location[1] != '/' && location[1] != '\\') ||
           (home[0] != '\0' && strcmp(location, home) == 0);
}

void web_redirect(struct web_reply *reply, const char *location)
{
    if (!may_go_to(reply, location)) {
        (void) lk_fail(&reply->trouble, LK_BROKEN, "a redirect to a place that is not ours was suppressed");
        reply->has_trouble = true;
        set(reply, WEB_REPLY_PROBLEM, 500, "internal", NULL);
        return;
    }
    set(reply, WEB_REPLY_REDIRECT, 303, location, NULL);
}

void web_problem(struct web_reply *reply, unsigned status, const char *key, struct view_data *data)
{
    set(reply, WEB_REPLY_PROBLEM, status, key, data);
}

void web_empty(struct web_reply *reply, unsigned status)
{
    set(reply, WEB_REPLY_EMPTY, status, NULL, NULL);
}

/* ---- errors beside fields ---- */

void web_form_error(struct web_reply *reply, const char *field, const char *key, struct view_data *data)
{
    const struct web_request *request = reply->request;
    struct lk_text words = LK_TEXT(4096);
    views_message(request->views, key, request->language, data, &words);
    view_data_free(data);

    if (reply->errors == NULL) {
        reply->errors = view_list();
        reply->error_of = view_object();
    }
    struct view_data *error = view_object();
    view_text(error, "field", field);
    view_text(error, "code", key);
    view_text(error, "detail", lk_text_string(&words));
    view_append(reply->errors, error);
    view_text(reply->error_of, field, lk_text_string(&words));
    lk_text_done(&words);
}

bool web_has_form_errors(const struct web_reply *reply)
{
    return reply->errors != NULL;
}

/* ---- headers and cookies ---- */

void web_header(struct web_reply *reply, const char *name, const char *value)
{
    if (reply->header_count == WEB_REPLY_HEADERS || value == NULL || !is_printable(value) || !is_printable(name))
        return;
    struct lk_arena *arena = reply->request->action.arena;
    reply->headers[reply->header_count].name = lk_arena_words(arena, name);
    reply->headers[reply->header_count].value = lk_arena_words(arena, value);
    reply->header_count++;
}

void web_retry_after(struct web_reply *reply, int64_t seconds)
{
    reply->retry_after = seconds;
}

const char *web_session_cookie_name(bool is_https)
{
    return is_https ? "__Host-latchkey" : "latchkey";
}

const char *web_names_cookie_name(bool is_https)
{
    return is_https ? "__Host-latchkey-names" : "latchkey-names";
}

static void set_cookie(struct web_reply *reply, const char *name, const char *value, int64_t most_age)
{
    struct lk_arena *arena = reply->request->action.arena;
    const char *secure = reply->request->is_https ? "; Secure" : "";
    const char *age = "";
    if (value == NULL)
        age = "; Max-Age=0";
    else if (most_age > 0)
        age = lk_arena_format(arena, "; Max-Age=%" PRId64, most_age);
    web_header(reply, "Set-Cookie",
               lk_arena_format(arena, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", name, value == NULL ? "" : value,
                               secure, age));
}

void web_session_cookie(struct web_reply *reply, const char *value, int64_t most_age)
{
    set_cookie(reply, web_session_cookie_name(reply->request->is_https), value, most_age);
}

void web_names_cookie(struct web_reply *reply, const char *value)
{
    set_cookie(reply, web_names_cookie_name(reply->request->is_https), value, NAMES_COOKIE_AGE);
}

/* ---- for log and metrics ---- */

void web_trouble(struct web_reply *reply, const struct lk_trouble *trouble)
{
    if (trouble == NULL)
        return;
    reply->trouble = *trouble;
    reply->has_trouble = true;
}

void web_failed(struct web_reply *reply, enum lk_status status, const struct lk_trouble *trouble)
{
    web_trouble(reply, trouble);
    if (status == LK_BROKEN)
        web_problem(reply, 503, "directory_down", NULL);
    else if (status == LK_BUSY)
        web_problem(reply, 503, "busy", NULL);
    else
        web_problem(reply, 500, "internal", NULL);
}

void web_outcome(struct web_reply *reply, const char *action, const char *outcome)
{
    reply->action = action;
    reply->outcome = outcome;
}

void web_actor(struct web_reply *reply, const char *name)
{
    reply->actor = lk_arena_words(reply->request->action.arena, name);
}

void web_reply_done(struct web_reply *reply)
{
    view_data_free(reply->data);
    view_data_free(reply->errors);
    view_data_free(reply->error_of);
    reply->data = NULL;
    reply->errors = NULL;
    reply->error_of = NULL;
}
