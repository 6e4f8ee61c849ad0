/* SPDX-License-Identifier: Apache-2.0 */
/* cli/output.h - the one way in which results are printed: tables and records for people, JSON for scripts.
 *
 * A verb says once which fields a thing has, fills rows, and prints them; --json decides how they look. In JSON times are UTC
 * (RFC 3339), what is not there is left out, and names stay as they are from version to version. For people times are local,
 * columns line up by the width of the characters, and control characters of a value are written visibly: nothing that the
 * directory holds can steer a terminal.
 * Memory:  a listing, and what its rows say, live in the arena; texts are kept by reference. */
#ifndef LATCHKEY_CLI_OUTPUT_H
#define LATCHKEY_CLI_OUTPUT_H

#include "base/arena.h"
#include "cli/command.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_kind {
    FIELD_TEXT = 0,
    FIELD_TEXTS, /* several: a list in JSON */
    FIELD_NUMBER,
    FIELD_FLAG,
    FIELD_TIME,
    FIELD_ROWS /* a listing of its own: a list of objects in JSON, a table below a record; not in a table */
};

struct field {
    const char *name;  /* in JSON */
    const char *title; /* for people; NULL: not shown to them */
    enum field_kind kind;
};

struct listing;

struct listing *listing_new(struct lk_arena *arena, const struct field *fields, size_t count);
#define LISTING_NEW(arena, fields) listing_new((arena), (fields), sizeof(fields) / sizeof *(fields))

/* Begins a row. What is written by name goes to the row begun last; a name that is none of the fields' ends the process. */
void listing_row(struct listing *listing);
void listing_text(struct listing *listing, const char *name, const char *text);     /* NULL: not there */
void listing_add_text(struct listing *listing, const char *name, const char *text); /* one more of FIELD_TEXTS */
void listing_number(struct listing *listing, const char *name, int64_t number);
void listing_flag(struct listing *listing, const char *name, bool flag);
void listing_time(struct listing *listing, const char *name, int64_t when); /* INT64_MAX: never, not there */
void listing_rows(struct listing *listing, const char *name, struct listing *rows);

/* All rows: a table, or a list of objects. COMMAND_TROUBLE: standard output does not take it. */
enum command_exit output_listing(const struct command *command, const struct listing *listing);

/* The one row: "Title: value" lines, or one object. */
enum command_exit output_record(const struct command *command, const struct listing *listing);

/* A change is made: one sentence for people (not with --quiet), {"done": "words"} for scripts; nothing in a dry run. */
enum command_exit output_done(const struct command *command, const char *format, ...) LK_PRINTF(2, 3);

/* The text with whatever a terminal might obey, or that is no UTF-8, made visible. */
const char *output_visible(struct lk_arena *arena, const char *text);

/* One value of CSV (RFC 4180), visible, in quotes where it takes them. NULL: "". */
const char *output_csv(struct lk_arena *arena, const char *text);

/* 2026-11-22T20:41:03+01:00, in the zone of TZ. */
const char *output_local_time(struct lk_arena *arena, int64_t when);

#endif
