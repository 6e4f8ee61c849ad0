/* SPDX-License-Identifier: Apache-2.0 */
#include "views/language.h"
#include "views/views_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct language *language_named(const struct views *views, const char *tag)
{
    for (size_t i = 0; tag != NULL && i < views->language_count; i++)
        if (strcasecmp(views->languages[i].tag, tag) == 0)
            return &views->languages[i];
    return &views->languages[0];
}

const char *views_language(const struct views *views, const char *wanted)
{
    if (wanted == NULL)
        return views->tags[0];
    const size_t best = language_best(views->tags, views->language_count, wanted);
    return views->tags[best == views->language_count ? 0 : best];
}

static int template_order(const void *name, const void *template)
{
    return strcmp(name, ((const struct template *) template)->name);
}

enum lk_status views_render(const struct views *views, const char *name, const char *language,
                            const struct view_data *data, struct lk_text *text)
{
    const struct template *template =
        bsearch(name, views->templates, views->template_count, sizeof *views->templates, template_order);
    if (template == NULL)
        return LK_ABSENT;
    const struct rendering rendering = {
        .views = views, .language = language_named(views, language), .data = data, .is_html = template->is_html
    };
    if (template->is_html) {
        render_steps(&rendering, template->steps, text);
        return lk_text_ok(text) ? LK_OK : LK_MALFORMED;
    }
    struct lk_text lines = LK_TEXT(text->limit);
    render_steps(&rendering, template->steps, &lines);
    if (lk_text_ok(&lines))
        wrap_lines(text, lk_text_string(&lines), lines.len);
    const bool rendered = lk_text_ok(&lines) && lk_text_ok(text);
    lk_text_done(&lines);
    return rendered ? LK_OK : LK_MALFORMED;
}

static int message_order(const void *key, const void *message)
{
    return strcmp(key, ((const struct message *) message)->key);
}

const struct template_step *views_find_message(const struct views *views, const char *key,
                                               const struct language *language)
{
    const struct message *message = views->message_count == 0 ? NULL
                                                              : bsearch(key, views->messages, views->message_count,
                                                                        sizeof *views->messages, message_order);
    return message == NULL ? NULL : language->sentences[message->sentence];
}

void views_message(const struct views *views, const char *key, const char *language, const struct view_data *data,
                   struct lk_text *text)
{
    const struct rendering rendering = { .views = views, .language = language_named(views, language), .data = data };
    const struct template_step *steps = views_find_message(views, key, rendering.language);
    if (steps == NULL)
        lk_text_words(text, key);
    else
        render_steps(&rendering, steps, text);
}

const char *views_static(const struct views *views, const char *name, size_t *len_out)
{
    for (size_t i = 0; i < views->file_count; i++)
        if (strcmp(views->files[i].name, name) == 0) {
            *len_out = views->files[i].len;
            return views->files[i].bytes;
        }
    return NULL;
}

void views_free(struct views *views)
{
    if (views == NULL)
        return;
    for (size_t i = 0; i < views->language_count; i++)
        view_data_free(views->languages[i].outermost);
    lk_arena_free(views->arena);
    free(views);
}
