/* SPDX-License-Identifier: Apache-2.0 */
#include "base/unicode.h"
#include "cli/people_file_internal.h"

#include <string.h>
#include <strings.h>

#define BOM           "\xEF\xBB\xBF"
#define BOM_UTF16     "\xFE\xFF"
#define BOM_UTF16_LOW "\xFF\xFE" /* the low byte first */

bool value_is(struct value value, const char *word)
{
    return value.len == strlen(word) && strncasecmp(value.bytes, word, value.len) == 0;
}

/* ---- columns ---- */

static const struct column COLUMNS[] = {
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

static const struct column COMMON_NAME = { "cn", COLUMN_COMMON_NAME, PROFILE_FIELDS };

const struct column *column_named(struct value name)
{
    for (size_t i = 0; i < sizeof COLUMNS / sizeof *COLUMNS; i++) {
        if (value_is(name, COLUMNS[i].name))
            return &COLUMNS[i];
    }
    return NULL;
}

const struct column *column_of_attribute(struct value name)
{
    return value_is(name, COMMON_NAME.name) ? &COMMON_NAME : column_named(name);
}

/* ---- one person ---- */

struct building building_begin(struct lk_arena *arena, size_t line)
{
    struct building building = { .arena = arena, .row = { .line = line }, .whole_name = "", .common_name = "" };
    for (size_t i = 0; i < PROFILE_FIELDS; i++)
        building.row.form.values[i] = "";
    return building;
}

void building_fail(struct building *building, const char *fault)
{
    if (building->row.fault == NULL)
        building->row.fault = fault;
}

/* NULL: the column says nothing of whom to import. */
static const char **place_of(struct building *building, const struct column *column)
{
    switch (column->kind) {
    case COLUMN_FIELD: return &building->row.form.values[column->field];
    case COLUMN_WHOLE_NAME: return &building->whole_name;
    case COLUMN_COMMON_NAME: return &building->common_name;
    case COLUMN_SPARE: break;
    }
    return NULL;
}

void building_put(struct building *building, const struct column *column, struct value value)
{
    const char **place = place_of(building, column);
    char *tidy = NULL;
    if (place == NULL)
        return;
    if (lk_unicode_tidy(building->arena, value.bytes, value.len, &tidy) != LK_OK)
        building_fail(building, lk_arena_format(building->arena, "%s is not one line of UTF-8", column->name));
    else if (**place == '\0')
        *place = tidy;
}

/* Without the blanks between the two, of whichever kind: what is stored must be as it will be read again. */
static const char *part_of_name(struct lk_arena *arena, const char *name, size_t len)
{
    char *tidy = NULL;
    return lk_unicode_tidy(arena, name, len, &tidy) == LK_OK ? tidy : "";
}

/* Where the surname begins: at the last word, where nothing is known of it. 0: there is nothing before it. */
static size_t surname_at(const char *name, const char *surname)
{
    const char *last = strrchr(name, ' ');
    const size_t len = strlen(name), surname_len = strlen(surname);
    if (surname_len == 0)
        return last == NULL ? 0 : (size_t) (last - name) + 1;
    const size_t at = surname_len < len ? len - surname_len : 0;
    return at > 0 && name[at - 1] == ' ' && strcmp(name + at, surname) == 0 ? at : 0;
}

/* "Ada Archer" and nothing else: the last word is the surname. With the surname: what stands before it is the given name. */
static void split_name(struct building *building)
{
    const char **given = &building->row.form.values[PROFILE_GIVEN_NAME];
    const char **surname = &building->row.form.values[PROFILE_SURNAME];
    const char *name = *building->whole_name != '\0' ? building->whole_name : building->common_name;
    const size_t at = surname_at(name, *surname);
    if (**surname == '\0')
        *surname = part_of_name(building->arena, name + at, strlen(name) - at);
    if (**given == '\0')
        *given = part_of_name(building->arena, name, at);
}

/* ---- all of them ---- */

void people_list_add(struct people_list *list, struct building *building)
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

/* ---- the door ---- */

static bool begins_with(struct value file, const char *mark)
{
    return file.len >= strlen(mark) && memcmp(file.bytes, mark, strlen(mark)) == 0;
}

enum lk_status people_file_read(struct lk_arena *arena, enum people_format format, const char *bytes, size_t len,
                                struct people_file *file_out, struct lk_trouble *trouble)
{
    struct people_list list = { .arena = arena };
    struct value file = { bytes, len };
    if (begins_with(file, BOM_UTF16) || begins_with(file, BOM_UTF16_LOW))
        return lk_fail(trouble, LK_MALFORMED, "this is UTF-16: save it as UTF-8");
    if (begins_with(file, BOM))
        file = (struct value){ bytes + strlen(BOM), len - strlen(BOM) };
    const enum lk_status status =
        format == PEOPLE_CSV ? people_read_csv(&list, file, trouble) : people_read_ldif(&list, file, trouble);
    if (status == LK_OK)
        *file_out = (struct people_file){ list.rows, list.count };
    return status;
}
