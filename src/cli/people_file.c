/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/people_file.h"

#include "base/unicode.h"

#include <sodium/utils.h>
#include <string.h>
#include <strings.h>

#define COLUMNS_MOST 64
#define QUOTED_FIRST 64 /* bytes of a quoted value, to begin with */
#define BOM          "\xEF\xBB\xBF"

/* What a column, or an attribute, is to us. */
enum column {
    COLUMN_FIELD = 0, /* of the form */
    COLUMN_WHOLE_NAME,
    COLUMN_SPARE /* we export it, and it says nothing of whom to import */
};

struct column_name {
    const char *name;
    enum column column;
    enum profile_field field;
};

static const struct column_name COLUMNS[] = {
    {"given_name",       COLUMN_FIELD,      PROFILE_GIVEN_NAME},
    { "first",           COLUMN_FIELD,      PROFILE_GIVEN_NAME},
    { "givenName",       COLUMN_FIELD,      PROFILE_GIVEN_NAME},
    { "surname",         COLUMN_FIELD,      PROFILE_SURNAME   },
    { "last",            COLUMN_FIELD,      PROFILE_SURNAME   },
    { "sn",              COLUMN_FIELD,      PROFILE_SURNAME   },
    { "mail",            COLUMN_FIELD,      PROFILE_MAIL      },
    { "email",           COLUMN_FIELD,      PROFILE_MAIL      },
    { "telephone",       COLUMN_FIELD,      PROFILE_TELEPHONE },
    { "telephoneNumber", COLUMN_FIELD,      PROFILE_TELEPHONE },
    { "title",           COLUMN_FIELD,      PROFILE_TITLE     },
    { "name",            COLUMN_WHOLE_NAME, PROFILE_FIELDS    },
    { "displayName",     COLUMN_WHOLE_NAME, PROFILE_FIELDS    },
    { "administrator",   COLUMN_SPARE,      PROFILE_FIELDS    },
    { "account",         COLUMN_SPARE,      PROFILE_FIELDS    },
    { "dn",              COLUMN_SPARE,      PROFILE_FIELDS    },
    { "id",              COLUMN_SPARE,      PROFILE_FIELDS    },
};

static const struct column_name COMMON_NAME = { "cn", COLUMN_WHOLE_NAME, PROFILE_FIELDS };

static const struct column_name *column_named(const char *name)
{
    for (size_t i = 0; i < sizeof COLUMNS / sizeof *COLUMNS; i++) {
        if (strcasecmp(COLUMNS[i].name, name) == 0)
            return &COLUMNS[i];
    }
    return NULL;
}

/* ---- one person ---- */

struct building {
    struct lk_arena *arena;
    struct person_row row;
    const char *whole_name;  /* "": none */
    const char *common_name; /* of an entry: what people are called where they have no displayName */
};

static struct building begin(struct lk_arena *arena, size_t line)
{
    struct building building = { .arena = arena, .row = { .line = line }, .whole_name = "", .common_name = "" };
    for (size_t i = 0; i < PROFILE_FIELDS; i++)
        building.row.form.values[i] = "";
    return building;
}

/* The first value counts where there are several. */
static void put(struct building *building, const struct column_name *column, const char *bytes, size_t len)
{
    char *tidy = NULL;
    if (column->column == COLUMN_SPARE)
        return;
    if (lk_unicode_tidy(building->arena, bytes, len, &tidy) != LK_OK) {
        building->row.fault = lk_arena_format(building->arena, "%s is not one line of UTF-8", column->name);
        return;
    }
    const char **value = column == &COMMON_NAME                ? &building->common_name
                         : column->column == COLUMN_WHOLE_NAME ? &building->whole_name
                                                               : &building->row.form.values[column->field];
    if (**value == '\0')
        *value = tidy;
}

/* "Ada Archer" and nothing else: the last word is the surname. With the surname: what stands before it is the given name. */
static void split_name(struct building *building)
{
    const char **given = &building->row.form.values[PROFILE_GIVEN_NAME];
    const char **surname = &building->row.form.values[PROFILE_SURNAME];
    const char *name = *building->whole_name != '\0' ? building->whole_name : building->common_name;
    const char *last = strrchr(name, ' ');
    if (**surname == '\0')
        *surname = last == NULL ? name : last + 1;
    const size_t len = strlen(name);
    const size_t surname_len = strlen(*surname);
    const bool ends_so =
        surname_len + 1 < len && name[len - surname_len - 1] == ' ' && strcmp(name + len - surname_len, *surname) == 0;
    if (**given == '\0' && ends_so)
        *given = lk_arena_format(building->arena, "%.*s", (int) (len - surname_len - 1), name);
}

/* ---- all of them ---- */

struct list {
    struct lk_arena *arena;
    struct person_row *rows;
    size_t count, room;
};

