/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fatal.h"
#include "views/template_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistr.h>

/* A section that has been opened and not closed yet. */
struct open_section {
    size_t step;
    const char *words; /* what stood behind #, ? or ^, and must stand behind / */
    size_t len;
    unsigned line;
};

struct parser {
    struct template_loader *loader;
    uint32_t number;
    const char *path;
    const char *bytes;
    size_t len;
    bool is_html;
    unsigned line; /* of `counted` */
    size_t counted;
    struct template_steps steps;
    struct open_section open[TEMPLATE_SECTIONS];
    size_t depth;
};

/* A {{tag}}: `words` is what stands behind the sign, outer blanks cut. */
struct tag {
    char sign; /* 0: a value */
    const char *words;
    size_t len;
    size_t from, to; /* in the source, braces included */
    unsigned line;
};

static void fault(const struct parser *parser, unsigned line, const char *words, const char *name, size_t len)
{
    lk_text_format(parser->loader->faults, "%s:%u: %s", parser->path, line, words);
    if (len > 0)
        lk_text_format(parser->loader->faults, " \"%.*s\"", len > 60 ? 60 : (int) len, name);
    lk_text_literal(parser->loader->faults, "\n");
}

static unsigned line_of(struct parser *parser, size_t at)
{
    for (; parser->counted < at; parser->counted++)
        if (parser->bytes[parser->counted] == '\n')
            parser->line++;
    return parser->line;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* ---- markup ---- */

static void add_markup(struct parser *parser, const char *bytes, size_t len)
{
    if (len == 0)
        return;
    template_steps_add(&parser->steps,
                       (struct template_step){ .kind = STEP_MARKUP,
                                               .words = lk_arena_copy(parser->loader->arena, bytes, len),
                                               .number = (uint32_t) len });
}

/* Indentation and empty lines of HTML are for its readers here; they are not sent. */
static void add_html(struct parser *parser, size_t from, size_t to)
{
    char *kept = malloc(to - from + 1);
    if (kept == NULL)
        lk_fatal("out of memory");
    size_t len = 0;
    bool at_line_start = from == 0 || parser->bytes[from - 1] == '\n';
    for (size_t i = from; i < to; i++) {
        const char c = parser->bytes[i];
        if (at_line_start && (is_blank(c) || c == '\n'))
            continue;
        at_line_start = c == '\n';
        kept[len++] = c;
    }
    add_markup(parser, kept, len);
    free(kept);
}

static void add_source(struct parser *parser, size_t from, size_t to)
{
    if (parser->is_html)
        add_html(parser, from, to);
    else
        add_markup(parser, parser->bytes + from, to - from);
}

/* ---- tags ---- */

static void add_step(struct parser *parser, enum step_kind kind, const char *words, uint32_t number)
{
    template_steps_add(&parser->steps,
                       (struct template_step){ .kind = (uint8_t) kind, .words = words, .number = number });
}

static void on_open(struct parser *parser, const struct tag *tag)
{
    static const char signs[] = "#?^";

    static const enum step_kind kinds[] = { STEP_EACH, STEP_IF, STEP_UNLESS };

    const char *equals = memchr(tag->words, '=', tag->len);
    const size_t name_len = equals == NULL ? tag->len : (size_t) (equals - tag->words);
    const char *text = equals == NULL ? "" : equals + 1;
    const char *path = template_path_comparing(parser->loader->arena, tag->words, name_len, text,
                                               equals == NULL ? 0 : tag->len - name_len - 1);
    if (path == NULL) {
        fault(parser, tag->line, "not a name:", tag->words, tag->len);
        path = "";
    }
    if (parser->depth == TEMPLATE_SECTIONS) {
        fault(parser, tag->line, "too many sections within each other", NULL, 0);
        return;
    }
    parser->open[parser->depth++] =
        (struct open_section){ .step = parser->steps.count, .words = tag->words, .len = tag->len, .line = tag->line };
    template_steps_add(&parser->steps,
                       (struct template_step){ .kind = (uint8_t) kinds[strchr(signs, tag->sign) - signs],
                                               .words = path,
                                               .compares = equals != NULL });
}

static void on_close(struct parser *parser, const struct tag *tag)
{
    if (parser->depth == 0) {
        fault(parser, tag->line, "closes a section that is not open:", tag->words, tag->len);
        return;
    }
    const struct open_section *open = &parser->open[--parser->depth];
    if (open->len != tag->len || memcmp(open->words, tag->words, tag->len) != 0)
        fault(parser, tag->line, "closes another section than the one opened last:", tag->words, tag->len);
    parser->steps.items[open->step].number = (uint32_t) parser->steps.count;
    add_step(parser, STEP_CLOSE, NULL, (uint32_t) open->step);
}

static void on_partial(struct parser *parser, const struct tag *tag)
{
    struct template_loader *loader = parser->loader;
    /* {{>part/head}} in a page means part/head.html, in a letter's text part/head.txt. */
    const char *name =
        lk_arena_format(loader->scratch, "%.*s%s", (int) tag->len, tag->words, parser->is_html ? ".html" : ".txt");
    const uint32_t to = template_find(loader->sources, loader->source_count, name, strlen(name));
    if (to == UINT32_MAX) {
        fault(parser, tag->line, "no such template:", name, strlen(name));
        return;
    }
    struct template_calls *calls = &loader->calls;
    if (calls->count == calls->room) {
        calls->room = calls->room == 0 ? 64 : calls->room * 2;
        calls->items = reallocarray(calls->items, calls->room, sizeof *calls->items);
        if (calls->items == NULL)
            lk_fatal("out of memory");
    }
    calls->items[calls->count++] = (struct template_call){ .from = parser->number, .to = to, .line = tag->line };
    add_step(parser, STEP_PARTIAL, NULL, to);
}

static void on_words(struct parser *parser, const struct tag *tag)
{
    if (tag->len == 0) {
        fault(parser, tag->line, "no words", NULL, 0);
        return;
    }
    struct template_loader *loader = parser->loader;
    add_step(parser, STEP_WORDS, NULL,
             sentences_add(&loader->sentences, loader->scratch, tag->words, tag->len, parser->path, tag->line));
}

static void on_value(struct parser *parser, const struct tag *tag)
{
    static const char time_word[] = "time ";
    const size_t skip = sizeof time_word - 1;
    const bool is_time = tag->len > skip && strncmp(tag->words, time_word, skip) == 0;
    const char *name = is_time ? tag->words + skip : tag->words;
    const char *path = template_path(parser->loader->arena, name, is_time ? tag->len - skip : tag->len);
    if (path == NULL)
        fault(parser, tag->line, "not a name:", tag->words, tag->len);
    else
        add_step(parser, is_time ? STEP_TIME : STEP_VALUE, path, 0);
}

static void on_comment(struct parser *parser, const struct tag *tag)
{
    (void) parser;
    (void) tag;
}

/* Every tag. One that stands alone on its line takes the line away with it. */
static const struct tag_kind {
    char sign;
    bool takes_line;
    void (*handle)(struct parser *parser, const struct tag *tag);
} tag_kinds[] = {
    {'#',   true,  on_open   },
    { '?',  true,  on_open   },
    { '^',  true,  on_open   },
    { '/',  true,  on_close  },
    { '>',  true,  on_partial},
    { '!',  true,  on_comment},
    { '_',  false, on_words  },
    { '\0', false, on_value  },
};

static const struct tag_kind *kind_of(char sign)
{
    const struct tag_kind *kind = tag_kinds;
    while (kind->sign != sign && kind->sign != '\0')
        kind++;
    return kind;
}

static bool is_space(char c)
{
    return is_blank(c) || c == '\n';
}

/* Reads the tag whose braces begin at `from`; false where they do not end. */
static bool read_tag(struct parser *parser, size_t from, struct tag *tag)
{
    const char *close = memmem(parser->bytes + from + 2, parser->len - from - 2, "}}", 2);
    if (close == NULL)
        return false;
    size_t end = (size_t) (close - parser->bytes);
    const char *words = parser->bytes + from + 2;
    /* A name may begin with "_"; words have a blank behind it. They may end with a {value}: the last two braces count. */
    const bool is_words = end > from + 3 && words[0] == '_' && is_space(words[1]);
    while (is_words && end + 2 < parser->len && parser->bytes[end + 2] == '}')
        end++;
    size_t len = end - from - 2;
    *tag = (struct tag){ .from = from, .to = end + 2, .line = line_of(parser, from) };
    if (len > 0 && (is_words || (words[0] != '_' && kind_of(words[0])->sign != '\0'))) {
        tag->sign = words[0];
        words++;
        len--;
    }
    while (len > 0 && is_space(words[0])) {
        words++;
        len--;
    }
    while (len > 0 && is_space(words[len - 1]))
        len--;
    tag->words = words;
    tag->len = len;
    return true;
}

/* Where the tag stands alone on its line, *from is moved to the line's begin and the result is behind its end. */
static size_t line_taken(const struct parser *parser, const struct tag *tag, size_t *from)
{
    size_t begin = tag->from;
    while (begin > 0 && is_blank(parser->bytes[begin - 1]))
        begin--;
    size_t end = tag->to;
    while (end < parser->len && is_blank(parser->bytes[end]))
        end++;
    const bool from_start = begin == 0 || parser->bytes[begin - 1] == '\n';
    const bool to_end = end == parser->len || parser->bytes[end] == '\n';
    if (!from_start || !to_end)
        return tag->to;
    *from = begin;
    return end == parser->len ? end : end + 1;
}

static void parse(struct parser *parser)
{
    size_t at = 0;
    while (at < parser->len) {
        const char *next = memmem(parser->bytes + at, parser->len - at, "{{", 2);
        if (next == NULL)
            break;
        struct tag tag;
        if (!read_tag(parser, (size_t) (next - parser->bytes), &tag)) {
            fault(parser, line_of(parser, (size_t) (next - parser->bytes)), "a tag has no end", NULL, 0);
            return;
        }
        const struct tag_kind *kind = kind_of(tag.sign);
        size_t markup_end = tag.from;
        const size_t after = kind->takes_line ? line_taken(parser, &tag, &markup_end) : tag.to;
        if (markup_end > at)
            add_source(parser, at, markup_end);
        kind->handle(parser, &tag);
        at = after;
    }
    if (at < parser->len)
        add_source(parser, at, parser->len);
    while (parser->depth > 0) {
        const struct open_section *open = &parser->open[--parser->depth];
        fault(parser, open->line, "section is not closed:", open->words, open->len);
    }
}

const struct template_step *template_parse(struct template_loader *loader, uint32_t number)
{
    const struct template_source *source = &loader->sources[number];
    const size_t name_len = strlen(source->name);
    struct parser parser = {
        .loader = loader,
        .number = number,
        .path = source->path,
        .bytes = source->bytes,
        .len = source->len,
        .is_html = name_len > 5 && strcmp(source->name + name_len - 5, ".html") == 0,
        .line = 1,
    };
    if (u8_check((const uint8_t *) source->bytes, source->len) != NULL)
        fault(&parser, 1, "not UTF-8", NULL, 0);
    else if (memchr(source->bytes, '\0', source->len) != NULL)
        fault(&parser, 1, "holds a NUL", NULL, 0);
    else
        parse(&parser);
    return template_steps_take(&parser.steps, loader->arena);
}
