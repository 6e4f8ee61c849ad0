/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fatal.h"
#include "views/catalogue.h"
#include "views/files_internal.h"
#include "views/messages_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The language of templates and messages.txt. */
#define SOURCE_LANGUAGE "en"

/* What is there while loading only. */
struct load {
    const struct config *config;
    const char *share;
    struct views *views;
    struct template_loader loader;
    struct file_list templates, files, shipped, further; /* the last two: catalogues */
    struct message_list messages;
    struct lk_text *faults;
};

static bool is_set(const char *setting)
{
    return setting != NULL && setting[0] != '\0';
}

/* ---- reading ---- */

static enum lk_status read_messages(struct load *load, const char *root, bool is_second)
{
    const char *path = lk_arena_format(load->loader.scratch, "%s/messages.txt", root);
    struct template_source source;
    const enum lk_status status = file_read(load->loader.scratch, path, FILES_TEMPLATE_MOST, &source, load->faults);
    if (status == LK_OK)
        messages_read(&load->loader, &source, is_second, &load->messages);
    return status == LK_ABSENT ? LK_OK : status;
}

static enum lk_status read_folder(struct load *load, const char *root, bool is_second)
{
    enum lk_status status = files_read_templates(load->loader.scratch, root, &load->templates, load->faults);
    if (status == LK_OK)
        status = files_read_static(load->views->arena, root, &load->files, load->faults);
    return status == LK_OK ? read_messages(load, root, is_second) : status;
}

static enum lk_status read_everything(struct load *load)
{
    struct lk_arena *scratch = load->loader.scratch;
    enum lk_status status = read_folder(load, lk_arena_format(scratch, "%s/templates", load->share), false);
    if (status == LK_OK && is_set(load->config->pages_templates))
        status = read_folder(load, load->config->pages_templates, true);
    /* Without shipped catalogues there is the source language. */
    struct lk_text ignored = LK_TEXT(1024);
    const char *locale = lk_arena_format(scratch, "%s/locale", load->share);
    if (status == LK_OK)
        (void) !files_read_catalogues(scratch, locale, &load->shipped, &ignored);
    lk_text_done(&ignored);
    if (status == LK_OK && is_set(load->config->pages_catalogues))
        status = files_read_catalogues(scratch, load->config->pages_catalogues, &load->further, load->faults);
    return status;
}

/* ---- templates ---- */

static void make_templates(struct load *load)
{
    file_list_sort(&load->templates);
    load->loader.sources = load->templates.items;
    load->loader.source_count = load->templates.count;
    struct template *templates = lk_arena_array(load->views->arena, load->templates.count, sizeof *templates);
    for (size_t i = 0; i < load->templates.count; i++) {
        const char *name = load->templates.items[i].name;
        templates[i] = (struct template){ .name = lk_arena_words(load->views->arena, name),
                                          .steps = template_parse(&load->loader, (uint32_t) i),
                                          .is_html = strcmp(name + strlen(name) - 5, ".html") == 0 };
    }
    template_check_calls(&load->loader);
    load->views->templates = templates;
    load->views->template_count = load->templates.count;
}

static void keep_messages(struct load *load)
{
    message_list_sort(&load->messages);
    struct message *messages = lk_arena_array(load->views->arena, load->messages.count, sizeof *messages);
    if (load->messages.count > 0)
        memcpy(messages, load->messages.items, load->messages.count * sizeof *messages);
    load->views->messages = messages;
    load->views->message_count = load->messages.count;
}

static void keep_files(struct load *load)
{
    struct static_file *files = lk_arena_array(load->views->arena, load->files.count, sizeof *files);
    for (size_t i = 0; i < load->files.count; i++)
        files[i] = (struct static_file){ .name = load->files.items[i].name,
                                         .bytes = load->files.items[i].bytes,
                                         .len = load->files.items[i].len };
    load->views->files = files;
    load->views->file_count = load->files.count;
}

/* ---- languages ---- */

/* Opens the language's catalogue of one list; false where there is none. A fault is told once. */
static bool open_catalogue(struct load *load, const struct file_list *list, const char *tag,
                           struct catalogue *catalogue_out, const char **path_out)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct template_source *source = &list->items[i];
        if (strcasecmp(source->name, tag) != 0)
            continue;
        struct lk_trouble trouble;
        *path_out = source->path;
        if (catalogue_open(source->bytes, source->len, catalogue_out, &trouble) == LK_OK)
            return true;
        lk_text_format(load->faults, "%s: %s\n", source->path, trouble.words);
        return false;
    }
    return false;
}

static const struct template_step *translated(struct load *load, const struct sentence *sentence,
                                              const char *translation, const char *path)
{
    struct lk_arena *arena = load->views->arena;
    if (translation == NULL)
        return sentence_compile(arena, sentence->words, sentence->path, sentence->line, load->faults);
    if (!sentence_values_fit(translation, sentence->words))
        lk_text_format(load->faults, "%s: \"%.60s\": a {value} that the original has not\n", path, translation);
    return sentence_compile(arena, translation, path, 0, load->faults);
}

