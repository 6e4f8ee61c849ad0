/* SPDX-License-Identifier: Apache-2.0 */
/* People of a CSV file (RFC 4180), a header first. */
#include "base/unicode.h"
#include "cli/people_file_internal.h"

#include <string.h>

#define COLUMNS_MOST 64
#define QUOTED_FIRST 64 /* bytes of a quoted value, to begin with */

struct csv {
    struct lk_arena *arena;
    const char *at, *end;
    size_t line; /* of `at` */
    char separator;
};

struct record {
    size_t line;
    size_t count;
    struct value values[COLUMNS_MOST];
    const char *fault; /* of a quote; NULL: none */
    bool is_blank;     /* nothing is in it, as in a spreadsheet's empty rows */
};

/* ---- values ---- */

static bool ends_value(const struct csv *csv)
{
    return csv->at == csv->end || *csv->at == csv->separator || *csv->at == '\n' ||
           (*csv->at == '\r' && csv->at + 1 < csv->end && csv->at[1] == '\n');
}

/* Behind the opening quote, up to the closing one. */
static struct value quoted(struct csv *csv, struct record *record)
{
    char *bytes = lk_arena_alloc(csv->arena, QUOTED_FIRST);
    size_t len = 0, room = QUOTED_FIRST;
    for (; csv->at < csv->end; csv->at++) {
        if (*csv->at == '"' && (csv->at + 1 == csv->end || csv->at[1] != '"'))
            break;
        csv->at += *csv->at == '"';
        csv->line += *csv->at == '\n';
        if (len == room) {
            char *more = lk_arena_alloc(csv->arena, room *= 2);
            memcpy(more, bytes, len);
            bytes = more;
        }
        bytes[len++] = *csv->at;
    }
    if (csv->at == csv->end)
        record->fault = "a quote is not closed";
    csv->at += csv->at < csv->end;
    return (struct value){ bytes, len };
}

/* Up to the separator. Of a name such as "Ben" Brook nobody can say what was meant. */
static void pass_rest(struct csv *csv, struct record *record)
{
    for (; !ends_value(csv); csv->at++) {
        if (*csv->at != ' ')
            record->fault = "something stands behind a closing quote";
    }
}

static struct value next_value(struct csv *csv, struct record *record)
{
    const char *const from = csv->at;
    while (csv->at < csv->end && *csv->at == ' ')
        csv->at++;
    if (csv->at < csv->end && *csv->at == '"') {
        csv->at++;
        const struct value value = quoted(csv, record);
        pass_rest(csv, record);
        return value;
    }
    while (!ends_value(csv))
        csv->at++;
    return (struct value){ from, (size_t) (csv->at - from) };
}

static bool has_nothing(struct value value)
{
    size_t at = 0;
    while (at < value.len && value.bytes[at] == ' ')
        at++;
    return at == value.len;
}

/* ---- records ---- */

static void pass_line_end(struct csv *csv)
{
    csv->at += csv->at < csv->end && *csv->at == '\r';
    if (csv->at < csv->end && *csv->at == '\n') {
        csv->at++;
        csv->line++;
    }
}

/* false: there is no more. Values beyond COLUMNS_MOST are counted, not kept. */
static bool next_record(struct csv *csv, struct record *record)
{
    *record = (struct record){ .line = csv->line, .is_blank = true };
    if (csv->at == csv->end)
        return false;
    for (bool more = true; more;) {
        const struct value value = next_value(csv, record);
        record->is_blank = record->is_blank && record->fault == NULL && has_nothing(value);
        if (record->count < COLUMNS_MOST)
            record->values[record->count] = value;
        record->count++;
        more = csv->at < csv->end && *csv->at == csv->separator;
        csv->at += more;
    }
    pass_line_end(csv);
    return true;
}

/* false: there is no more, or nothing but blank lines. */
static bool next_filled_record(struct csv *csv, struct record *record)
{
    bool found = next_record(csv, record);
    while (found && record->is_blank)
        found = next_record(csv, record);
    return found;
}

/* ---- the header ---- */

struct header {
    size_t count;
    const struct column *columns[COLUMNS_MOST];
};

/* The first one of the first line that has something on it. */
static char separator_of(const char *at, const char *end)
{
    bool is_blank = true;
    for (; at < end && (is_blank || *at != '\n'); at++) {
        if (*at == ',' || *at == ';' || *at == '\t')
            return *at;
        is_blank = is_blank && (*at == ' ' || *at == '\r' || *at == '\n');
    }
    return ',';
}

/* Of two columns for one thing nobody can say which counts. */
static const struct column *column_like(const struct header *header, const struct column *column)
{
    for (size_t i = 0; i < header->count; i++) {
        const struct column *other = header->columns[i];
        if (column->kind != COLUMN_SPARE && other->kind == column->kind && other->field == column->field)
            return other;
    }
    return NULL;
}

static enum lk_status add_column(struct csv *csv, struct header *header, struct value name, struct lk_trouble *trouble)
{
    char *tidy = NULL;
    const char *words = lk_unicode_tidy(csv->arena, name.bytes, name.len, &tidy) == LK_OK ? tidy : "which is no UTF-8";
    const struct column *column = tidy != NULL ? column_named((struct value){ tidy, strlen(tidy) }) : NULL;
    if (column == NULL)
        return lk_fail(trouble, LK_MALFORMED,
                       "the header's column %zu, %s, is none of: given_name, surname, name, mail, telephone, title",
                       header->count + 1, words);
    const struct column *other = column_like(header, column);
    if (other != NULL)
        return lk_fail(trouble, LK_MALFORMED, "the header's column %zu, %s, says what its column %s says",
                       header->count + 1, words, other->name);
    header->columns[header->count++] = column;
    return LK_OK;
}

static enum lk_status read_header(struct csv *csv, struct header *header, struct lk_trouble *trouble)
{
    static const struct column mail = { "mail", COLUMN_FIELD, PROFILE_MAIL };
    struct record record;
    if (!next_filled_record(csv, &record) || record.count > COLUMNS_MOST)
        return lk_fail(trouble, LK_MALFORMED, "there is no header with at most %d names", COLUMNS_MOST);
    if (record.fault != NULL)
        return lk_fail(trouble, LK_MALFORMED, "the header: %s", record.fault);
    enum lk_status status = LK_OK;
    for (size_t i = 0; i < record.count && status == LK_OK; i++)
        status = add_column(csv, header, record.values[i], trouble);
    if (status == LK_OK && column_like(header, &mail) == NULL)
        return lk_fail(trouble, LK_MALFORMED, "the header has no column mail");
    return status;
}

/* ---- people ---- */

static void add_person(struct people_list *list, const struct header *header, const struct record *record)
{
    struct building building = building_begin(list->arena, record->line);
    building.row.fault = record->fault;
    if (record->count != header->count)
        building_fail(&building, lk_arena_format(list->arena, "%zu values, where the header has %zu", record->count,
                                                 header->count));
    for (size_t i = 0; building.row.fault == NULL && i < header->count; i++)
        building_put(&building, header->columns[i], record->values[i]);
    people_list_add(list, &building);
}

enum lk_status people_read_csv(struct people_list *list, struct value file, struct lk_trouble *trouble)
{
    struct csv csv = { .arena = list->arena, .at = file.bytes, .end = file.bytes + file.len, .line = 1 };
    struct header header = { .count = 0 };
    struct record record;
    csv.separator = separator_of(csv.at, csv.end);
    const enum lk_status status = read_header(&csv, &header, trouble);
    while (status == LK_OK && next_filled_record(&csv, &record))
        add_person(list, &header, &record);
    return status;
}
