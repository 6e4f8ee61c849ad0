/* SPDX-License-Identifier: Apache-2.0 */
/* Modules and indexes. */
#include "cli/init_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DATABASE_INDEX "olcDbIndex"

/* ---- modules ---- */

/* "syncprov" of "/usr/lib/ldap/syncprov.so args". */
static const char *module_name(struct lk_arena *arena, const char *value)
{
    const char *path = lk_arena_copy(arena, value, strcspn(value, " "));
    const char *slash = strrchr(path, '/');
    path = slash == NULL ? path : slash + 1;
    return lk_arena_copy(arena, path, strcspn(path, "."));
}

static bool is_loaded(const struct init *init, const char *name)
{
    const struct slapd *slapd = &init->slapd;
    for (size_t i = 0; i < slapd->count; i++) {
        const char *value = NULL;
        for (size_t j = 0; (value = slapd_value(slapd, &slapd->entries[i], "olcModuleLoad", j)) != NULL; j++) {
            if (strcasecmp(module_name(init->arena, value), name) == 0)
                return true;
        }
    }
    return false;
}

enum lk_status init_modules(struct init *init, struct lk_trouble *trouble)
{
    struct shipped_file file;
    const enum lk_status status =
        shipped_read(init->arena, "ldif/modules.ldif", init->words, init->command->action.config, &file, trouble);
    if (status != LK_OK || file.count == 0)
        return status;
    const struct shipped_entry *shipped = &file.entries[0];
    struct directory_change *change = directory_change_new(init->arena);
    const char *names = "";
    for (size_t i = 0; i < shipped->count; i++) {
        const struct shipped_value *value = &shipped->values[i];
        const bool is_module = strcasecmp(value->name, "olcModuleLoad") == 0;
        const char *name = is_module ? module_name(init->arena, value->text) : NULL;
        if (is_module && (is_loaded(init, name) || init_may_be_missing(init, name)))
            continue;
        if (is_module)
            names = lk_arena_format(init->arena, "%s%s%s", names, *names != '\0' ? ", " : "", name);
        directory_change_add(change, value->name, value->text);
    }
    if (*names != '\0')
        directory_change_append(init_step(init, INIT_MODULES, true, shipped->dn, "load %s", names), change);
    return LK_OK;
}

/* ---- indexes ---- */

/* Is `word` one of the words of a list separated by commas? */
static bool is_in_list(const char *list, const char *word, size_t len)
{
    while (*list != '\0') {
        const size_t one = strcspn(list, ",");
        if (one == len && strncasecmp(list, word, len) == 0)
            return true;
        list += one;
        list += *list == ',' ? 1 : 0;
    }
    return false;
}

/* slapd's "sub" stands for all three. */
static bool has_type(const char *types, const char *type, size_t len)
{
    return is_in_list(types, type, len) || (len > 3 && strncasecmp(type, "sub", 3) == 0 && is_in_list(types, "sub", 3));
}

/* The types of index that a value "a,b eq,pres" has behind the attributes; "": slapd's default ones. */
static const char *types_of(const char *value)
{
    const char *blank = strchr(value, ' ');
    return blank == NULL ? "" : blank + 1;
}

static const char *attributes_of(struct lk_arena *arena, const char *value)
{
    return lk_arena_copy(arena, value, strcspn(value, " "));
}

static const char *all_types(struct lk_arena *arena, const char *former, const char *wanted)
{
    const char *types = former;
    while (*wanted != '\0') {
        const size_t len = strcspn(wanted, ",");
        if (!has_type(former, wanted, len))
            types = lk_arena_format(arena, "%s%s%.*s", types, *types != '\0' ? "," : "", (int) len, wanted);
        wanted += len;
        wanted += *wanted == ',' ? 1 : 0;
    }
    return types;
}

/* The list without one word. */
static const char *list_without(struct lk_arena *arena, const char *list, const char *word)
{
    const char *rest = "";
    while (*list != '\0') {
        const size_t len = strcspn(list, ",");
        if (len != strlen(word) || strncasecmp(list, word, len) != 0)
            rest = lk_arena_format(arena, "%s%s%.*s", rest, *rest != '\0' ? "," : "", (int) len, list);
        list += len;
        list += *list == ',' ? 1 : 0;
    }
    return rest;
}

/* The indexes as they will be: one value after the other is split where an attribute of it needs more. */
struct indexes {
    struct lk_arena *arena;
    const char *values[512];
    size_t count;
};

static void need_index(struct indexes *indexes, const char *attribute, const char *types)
{
    struct lk_arena *arena = indexes->arena;
    for (size_t i = 0; i < indexes->count; i++) {
        const char *attributes = attributes_of(arena, indexes->values[i]);
        const char *former = types_of(indexes->values[i]);
        if (!is_in_list(attributes, attribute, strlen(attribute)))
            continue;
        const char *all = all_types(arena, former, types);
        if (strcmp(all, former) == 0)
            return;
        const char *others = list_without(arena, attributes, attribute);
        indexes->values[i] = lk_arena_format(arena, "%s %s", attribute, all);
        if (*others != '\0' && indexes->count < sizeof indexes->values / sizeof *indexes->values)
            indexes->values[indexes->count++] =
                lk_arena_format(arena, "%s%s%s", others, *former != '\0' ? " " : "", former);
        return;
    }
    if (indexes->count < sizeof indexes->values / sizeof *indexes->values)
        indexes->values[indexes->count++] = lk_arena_format(arena, "%s %s", attribute, types);
}

