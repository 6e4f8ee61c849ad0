/* SPDX-License-Identifier: Apache-2.0 */
#include "web/problem.h"

#include <stdio.h>

#define WORDS_MOST  4096
#define KEY_MOST    96
#define RETRY_AFTER 5

static void put_words(const struct web_problem *problem, const char *suffix, const char *name, struct view_data *object)
{
    char key[KEY_MOST];
    struct lk_text words = LK_TEXT(WORDS_MOST);
    (void) snprintf(key, sizeof key, "%s%s", problem->key, suffix);
    views_message(problem->views, key, problem->language, problem->data, &words);
    view_text(object, name, lk_text_string(&words));
    lk_text_done(&words);
}

void web_problem_json(const struct web_problem *problem, struct lk_text *text)
{
    char type[KEY_MOST + 16];
    struct view_data *object = view_object();
    (void) snprintf(type, sizeof type, "about:blank#%s", problem->key);
    view_text(object, "type", type);
    put_words(problem, "_title", "title", object);
    view_number(object, "status", problem->status);
    put_words(problem, "", "detail", object);
    view_text(object, "instance", problem->id);
    view_text(object, "field", problem->field);
    view_data_json(object, text);
    view_data_free(object);
    if (problem->extra == NULL || !lk_text_ok(text))
        return;
    /* The list belongs to somebody else, so it is written into the object's text rather than into its tree. */
    text->len--;
    text->data[text->len] = '\0';
    lk_text_literal(text, ",\"errors\":");
    view_data_json(problem->extra, text);
    lk_text_literal(text, "}");
}

void web_problem_html(const struct web_problem *problem, struct lk_text *text)
{
    struct view_data *data = view_object();
    view_number(data, "status", problem->status);
    view_text(data, "key", problem->key);
    put_words(problem, "_title", "title", data);
    put_words(problem, "", "detail", data);
    view_text(data, "id", problem->id);
    if (views_render(problem->views, "page/problem.html", problem->language, data, text) != LK_OK) {
        lk_text_reset(text);
        lk_text_format(text, "<!doctype html><title>%u</title><p>%u</p>\n", problem->status, problem->status);
    }
    view_data_free(data);
}

int web_problem_retry_after(unsigned status)
{
    return status == 429 || status == 503 ? RETRY_AFTER : 0;
}
