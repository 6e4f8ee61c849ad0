/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include "base/cleanup.h"
#include "base/fatal.h"
#include "base/text.h"
#include "base/unicode.h"
#include "cli/output_internal.h"
#include "views/data.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- filling ---- */

struct listing *listing_new(struct lk_arena *arena, const struct field *fields, size_t count)
{
    struct listing *listing = lk_arena_alloc(arena, sizeof *listing);
    *listing = (struct listing){ .arena = arena, .fields = fields, .field_count = count };
    return listing;
}

void listing_row(struct listing *listing)
{
    if (listing->row_count == listing->room) {
        const size_t room = listing->room == 0 ? 16 : listing->room * 2;
        struct cell **larger = lk_arena_array(listing->arena, room, sizeof(struct cell *));
        if (listing->row_count > 0)
            memcpy(larger, listing->rows, listing->row_count * sizeof(struct cell *));
        listing->rows = larger;
        listing->room = room;
    }
    listing->rows[listing->row_count++] =
        lk_arena_array(listing->arena, listing->field_count, sizeof *listing->rows[0]);
}

static struct cell *cell_of(struct listing *listing, const char *name)
{
    for (size_t i = 0; i < listing->field_count && listing->row_count > 0; i++) {
        if (strcmp(listing->fields[i].name, name) == 0)
            return &listing->rows[listing->row_count - 1][i];
    }
    lk_fatal("a field that is in no table of fields");
}

void listing_text(struct listing *listing, const char *name, const char *text)
{
    *cell_of(listing, name) = (struct cell){ .is_there = text != NULL, .text = text };
}

void listing_add_text(struct listing *listing, const char *name, const char *text)
{
    struct cell *cell = cell_of(listing, name);
    const char **larger = lk_arena_array(listing->arena, cell->text_count + 1, sizeof *larger);
    if (cell->text_count > 0)
        memcpy(larger, cell->texts, cell->text_count * sizeof *larger);
    larger[cell->text_count++] = text;
    cell->texts = larger;
    cell->is_there = true;
}

void listing_number(struct listing *listing, const char *name, int64_t number)
{
    *cell_of(listing, name) = (struct cell){ .is_there = true, .number = number };
}

void listing_flag(struct listing *listing, const char *name, bool flag)
{
    *cell_of(listing, name) = (struct cell){ .is_there = true, .number = flag ? 1 : 0 };
}

void listing_time(struct listing *listing, const char *name, int64_t when)
{
    *cell_of(listing, name) = (struct cell){ .is_there = when != INT64_MAX, .number = when };
}

void listing_rows(struct listing *listing, const char *name, struct listing *rows)
{
    *cell_of(listing, name) = (struct cell){ .is_there = true, .rows = rows };
}

/* ---- JSON ---- */

static struct view_data *texts_data(const struct cell *cell)
{
    struct view_data *list = view_list();
    for (size_t i = 0; i < cell->text_count; i++)
        view_append_text(list, cell->texts[i]);
    return list;
}

static struct view_data *rows_data(const struct listing *listing);

/* Without FIELD_ROWS, whose rows have none themselves. */
static void put_cell(struct view_data *object, const struct field *field, const struct cell *cell)
{
    switch (field->kind) {
    case FIELD_TEXT: view_text(object, field->name, cell->text); break;
    case FIELD_TEXTS: view_child(object, field->name, texts_data(cell)); break;
    case FIELD_NUMBER: view_number(object, field->name, cell->number); break;
    case FIELD_FLAG: view_flag(object, field->name, cell->number != 0); break;
    case FIELD_TIME: view_time(object, field->name, cell->number); break;
    case FIELD_ROWS: break;
    }
}

static struct view_data *flat_row_data(const struct listing *listing, size_t row)
{
    struct view_data *object = view_object();
    for (size_t i = 0; i < listing->field_count; i++) {
        const struct cell *cell = &listing->rows[row][i];
        if (cell->is_there || listing->fields[i].kind == FIELD_TEXTS)
            put_cell(object, &listing->fields[i], cell);
    }
    return object;
}

static struct view_data *rows_data(const struct listing *listing)
{
    struct view_data *list = view_list();
    for (size_t i = 0; i < listing->row_count; i++)
        view_append(list, flat_row_data(listing, i));
    return list;
}

static struct view_data *record_data(const struct listing *listing)
{
    struct view_data *object = flat_row_data(listing, 0);
    for (size_t i = 0; i < listing->field_count; i++) {
        const struct cell *cell = &listing->rows[0][i];
        if (listing->fields[i].kind == FIELD_ROWS && cell->is_there)
            view_child(object, listing->fields[i].name, rows_data(cell->rows));
    }
    return object;
}

static enum command_exit print_text(const struct lk_text *text)
{
    if (!lk_text_ok(text) || fputs(lk_text_string(text), stdout) == EOF || fflush(stdout) == EOF)
        return command_end(COMMAND_TROUBLE, "the result could not be written");
    return COMMAND_DONE;
}

/* Takes `data` over. */
static enum command_exit print_json(struct view_data *data)
{
    struct lk_text text LK_CLEANUP(lk_text_done) = LK_TEXT(OUTPUT_MOST);
    view_data_json(data, &text);
    view_data_free(data);
    lk_text_char(&text, '\n');
    return print_text(&text);
}

/* ---- the doors ---- */

enum command_exit output_listing(const struct command *command, const struct listing *listing)
{
    if (command->json)
        return print_json(rows_data(listing));
    struct lk_text text LK_CLEANUP(lk_text_done) = LK_TEXT(OUTPUT_MOST);
    output_table(&text, listing, "");
    return print_text(&text);
}

enum command_exit output_record(const struct command *command, const struct listing *listing)
{
    if (command->json)
        return print_json(record_data(listing));
    struct lk_text text LK_CLEANUP(lk_text_done) = LK_TEXT(OUTPUT_MOST);
    output_lines(&text, listing);
    return print_text(&text);
}

enum command_exit output_done(const struct command *command, const char *format, ...)
{
    if (command->dry_run || (command->quiet && !command->json))
        return COMMAND_DONE;
    struct lk_text words LK_CLEANUP(lk_text_done) = LK_TEXT(OUTPUT_MOST);
    char *said = NULL;
    va_list values;
    va_start(values, format);
    const int len = vasprintf(&said, format, values);
    va_end(values);
    if (len < 0)
        lk_fatal("out of memory");
    LK_CLEANUP(lk_cleanup_free) char *owned = said;
    if (command->json) {
        struct view_data *data = view_object();
        view_text(data, "done", owned);
        return print_json(data);
    }
    lk_text_words(&words, output_visible(command->action.arena, owned));
    lk_text_char(&words, '\n');
    return print_text(&words);
}

/* ---- CSV ---- */

const char *output_csv(struct lk_arena *arena, const char *text)
{
    if (text == NULL)
        return "";
    text = output_visible(arena, text);
    if (strpbrk(text, ",;\"") == NULL && *text != ' ' && (*text == '\0' || text[strlen(text) - 1] != ' '))
        return text;
    char *quoted = lk_arena_alloc(arena, 2 * strlen(text) + 3);
    char *at = quoted;
    *at++ = '"';
    for (; *text != '\0'; text++) {
        if (*text == '"')
            *at++ = '"';
        *at++ = *text;
    }
    *at = '"';
    return quoted;
}