static bool is_among(const struct indexes *indexes, const char *value)
{
    for (size_t i = 0; i < indexes->count; i++) {
        if (strcmp(indexes->values[i], value) == 0)
            return true;
    }
    return false;
}

/* One Modify, in which slapd takes a value that goes and one that comes for the same attribute as a change of that index. */
static void plan_indexes(struct init *init, const struct indexes *indexes)
{
    const struct directory_entry *database = init->slapd.database;
    struct directory_change *change = directory_change_new(init->arena);
    const struct directory_attribute *former = directory_attribute(database, DATABASE_INDEX);
    for (size_t i = 0; former != NULL && i < former->count; i++) {
        if (!is_among(indexes, slapd_value(&init->slapd, database, DATABASE_INDEX, i)))
            directory_change_delete(change, DATABASE_INDEX, former->values[i].bytes);
    }
    for (size_t i = 0; i < indexes->count; i++) {
        if (!slapd_has_value(&init->slapd, database, DATABASE_INDEX, indexes->values[i]))
            directory_change_add(change, DATABASE_INDEX, indexes->values[i]);
    }
    if (!directory_change_is_empty(change))
        directory_change_append(init_step(init, INIT_INDEXES, false, database->dn,
                                          "add indexes; slapd makes them of the data in the background"),
                                change);
}

#define THEN_SLAPINDEX " letters; then run slapindex, with slapd stopped, where there are data"

/* How short and how long the beginnings are that slapd indexes, and how far from one another what it looks up of the middle of a
 * value: never made narrower. */
static void plan_lengths(struct init *init, const struct shipped_entry *shipped)
{
    static const struct {
        const char *name;
        long otherwise;
        bool is_least;
        const char *before, *behind; /* the number, in words for the operator */
    } LENGTHS[] = {
        {"olcIndexSubstrIfMinLen",  2, true,  "index beginnings of as few as",           THEN_SLAPINDEX},
        { "olcIndexSubstrIfMaxLen", 4, false, "index beginnings of up to",               THEN_SLAPINDEX},
        { "olcIndexSubstrAnyStep",  2, true,  "look up what values contain in steps of", " letter"     },
    };

    for (size_t i = 0; i < sizeof LENGTHS / sizeof *LENGTHS; i++) {
        const char *wanted = shipped_first(shipped, LENGTHS[i].name);
        const char *there = directory_first(init->slapd.global, LENGTHS[i].name);
        const long now = there == NULL ? LENGTHS[i].otherwise : strtol(there, NULL, 10);
        if (wanted == NULL)
            continue;
        const long ours = strtol(wanted, NULL, 10);
        if (LENGTHS[i].is_least ? now <= ours : now >= ours)
            continue;
        directory_change_replace(init_step(init, INIT_INDEXES, false, init->slapd.global->dn, "%s %ld%s",
                                           LENGTHS[i].before, ours, LENGTHS[i].behind),
                                 LENGTHS[i].name, wanted);
    }
}

static bool is_indexed(const struct indexes *indexes, const char *attribute, size_t len)
{
    for (size_t i = 0; i < indexes->count; i++) {
        if (is_in_list(attributes_of(indexes->arena, indexes->values[i]), attribute, len))
            return true;
    }
    return false;
}

static bool is_all_new(const struct indexes *indexes, const char *attributes)
{
    while (*attributes != '\0') {
        const size_t len = strcspn(attributes, ",");
        if (is_indexed(indexes, attributes, len))
            return false;
        attributes += len;
        attributes += *attributes == ',' ? 1 : 0;
    }
    return true;
}

static void need_shipped(struct indexes *indexes, const char *value)
{
    const char *attributes = attributes_of(indexes->arena, value);
    if (is_all_new(indexes, attributes) && indexes->count < sizeof indexes->values / sizeof *indexes->values) {
        indexes->values[indexes->count++] = value;
        return;
    }
    while (*attributes != '\0') {
        const size_t len = strcspn(attributes, ",");
        need_index(indexes, lk_arena_copy(indexes->arena, attributes, len), types_of(value));
        attributes += len;
        attributes += *attributes == ',' ? 1 : 0;
    }
}

enum lk_status init_indexes(struct init *init, struct lk_trouble *trouble)
{
    struct shipped_file file;
    const enum lk_status status =
        shipped_read(init->arena, "ldif/indexes.ldif", init->words, init->command->action.config, &file, trouble);
    if (status != LK_OK)
        return status;
    struct indexes *indexes = lk_arena_alloc(init->arena, sizeof *indexes);
    indexes->arena = init->arena;
    const char *value = NULL;
    while ((value = slapd_value(&init->slapd, init->slapd.database, DATABASE_INDEX, indexes->count)) != NULL &&
           indexes->count < sizeof indexes->values / sizeof *indexes->values)
        indexes->values[indexes->count++] = value;
    for (size_t i = 0; i < file.count; i++) {
        const struct shipped_entry *entry = &file.entries[i];
        plan_lengths(init, entry);
        for (size_t j = 0; j < entry->count; j++) {
            if (strcasecmp(entry->values[j].name, DATABASE_INDEX) == 0)
                need_shipped(indexes, entry->values[j].text);
        }
    }
    plan_indexes(init, indexes);
    init_slots(init);
    return LK_OK;
}
