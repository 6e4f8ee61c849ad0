/* SPDX-License-Identifier: Apache-2.0 */
/* Tables and records, as people read them. */
#include "base/text.h"
#include "base/unicode.h"
#include "cli/output_internal.h"

#include <string.h>
#include <time.h>
#include <unistr.h>
#include <uniwidth.h>

#define GAP          "  "
#define NOT_THERE    "-"
#define VISIBLE_MOST ((size_t) 1024 * 1024)

/* ---- values ---- */

static bool is_visible(ucs4_t character)
{
    char one[6];
    const int len = u8_uctomb((uint8_t *) one, character, sizeof one);
    return len > 0 && lk_unicode_is_line(one, (size_t) len);
}

const char *output_visible(struct lk_arena *arena, const char *text)
{
    size_t left = strlen(text);
    if (lk_unicode_is_line(text, left))
        return text;
    struct lk_text visible = LK_TEXT(VISIBLE_MOST);
    while (left > 0) {
        ucs4_t character = 0;
        const int read = u8_mbtoucr(&character, (const uint8_t *) text, left);
        const size_t len = read > 0 ? (size_t) read : 1;
        if (read <= 0)
            lk_text_format(&visible, "\\x%02x", (unsigned char) *text);
        else if (is_visible(character))
            lk_text_add(&visible, text, len);
        else
            lk_text_format(&visible, "\\u{%x}", (unsigned) character);
        text += len;
        left -= len;
    }
    const char *copy = lk_arena_words(arena, lk_text_string(&visible));
    lk_text_done(&visible);
    return copy;
}

const char *output_local_time(struct lk_arena *arena, int64_t when)
{
    const time_t seconds = (time_t) when;
    struct tm parts;
    char day[64], zone[16];
    if (localtime_r(&seconds, &parts) == NULL || strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts) == 0 ||
        strftime(zone, sizeof zone, "%z", &parts) != 5)
        return NOT_THERE;
    return lk_arena_format(arena, "%s%.3s:%s", day, zone, zone + 3);
}

static const char *joined(struct lk_arena *arena, const struct cell *cell)
{
    struct lk_text text = LK_TEXT(VISIBLE_MOST);
    for (size_t i = 0; i < cell->text_count; i++) {
        lk_text_words(&text, i > 0 ? ", " : "");
        lk_text_words(&text, output_visible(arena, cell->texts[i]));
    }
    const char *copy = lk_arena_words(arena, lk_text_string(&text));
    lk_text_done(&text);
    return *copy != '\0' ? copy : NOT_THERE;
}

static const char *shown(struct lk_arena *arena, const struct field *field, const struct cell *cell)
{
    if (!cell->is_there)
        return NOT_THERE;
    switch (field->kind) {
    case FIELD_TEXT: return output_visible(arena, cell->text);
    case FIELD_TEXTS: return joined(arena, cell);
    case FIELD_NUMBER: return lk_arena_format(arena, "%lld", (long long) cell->number);
    case FIELD_FLAG: return cell->number != 0 ? "yes" : "no";
    case FIELD_TIME: return output_local_time(arena, cell->number);
    case FIELD_ROWS: break;
    }
    return NOT_THERE;
}

/* In columns of a terminal. */
static size_t width_of(const char *text)
{
    const int width = u8_strwidth((const uint8_t *) text, "UTF-8");
    return width > 0 ? (size_t) width : 0;
}

static void pad(struct lk_text *text, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        lk_text_char(text, ' ');
}

/* ---- tables ---- */

static bool is_column(const struct field *field)
{
    return field->title != NULL && field->kind != FIELD_ROWS;
}

static size_t last_column(const struct listing *listing)
{
    size_t last = 0;
    for (size_t i = 0; i < listing->field_count; i++) {
        if (is_column(&listing->fields[i]))
            last = i;
    }
    return last;
}

/* `row` is NULL for the titles. */
static void add_row(struct lk_text *text, const struct listing *listing, const char *const *row, const size_t *widths,
                    const char *indent)
{
    const size_t last = last_column(listing);
    lk_text_words(text, indent);
    for (size_t i = 0; i <= last; i++) {
        const struct field *field = &listing->fields[i];
        if (!is_column(field))
            continue;
        const char *value = row != NULL ? row[i] : field->title;
        const size_t width = width_of(value);
        if (field->kind == FIELD_NUMBER)
            pad(text, width, widths[i]);
        lk_text_words(text, value);
        if (i == last)
            break;
        if (field->kind != FIELD_NUMBER)
            pad(text, width, widths[i]);
        lk_text_literal(text, GAP);
    }
    lk_text_char(text, '\n');
}

void output_table(struct lk_text *text, const struct listing *listing, const char *indent)
{
    const size_t columns = listing->field_count;
    if (listing->row_count == 0)
        return;
    size_t *widths = lk_arena_array(listing->arena, columns, sizeof *widths);
    const char **values = lk_arena_array(listing->arena, columns * listing->row_count, sizeof *values);
    for (size_t i = 0; i < columns; i++) {
        if (!is_column(&listing->fields[i]))
            continue;
        widths[i] = width_of(listing->fields[i].title);
        for (size_t row = 0; row < listing->row_count; row++) {
            const char *value = shown(listing->arena, &listing->fields[i], &listing->rows[row][i]);
            const size_t width = width_of(value);
            values[row * columns + i] = value;
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    add_row(text, listing, NULL, widths, indent);
    for (size_t row = 0; row < listing->row_count; row++)
        add_row(text, listing, values + row * columns, widths, indent);
}

/* ---- records ---- */

static void add_line(struct lk_text *text, const char *title, size_t width, const char *value)
{
    lk_text_words(text, title);
    pad(text, width_of(title), width);
    lk_text_words(text, value);
    lk_text_char(text, '\n');
}

/* Several values stand below each other, the title before the first. */
static void add_lines(struct lk_text *text, struct lk_arena *arena, const char *title, size_t width,
                      const struct cell *cell)
{
    for (size_t i = 0; i < cell->text_count; i++)
        add_line(text, i == 0 ? title : "", width, output_visible(arena, cell->texts[i]));
    if (cell->text_count == 0)
        add_line(text, title, width, NOT_THERE);
}

static size_t title_width(const struct listing *listing)
{
    size_t widest = 0;
    for (size_t i = 0; i < listing->field_count; i++) {
        const size_t width = is_column(&listing->fields[i]) ? width_of(listing->fields[i].title) : 0;
        widest = width > widest ? width : widest;
    }
    return widest + sizeof ": " - 1;
}

void output_lines(struct lk_text *text, const struct listing *listing)
{
    const size_t width = title_width(listing);
    for (size_t i = 0; i < listing->field_count; i++) {
        const struct field *field = &listing->fields[i];
        const struct cell *cell = &listing->rows[0][i];
        if (field->title == NULL)
            continue;
        const char *title = lk_arena_format(listing->arena, "%s:", field->title);
        if (field->kind == FIELD_TEXTS) {
            add_lines(text, listing->arena, title, width, cell);
        } else if (field->kind == FIELD_ROWS && cell->is_there && cell->rows->row_count > 0) {
            add_line(text, title, 0, "");
            output_table(text, cell->rows, GAP);
        } else {
            add_line(text, title, width, shown(listing->arena, field, cell));
        }
    }
}
