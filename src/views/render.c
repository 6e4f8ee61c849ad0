/* SPDX-License-Identifier: Apache-2.0 */
#include "views/escape_internal.h"
#include "views/views_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The loader refuses templates that would pass these: a rendering is inside of a template, TEMPLATE_PARTIALS partials and
 * one sentence. */
#define RETURNS_MOST  (TEMPLATE_PARTIALS + 2)
#define SECTIONS_MOST ((size_t) (TEMPLATE_PARTIALS + 1) * TEMPLATE_SECTIONS)

/* A section that is being shown. */
struct section {
    const struct view_data *list;  /* what is gone through; NULL: shown once */
    const struct view_data *scope; /* where names are looked up first; NULL: as outside */
    size_t index, count;
};

struct renderer {
    const struct rendering *rendering;
    struct lk_text *text;
    const struct template_step *first; /* of the template or sentence: jumps count from here */
    const struct template_step *at;

    struct {
        const struct template_step *first, *at;
    } returns[RETURNS_MOST];

    size_t return_count;
    struct section sections[SECTIONS_MOST];
    size_t section_count;
};

/* ---- looking names up ---- */

static const struct view_data *innermost(const struct renderer *renderer)
{
    for (size_t i = renderer->section_count; i > 0; i--)
        if (renderer->sections[i - 1].scope != NULL)
            return renderer->sections[i - 1].scope;
    return renderer->rendering->data;
}

/* The first part is looked up from the innermost scope outwards. */
static const struct view_data *find_first(const struct renderer *renderer, const char *name)
{
    for (size_t i = renderer->section_count; i > 0; i--) {
        const struct view_data *found = view_data_member(renderer->sections[i - 1].scope, name);
        if (found != NULL)
            return found;
    }
    const struct view_data *found = view_data_member(renderer->rendering->data, name);
    return found != NULL ? found : view_data_member(renderer->rendering->language->outermost, name);
}

static const struct view_data *find(const struct renderer *renderer, const char *path)
{
    if (*path == '\0')
        return innermost(renderer);
    const struct view_data *found = find_first(renderer, path);
    for (path += strlen(path) + 1; *path != '\0' && found != NULL; path += strlen(path) + 1)
        found = view_data_member(found, path);
    return found;
}

static bool is_shown(const struct view_data *data)
{
    size_t len;
    switch (view_data_kind(data)) {
    case VIEW_NOTHING:
    case VIEW_FALSE: return false;
    case VIEW_LIST: return view_data_count(data) > 0;
    case VIEW_TEXT: return view_data_text(data, &len)[0] != '\0';
    case VIEW_TRUE:
    case VIEW_NUMBER:
    case VIEW_OBJECT: return true;
    }
    return false;
}

/* ---- values ---- */

static void add_escaped(const struct renderer *renderer, const char *bytes, size_t len)
{
    if (renderer->rendering->is_html)
        escape_html(renderer->text, bytes, len);
    else
        escape_plain(renderer->text, bytes, len);
}

static void show_value(const struct renderer *renderer, const struct view_data *data)
{
    size_t len;
    switch (view_data_kind(data)) {
    case VIEW_TEXT: {
        const char *bytes = view_data_text(data, &len);
        add_escaped(renderer, bytes, len);
        return;
    }
    case VIEW_NUMBER: lk_text_format(renderer->text, "%" PRId64, view_data_number(data)); return;
    case VIEW_TRUE: lk_text_literal(renderer->text, "true"); return;
    case VIEW_NOTHING:
    case VIEW_FALSE:
    case VIEW_OBJECT:
    case VIEW_LIST: return;
    }
}

static void on_markup(struct renderer *renderer)
{
    lk_text_add(renderer->text, renderer->at->words, renderer->at->number);
}

static void on_text(struct renderer *renderer)
{
    add_escaped(renderer, renderer->at->words, renderer->at->number);
}

static void on_value(struct renderer *renderer)
{
    show_value(renderer, find(renderer, renderer->at->words));
}

static void on_strong(struct renderer *renderer)
{
    if (renderer->rendering->is_html)
        lk_text_literal(renderer->text, "<strong>");
    on_value(renderer);
    if (renderer->rendering->is_html)
        lk_text_literal(renderer->text, "</strong>");
}

static void on_time(struct renderer *renderer)
{
    size_t len;
    const char *rfc3339 = view_data_text(find(renderer, renderer->at->words), &len);
    struct lk_text written = LK_TEXT(512);
    render_time(renderer->rendering, rfc3339, len, &written);
    add_escaped(renderer, lk_text_string(&written), written.len);
    lk_text_done(&written);
}

/* ---- going somewhere else ---- */

static void on_section(struct renderer *renderer)
{
    const struct template_step *step = renderer->at;
    const struct view_data *data = find(renderer, step->words);
    bool shown = is_shown(data);
    if (step->compares) {
        size_t len;
        shown = strcmp(view_data_text(data, &len), template_path_end(step->words)) == 0;
    }
    if (shown == (step->kind == STEP_UNLESS) || renderer->section_count == SECTIONS_MOST) {
        renderer->at = renderer->first + step->number;
        return;
    }
    struct section section = { .count = 1 };
    const enum view_kind kind = view_data_kind(data);
    if (step->kind == STEP_EACH && kind == VIEW_LIST) {
        section.list = data;
        section.count = view_data_count(data);
        section.scope = view_data_item(data, 0);
    } else if (step->kind == STEP_EACH && kind != VIEW_TRUE) {
        section.scope = data;
    }
    renderer->sections[renderer->section_count++] = section;
}

static void on_close(struct renderer *renderer)
{
    struct section *section = &renderer->sections[renderer->section_count - 1];
    section->index++;
    if (section->index == section->count) {
        renderer->section_count--;
        return;
    }
    section->scope = view_data_item(section->list, section->index);
    renderer->at = renderer->first + renderer->at->number;
}

static void go_into(struct renderer *renderer, const struct template_step *steps)
{
    if (renderer->return_count == RETURNS_MOST)
        return;
    renderer->returns[renderer->return_count].first = renderer->first;
    renderer->returns[renderer->return_count++].at = renderer->at;
    renderer->first = steps;
    renderer->at = steps - 1; /* the loop goes on to the next step */
}

static void on_partial(struct renderer *renderer)
{
    go_into(renderer, renderer->rendering->views->templates[renderer->at->number].steps);
}

static void on_words(struct renderer *renderer)
{
    go_into(renderer, renderer->rendering->language->sentences[renderer->at->number]);
}

/* ---- the walk ---- */

static void (*const handlers[])(struct renderer *renderer) = {
    [STEP_MARKUP] = on_markup, [STEP_TEXT] = on_text,       [STEP_VALUE] = on_value, [STEP_STRONG] = on_strong,
    [STEP_TIME] = on_time,     [STEP_EACH] = on_section,    [STEP_IF] = on_section,  [STEP_UNLESS] = on_section,
    [STEP_CLOSE] = on_close,   [STEP_PARTIAL] = on_partial, [STEP_WORDS] = on_words,
};

void render_steps(const struct rendering *rendering, const struct template_step *steps, struct lk_text *text)
{
    struct renderer renderer = { .rendering = rendering, .text = text, .first = steps, .at = steps };
    while (lk_text_ok(text)) {
        if (renderer.at->kind != STEP_RETURN) {
            handlers[renderer.at->kind](&renderer);
        } else if (renderer.return_count == 0) {
            return;
        } else {
            renderer.return_count--;
            renderer.first = renderer.returns[renderer.return_count].first;
            renderer.at = renderer.returns[renderer.return_count].at;
        }
        renderer.at++;
    }
}
