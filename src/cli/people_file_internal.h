/* SPDX-License-Identifier: Apache-2.0 */
/* cli/people_file_internal.h - what the two readers share: people_csv.c and people_ldif.c give names and bytes, people_file.c makes people
 * of them. */
#ifndef LATCHKEY_CLI_PEOPLE_FILE_INTERNAL_H
#define LATCHKEY_CLI_PEOPLE_FILE_INTERNAL_H

#include "cli/people_file.h"

/* Bytes of the file, or the arena's; no NUL behind them. */
struct value {
    const char *bytes;
    size_t len;
};

/* Without case. */
bool value_is(struct value value, const char *word);

/* ---- what a column, or an attribute, is to us ---- */

enum column_kind {
    COLUMN_FIELD = 0, /* of the form */
    COLUMN_WHOLE_NAME,
    COLUMN_COMMON_NAME, /* what people are called where they have no whole name */
    COLUMN_SPARE        /* we export it, and it says nothing of whom to import */
};

struct column {
    const char *name;
    enum column_kind kind;
    enum profile_field field;
};

/* NULL: none of ours. cn is an attribute only. */
const struct column *column_named(struct value name);
const struct column *column_of_attribute(struct value name);

/* ---- one person ---- */

struct building {
    struct lk_arena *arena;
    struct person_row row;
    const char *whole_name, *common_name; /* "": none */
};

struct building building_begin(struct lk_arena *arena, size_t line);
/* The first value counts where there are several. */
void building_put(struct building *building, const struct column *column, struct value value);
/* Refuses the person. What was wrong first is told. */
void building_fail(struct building *building, const char *fault);

/* ---- all of them ---- */

struct people_list {
    struct lk_arena *arena;
    struct person_row *rows;
    size_t count, room;
};

void people_list_add(struct people_list *list, struct building *building);

/* As people_file_read. */
LK_MUST_CHECK enum lk_status people_read_csv(struct people_list *list, struct value file, struct lk_trouble *trouble);
LK_MUST_CHECK enum lk_status people_read_ldif(struct people_list *list, struct value file, struct lk_trouble *trouble);

#endif