static void add_row(struct list *list, struct building *building)
{
    split_name(building);
    if (list->count == list->room) {
        const size_t room = list->room == 0 ? 256 : list->room * 2;
        struct person_row *rows = lk_arena_array(list->arena, room, sizeof *rows);
        if (list->count > 0)
            memcpy(rows, list->rows, list->count * sizeof *rows);
        list->rows = rows;
        list->room = room;
    }
    list->rows[list->count++] = building->row;
}

/* ---- CSV ---- */

struct csv {
    struct lk_arena *arena;
    const char *at, *end;
    size_t line; /* of `at` */
    char separator;
};

struct value {
    const char *bytes;
    size_t len;
};

struct record {
    size_t line;
    size_t count;
    struct value values[COLUMNS_MOST];
    bool is_open;  /* a quote is not closed */
    bool is_blank; /* a line with nothing on it */
};

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
    record->is_open = csv->at == csv->end;
    csv->at += !record->is_open;
    return (struct value){ bytes, len };
}

static bool ends_value(const struct csv *csv)
{
    return csv->at == csv->end || *csv->at == csv->separator || *csv->at == '\n' ||
           (*csv->at == '\r' && csv->at + 1 < csv->end && csv->at[1] == '\n');
}

static struct value next_value(struct csv *csv, struct record *record)
{
    if (csv->at < csv->end && *csv->at == '"') {
        csv->at++;
        const struct value value = quoted(csv, record);
        while (!ends_value(csv)) /* what stands behind a quote is forgiven */
            csv->at++;
        return value;
    }
    const char *from = csv->at;
    while (!ends_value(csv))
        csv->at++;
    return (struct value){ from, (size_t) (csv->at - from) };
}

/* false: there is no more. Values beyond COLUMNS_MOST are counted, not kept. */
static bool next_record(struct csv *csv, struct record *record)
{
    *record = (struct record){ .line = csv->line };
    if (csv->at == csv->end)
        return false;
    for (bool more = true; more;) {
        const struct value value = next_value(csv, record);
        if (record->count < COLUMNS_MOST)
            record->values[record->count] = value;
        record->count++;
        more = csv->at < csv->end && *csv->at == csv->separator;
        csv->at += more;
    }
    csv->at += csv->at < csv->end && *csv->at == '\r';
    if (csv->at < csv->end && *csv->at == '\n') {
        csv->at++;
        csv->line++;
    }
    record->is_blank = record->count == 1 && record->values[0].len == 0;
    return true;
}

static char separator_of(const char *at, const char *end)
{
    static const char separators[] = ",;\t";
    for (; at < end && *at != '\n'; at++) {
        if (*at != '\0' && strchr(separators, *at) != NULL)
            return *at;
    }
    return ',';
}

struct header {
    size_t count;
    const struct column_name *columns[COLUMNS_MOST];
};

static enum lk_status read_header(struct csv *csv, struct header *header, struct lk_trouble *trouble)
{
    struct record record;
    bool has_mail = false;
    if (!next_record(csv, &record) || record.count > COLUMNS_MOST)
        return lk_fail(trouble, LK_MALFORMED, "there is no header with at most %d names", COLUMNS_MOST);
    header->count = record.count;
    for (size_t i = 0; i < record.count; i++) {
        char *name = NULL;
        if (lk_unicode_tidy(csv->arena, record.values[i].bytes, record.values[i].len, &name) == LK_OK)
            header->columns[i] = column_named(name);
        if (header->columns[i] == NULL)
            return lk_fail(trouble, LK_MALFORMED,
                           "the header's column %zu%s%s is none of: given_name, surname, name, "
                           "mail, telephone, title",
                           i + 1, name != NULL ? ", " : "", name != NULL ? name : "");
        has_mail =
            has_mail || (header->columns[i]->column == COLUMN_FIELD && header->columns[i]->field == PROFILE_MAIL);
    }
    return has_mail ? LK_OK : lk_fail(trouble, LK_MALFORMED, "the header has no column mail");
}

static void add_record(struct list *list, const struct header *header, const struct record *record)
{
    struct building building = begin(list->arena, record->line);
    if (record->is_open)
        building.row.fault = "a quote is not closed";
    else if (record->count != header->count)
        building.row.fault =
            lk_arena_format(list->arena, "%zu values, where the header has %zu", record->count, header->count);
    for (size_t i = 0; building.row.fault == NULL && i < header->count; i++)
        put(&building, header->columns[i], record->values[i].bytes, record->values[i].len);
    add_row(list, &building);
}

