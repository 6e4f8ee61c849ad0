/* SPDX-License-Identifier: Apache-2.0 */
/* cli/output_internal.h - what the two faces of a listing share: output.c fills it and makes JSON of it, layout.c lines of text. */
#ifndef LATCHKEY_CLI_OUTPUT_INTERNAL_H
#define LATCHKEY_CLI_OUTPUT_INTERNAL_H

#include "base/text.h"
#include "cli/output.h"

#define OUTPUT_MOST ((size_t) 1024 * 1024 * 1024)

struct cell {
    bool is_there;
    const char *text;
    size_t text_count;
    const char *const *texts;
    int64_t number; /* number, flag, time */
    const struct listing *rows;
};

struct listing {
    struct lk_arena *arena;
    const struct field *fields;
    size_t field_count;
    struct cell **rows;
    size_t row_count, room;
};

/* Appends a table, each line behind `indent`. */
void output_table(struct lk_text *text, const struct listing *listing, const char *indent);
/* Appends the first row, a line for each field. */
void output_lines(struct lk_text *text, const struct listing *listing);

#endif
