/* SPDX-License-Identifier: Apache-2.0 */
#include "web/answer.h"

#include "base/cleanup.h"
#include "base/fatal.h"
#include "web/page.h"
#include "web/problem.h"

#include <inttypes.h>
#include <stdio.h>

struct MHD_Response *web_answer_text(const struct web_server *server, enum web_content content, struct lk_text *text)
{
    struct MHD_Response *response = NULL;
    if (text->len == 0) {
        static char nothing[1];
        response = MHD_create_response_from_buffer(0, nothing, MHD_RESPMEM_PERSISTENT);
    } else {
        const size_t len = text->len;
        response = MHD_create_response_from_buffer(len, LK_TAKE(text->data), MHD_RESPMEM_MUST_FREE);
    }
    lk_text_done(text);
    if (response == NULL)
        lk_fatal("out of memory");
    web_headers_add(server, response, content);
    return response;
}

void web_answer_finish(struct web_server *server, int64_t retry_after, struct MHD_Response *response)
{
    if (retry_after > 0) {
        char seconds[24];
        (void) snprintf(seconds, sizeof seconds, "%" PRId64, retry_after);
        (void) MHD_add_response_header(response, "Retry-After", seconds);
    }
    if (atomic_load(&server->is_stopping))
        (void) MHD_add_response_header(response, "Connection", "close");
}

/* ---- the kinds of reply ---- */

static void render_problem(struct web_reply *reply, struct lk_text *text)
{
    struct web_request *request = reply->request;
    const struct web_problem problem = {
        .views = request->views,
        .language = request->language,
        .id = request->id,
        .status = reply->status,
        .key = reply->name,
        .data = reply->data,
        .field = reply->field,
        .extra = reply->errors,
    };
    if (request->wants_json) {
        web_problem_json(&problem, text);
        return;
    }
    web_problem_html(&problem, text);
}

static enum web_content answer_problem(struct web_reply *reply, struct lk_text *text)
{
    render_problem(reply, text);
    return reply->request->wants_json ? WEB_CONTENT_PROBLEM : WEB_CONTENT_HTML;
}

static enum web_content fail(struct web_reply *reply, struct lk_text *text, const char *words, const char *name)
{
    (void) lk_fail(&reply->trouble, LK_BROKEN, "%s%s", words, name == NULL ? "" : name);
    reply->has_trouble = true;
    lk_text_reset(text);
    web_problem(reply, 500, "internal", NULL);
    return answer_problem(reply, text);
}

static enum web_content answer_json(struct web_reply *reply, struct lk_text *text)
{
    if (reply->errors != NULL) {
        reply->name = "form_refused";
        view_data_free(LK_TAKE(reply->data));
        return answer_problem(reply, text);
    }
    view_text(reply->data, "csrf", web_page_csrf(reply->request));
    view_data_json(reply->data, text);
    return WEB_CONTENT_JSON;
}

static enum web_content answer_page(struct web_reply *reply, struct lk_text *text)
{
    struct web_request *request = reply->request;
    if (reply->data == NULL)
        reply->data = view_object();
    if (request->wants_json)
        return answer_json(reply, text);
    web_page_person(request, reply->data);
    if (reply->errors != NULL) {
        view_child(reply->data, "errors", LK_TAKE(reply->errors));
        view_child(reply->data, "error", LK_TAKE(reply->error_of));
    }
    const char *name = lk_arena_format(request->action.arena, "%s.html", reply->name);
    if (views_render(request->views, name, request->language, reply->data, text) != LK_OK)
        return fail(reply, text, "cannot be rendered: ", name);
    return WEB_CONTENT_HTML;
}

static enum web_content answer_redirect(struct web_reply *reply, struct lk_text *text)
{
    if (!reply->request->wants_json) {
        web_header(reply, "Location", reply->name);
        return WEB_CONTENT_NONE;
    }
    struct view_data *object = view_object();
    view_text(object, "location", reply->name);
    view_data_json(object, text);
    view_data_free(object);
    reply->status = 200;
    return WEB_CONTENT_JSON;
}

static enum web_content answer_any(struct web_reply *reply, struct lk_text *text)
{
    switch (reply->kind) {
    case WEB_REPLY_PAGE: return answer_page(reply, text);
    case WEB_REPLY_REDIRECT: return answer_redirect(reply, text);
    case WEB_REPLY_PROBLEM: return answer_problem(reply, text);
    case WEB_REPLY_EMPTY: return WEB_CONTENT_NONE;
    case WEB_REPLY_NONE: break;
    }
    return fail(reply, text, "the handler gave no answer: ", reply->request->route->path);
}

struct MHD_Response *web_answer_reply(struct web_server *server, struct web_reply *reply)
{
    struct lk_text text = LK_TEXT(WEB_ANSWER_MOST);
    enum web_content content = answer_any(reply, &text);
    if (!lk_text_ok(&text))
        content = fail(reply, &text, "the answer is too long: ", reply->name);
    struct MHD_Response *response = web_answer_text(server, content, &text);
    for (size_t i = 0; i < reply->header_count; i++)
        (void) MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
    web_answer_finish(server, reply->retry_after > 0 ? reply->retry_after : web_problem_retry_after(reply->status),
                      response);
    return response;
}