static enum lk_status read_csv(struct list *list, const char *bytes, size_t len, struct lk_trouble *trouble)
{
    struct csv csv = { .arena = list->arena, .at = bytes, .end = bytes + len, .line = 1 };
    struct header header = { .count = 0 };
    struct record record;
    csv.separator = separator_of(csv.at, csv.end);
    const enum lk_status status = read_header(&csv, &header, trouble);
    while (status == LK_OK && next_record(&csv, &record)) {
        if (!record.is_blank)
            add_record(list, &header, &record);
    }
    return status;
}

/* ---- LDIF ---- */

struct ldif {
    struct lk_arena *arena;
    const char *at, *end;
    size_t line;
};

/* One line with those that it goes on in. NULL: there is no more. */
static const char *unfolded(struct ldif *ldif, size_t *line_out)
{
    if (ldif->at == ldif->end)
        return NULL;
    const char *whole = "";
    *line_out = ldif->line;
    do {
        const char *line_end = memchr(ldif->at, '\n', (size_t) (ldif->end - ldif->at));
        const char *stop = line_end != NULL ? line_end : ldif->end;
        size_t len = (size_t) (stop - ldif->at);
        len -= len > 0 && stop[-1] == '\r';
        const bool goes_on = *whole != '\0';
        whole = lk_arena_format(ldif->arena, "%s%.*s", whole, (int) (goes_on ? len - 1 : len),
                                goes_on ? ldif->at + 1 : ldif->at);
        ldif->at = line_end != NULL ? line_end + 1 : ldif->end;
        ldif->line++;
    } while (*whole != '\0' && ldif->at < ldif->end && *ldif->at == ' ');
    return whole;
}

/* "attribute;options: value" or ":: base64". false: neither. */
static bool split_line(struct lk_arena *arena, const char *line, const char **name_out, struct value *value_out)
{
    const char *colon = strchr(line, ':');
    if (colon == NULL)
        return false;
    *name_out = lk_arena_format(arena, "%.*s", (int) (colon - line), line);
    const bool is_encoded = colon[1] == ':';
    const char *text = colon + (is_encoded ? 2 : 1);
    text += strspn(text, " ");
    *value_out = (struct value){ text, strlen(text) };
    if (!is_encoded)
        return true;
    unsigned char *bytes = lk_arena_alloc(arena, value_out->len + 1);
    size_t len = 0;
    if (sodium_base642bin(bytes, value_out->len + 1, text, value_out->len, NULL, &len, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0)
        return false;
    *value_out = (struct value){ (const char *) bytes, len };
    return true;
}

static void put_line(struct building *building, const char *line)
{
    const char *name = NULL;
    struct value value;
    if (!split_line(building->arena, line, &name, &value)) {
        building->row.fault = "a line is not \"attribute: value\"";
        return;
    }
    if (strcasecmp(name, "changetype") == 0 && (value.len != 3 || strncasecmp(value.bytes, "add", 3) != 0))
        building->row.fault = "only entries, and changes that add one";
    const struct column_name *column = strcasecmp(name, "cn") == 0 ? &COMMON_NAME : column_named(name);
    if (column != NULL && building->row.fault == NULL)
        put(building, column, value.bytes, value.len);
}

static enum lk_status read_ldif(struct list *list, const char *bytes, size_t len, struct lk_trouble *trouble)
{
    struct ldif ldif = { .arena = list->arena, .at = bytes, .end = bytes + len, .line = 1 };
    struct building building;
    bool is_in_entry = false;
    size_t number = 0;
    for (const char *line = unfolded(&ldif, &number); line != NULL; line = unfolded(&ldif, &number)) {
        if (*line == '#' || strncasecmp(line, "version:", sizeof "version:" - 1) == 0)
            continue;
        if (*line == '\0') {
            if (is_in_entry)
                add_row(list, &building);
            is_in_entry = false;
            continue;
        }
        if (!is_in_entry && strncasecmp(line, "dn:", 3) != 0)
            return lk_fail(trouble, LK_MALFORMED, "line %zu: an entry begins with dn:", number);
        if (!is_in_entry)
            building = begin(list->arena, number);
        is_in_entry = true;
        put_line(&building, line);
    }
    if (is_in_entry)
        add_row(list, &building);
    return LK_OK;
}

/* ---- the door ---- */

enum lk_status people_file_read(struct lk_arena *arena, enum people_format format, const char *bytes, size_t len,
                                struct people_file *file_out, struct lk_trouble *trouble)
{
    struct list list = { .arena = arena };
    const size_t bom = sizeof BOM - 1;
    if (len >= bom && memcmp(bytes, BOM, bom) == 0) {
        bytes += bom;
        len -= bom;
    }
    const enum lk_status status =
        format == PEOPLE_CSV ? read_csv(&list, bytes, len, trouble) : read_ldif(&list, bytes, len, trouble);
    *file_out = (struct people_file){ list.rows, list.count };
    return status;
}