static void translate(struct load *load, struct language *language)
{
    static const struct file_list none = { 0 };
    const struct file_list *lists[] = { &load->further, &load->shipped, &none };
    struct catalogue catalogues[2];
    bool is_open[2] = { false, false };
    const char *paths[2] = { NULL, NULL };
    for (size_t i = 0; i < 2; i++)
        is_open[i] = open_catalogue(load, lists[i], language->tag, &catalogues[i], &paths[i]);
    const struct sentences *sentences = &load->loader.sentences;
    language->sentences =
        lk_arena_array(load->views->arena, sentences->count + 1, sizeof(const struct template_step *));
    for (size_t i = 0; i < sentences->count; i++) {
        const char *translation = NULL;
        const char *path = NULL;
        for (size_t j = 0; j < 2 && translation == NULL; j++)
            if (is_open[j]) {
                translation = catalogue_find(&catalogues[j], sentences->items[i].words);
                path = paths[j];
            }
        language->sentences[i] = translated(load, &sentences->items[i], translation, path);
    }
}

static struct view_data *outermost_of(const struct config *config, const char *tag)
{
    struct view_data *outermost = view_object();
    view_text(outermost, "language", tag);
    view_text(outermost, "service", config->pages_service);
    view_text(outermost, "notice", config->pages_notice);
    view_text(outermost, "home_url", config->pages_home_url);
    view_text(outermost, "password_url", config->pages_password_url);
    view_flag(outermost, "people_elsewhere", is_set(config->directory_people_base));
    view_flag(outermost, "sign_up", config->accounts_sign_up);
    struct view_data *support = view_object();
    view_text(support, "name", config->pages_support_name);
    view_text(support, "address", config->pages_support_address);
    view_text(support, "url", config->pages_support_url);
    if (is_set(config->pages_support_name) || is_set(config->pages_support_address) ||
        is_set(config->pages_support_url))
        view_child(outermost, "support", support);
    else
        view_data_free(support);
    return outermost;
}

static void add_language(struct load *load, const char *tag)
{
    struct views *views = load->views;
    for (size_t i = 0; i < views->language_count; i++)
        if (strcasecmp(views->tags[i], tag) == 0)
            return;
    if (views->language_count == VIEWS_LANGUAGES)
        return;
    struct language *language = &views->languages[views->language_count];
    language->tag = lk_arena_words(views->arena, tag);
    language->outermost = outermost_of(load->config, tag);
    views->tags[views->language_count++] = language->tag;
    translate(load, language);
}

static void add_languages(struct load *load)
{
    const char *configured = is_set(load->config->pages_language) ? load->config->pages_language : SOURCE_LANGUAGE;
    bool is_known = strcasecmp(configured, SOURCE_LANGUAGE) == 0;
    const struct file_list *lists[] = { &load->further, &load->shipped };
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < lists[i]->count; j++)
            is_known = is_known || strcasecmp(lists[i]->items[j].name, configured) == 0;
    if (!is_known)
        lk_text_format(load->faults, "pages.language: there is no catalogue for \"%.40s\"\n", configured);
    add_language(load, configured);
    add_language(load, SOURCE_LANGUAGE);
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < lists[i]->count; j++)
            add_language(load, lists[i]->items[j].name);
}

/* ---- all of it ---- */

static void make_everything(struct load *load)
{
    make_templates(load);
    keep_messages(load);
    keep_files(load);
    file_list_sort(&load->further);
    file_list_sort(&load->shipped);
    add_languages(load);
}

static bool has_grown(const struct lk_text *faults, size_t before)
{
    return faults->len > before || !lk_text_ok(faults);
}

enum lk_status views_load(const struct config *config, const char *share, struct views **views_out,
                          struct lk_text *faults)
{
    struct views *views = calloc(1, sizeof *views);
    if (views == NULL)
        lk_fatal("out of memory");
    views->arena = lk_arena_new();
    struct load load = {
        .config = config,
        .share = share,
        .views = views,
        .loader = {.arena = views->arena, .scratch = lk_arena_new(), .faults = faults},
        .faults = faults,
    };
    const size_t before = faults->len;
    enum lk_status status = read_everything(&load);
    if (status == LK_OK) {
        make_everything(&load);
        if (has_grown(faults, before))
            status = LK_MALFORMED;
    }
    file_list_done(&load.templates);
    file_list_done(&load.files);
    file_list_done(&load.shipped);
    file_list_done(&load.further);
    message_list_done(&load.messages);
    sentences_done(&load.loader.sentences);
    free(load.loader.calls.items);
    lk_arena_free(load.loader.scratch);
    if (status == LK_OK)
        *views_out = views;
    else
        views_free(views);
    return status;
}
