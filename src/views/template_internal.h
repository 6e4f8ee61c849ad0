/* SPDX-License-Identifier: Apache-2.0 */
/* views/template_internal.h - what a template is once it has been read: a row of steps.
 *
 * A template is not kept as a tree but as one array that the renderer walks, with jumps where a section ends; a sentence
 * in one language is such an array too. 16 bytes a step, nothing shared is copied, and rendering needs no recursion.
 *
 * A path ("a.b") is kept as its parts, each with its NUL, and an empty one behind the last: "a\0b\0\0". "." has no parts.
 * Owns:    every array and string that is kept lives in the arena of `views`. */
#ifndef LATCHKEY_VIEWS_TEMPLATE_INTERNAL_H
#define LATCHKEY_VIEWS_TEMPLATE_INTERNAL_H

#include "base/arena.h"
#include "base/text.h"
#include "views/data_internal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum step_kind {
    STEP_RETURN = 0, /* the end of a template or sentence */
    STEP_MARKUP,     /* `words`, `number` bytes, as they are */
    STEP_TEXT,       /* the same, escaped: part of a sentence */
    STEP_VALUE,      /* the value at path `words` */
    STEP_STRONG,     /* the same, emphasised */
    STEP_TIME,       /* the same, a time */
    STEP_EACH,       /* {{#}}: `number` is its STEP_CLOSE */
    STEP_IF,         /* {{?}} */
    STEP_UNLESS,     /* {{^}} */
    STEP_CLOSE,
    STEP_PARTIAL, /* `number` is a template */
    STEP_WORDS    /* `number` is a sentence */
};

struct template_step {
    const char *words;
    uint32_t number;
    uint8_t kind;
    bool compares; /* EACH, IF, UNLESS: behind the path stands the text that the value must be */
};

/* Bounds that make the renderer's stacks fixed. */
#define TEMPLATE_SECTIONS 12 /* sections within each other, in one template */
#define TEMPLATE_PARTIALS 6  /* templates within each other */

struct template
{
    const char *name; /* "page/sign_in.html" */
    const struct template_step *steps;
    bool is_html;
};

/* Sentences: what {{_ …}} and messages.txt say, each once, numbered. */
struct sentences {
    struct sentence *items;
    size_t count, room;
};

struct sentence {
    const char *words; /* blanks made one */
    const char *path;  /* where it stands first, for faults */
    unsigned line;
};

/* The number of the sentence; added where it is new. `words` need not be tidy. */
uint32_t sentences_add(struct sentences *sentences, struct lk_arena *scratch, const char *words, size_t len,
                       const char *path, unsigned line);
void sentences_done(struct sentences *sentences);

/* Makes steps of `words`. A fault is written to `faults`; the result then must not be used. */
const struct template_step *sentence_compile(struct lk_arena *arena, const char *words, const char *path, unsigned line,
                                             struct lk_text *faults);

/* Does `words` have no {value} that `original` has not? Both compile. */
bool sentence_values_fit(const char *words, const char *original);

/* One template file. */
struct template_source {
    const char *name; /* "page/sign_in.html" */
    const char *path; /* as opened, for faults */
    const char *bytes;
    size_t len;
};

/* A partial that a template names. */
struct template_call {
    uint32_t from, to;
    unsigned line;
};

struct template_calls {
    struct template_call *items;
    size_t count, room;
};

/* What parsing needs and gathers. */
struct template_loader {
    struct lk_arena *arena;                /* what is kept */
    struct lk_arena *scratch;              /* what is needed while loading only: sources, sentences, paths for faults */
    const struct template_source *sources; /* sorted by name; a template's number is its place here */
    size_t source_count;
    struct sentences sentences;
    struct template_calls calls;
    struct lk_text *faults;
};

/* Makes steps of source `number`. Faults are written to loader->faults. */
const struct template_step *template_parse(struct template_loader *loader, uint32_t number);

/* The number of the template, or UINT32_MAX. */
uint32_t template_find(const struct template_source *sources, size_t count, const char *name, size_t len);

/* Faults for partials that include themselves or nest too deep. */
void template_check_calls(const struct template_loader *loader);

/* A growing array of steps while one is being made. */
struct template_steps {
    struct template_step *items;
    size_t count, room;
};

void template_steps_add(struct template_steps *steps, struct template_step step);

/* Moves them to the arena, a STEP_RETURN behind the last. */
const struct template_step *template_steps_take(struct template_steps *steps, struct lk_arena *arena);

/* A path out of "a.b"; NULL where that is no name. */
const char *template_path(struct lk_arena *arena, const char *name, size_t len);

/* The same, with the text behind it that {{#name=text}} compares with. */
const char *template_path_comparing(struct lk_arena *arena, const char *name, size_t len, const char *text,
                                    size_t text_len);

/* The text behind a path's last part. */
const char *template_path_end(const char *path);

#endif
