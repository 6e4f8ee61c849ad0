/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/fatal.h"
#include "views/template_internal.h"

#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Outer blanks cut, inner runs of blanks made one: templates may break their lines where they like. */
static char *tidy(struct lk_arena *arena, const char *words, size_t len)
{
    char *tidied = lk_arena_alloc(arena, len + 1);
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        if (!is_blank(words[i]))
            tidied[out++] = words[i];
        else if (out > 0 && tidied[out - 1] != ' ')
            tidied[out++] = ' ';
    }
    if (out > 0 && tidied[out - 1] == ' ')
        out--;
    tidied[out] = '\0';
    return tidied;
}

uint32_t sentences_add(struct sentences *sentences, struct lk_arena *scratch, const char *words, size_t len,
                       const char *path, unsigned line)
{
    const char *tidied = tidy(scratch, words, len);
    for (size_t i = 0; i < sentences->count; i++)
        if (strcmp(sentences->items[i].words, tidied) == 0)
            return (uint32_t) i;
    if (sentences->count == sentences->room) {
        sentences->room = sentences->room == 0 ? 64 : sentences->room * 2;
        sentences->items = reallocarray(sentences->items, sentences->room, sizeof *sentences->items);
        if (sentences->items == NULL)
            lk_fatal("out of memory");
    }
    sentences->items[sentences->count] = (struct sentence){ .words = tidied, .path = path, .line = line };
    return (uint32_t) sentences->count++;
}

void sentences_done(struct sentences *sentences)
{
    free(sentences->items);
    *sentences = (struct sentences){ 0 };
}

/* What stands between two braces: {name}, {*name}, {time name}. */
struct value {
    enum step_kind kind;
    const char *name;
    size_t len;
};

static struct value value_read(const char *inner, size_t len)
{
    static const char time_word[] = "time ";
    if (len > 0 && inner[0] == '*')
        return (struct value){ .kind = STEP_STRONG, .name = inner + 1, .len = len - 1 };
    if (len > sizeof time_word - 1 && strncmp(inner, time_word, sizeof time_word - 1) == 0)
        return (struct value){ .kind = STEP_TIME,
                               .name = inner + (sizeof time_word - 1),
                               .len = len - (sizeof time_word - 1) };
    return (struct value){ .kind = STEP_VALUE, .name = inner, .len = len };
}

const struct template_step *sentence_compile(struct lk_arena *arena, const char *words, const char *path, unsigned line,
                                             struct lk_text *faults)
{
    struct template_steps steps = { 0 };
    while (*words != '\0') {
        const size_t plain = strcspn(words, "{}");
        if (plain > 0)
            template_steps_add(&steps, (struct template_step){ .kind = STEP_TEXT,
                                                               .words = lk_arena_copy(arena, words, plain),
                                                               .number = (uint32_t) plain });
        words += plain;
        if (*words == '\0')
            break;
        const size_t inner = *words == '{' ? strcspn(words + 1, "{}") : 0;
        const struct value value = value_read(words + 1, inner);
        const char *name = words[inner + 1] == '}' ? template_path(arena, value.name, value.len) : NULL;
        if (*words != '{' || name == NULL) {
            lk_text_format(faults, "%s:%u: \"%.40s\" is no {name} of a value\n", path, line, words);
            break;
        }
        template_steps_add(&steps, (struct template_step){ .kind = (uint8_t) value.kind, .words = name });
        words += inner + 2;
    }
    return template_steps_take(&steps, arena);
}

/* Is {kind name} among the values of `words`? */
static bool has_value(const char *words, struct value wanted)
{
    const char *open = words;
    while ((open = strchr(open, '{')) != NULL) {
        const size_t inner = strcspn(open + 1, "}");
        const struct value value = value_read(open + 1, inner);
        const bool same_kind = (value.kind == STEP_TIME) == (wanted.kind == STEP_TIME);
        if (same_kind && value.len == wanted.len && strncmp(value.name, wanted.name, wanted.len) == 0)
            return true;
        open += inner + 1;
    }
    return false;
}

bool sentence_values_fit(const char *words, const char *original)
{
    while ((words = strchr(words, '{')) != NULL) {
        const size_t inner = strcspn(words + 1, "}");
        if (!has_value(original, value_read(words + 1, inner)))
            return false;
        words += inner + 1;
    }
    return true;
}
