/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/slapd.h"

#include "directory/filter.h"

#include <string.h>
#include <strings.h>

#define ENTRIES_MOST ((size_t) 10000)
#define TREE         "cn=config"

const char *slapd_unnumbered(const char *value)
{
    if (*value != '{')
        return value;
    const size_t digits = strspn(value + 1, "-0123456789");
    return digits > 0 && value[1 + digits] == '}' ? value + digits + 2 : value;
}

const char *slapd_squeezed(struct lk_arena *arena, const char *text)
{
    char *squeezed = lk_arena_alloc(arena, strlen(text) + 1);
    size_t len = 0;
    for (text += strspn(text, " \t\n"); *text != '\0'; text++) {
        const bool is_blank = strchr(" \t\n", *text) != NULL;
        if (!is_blank)
            squeezed[len++] = *text;
        else if (strchr(" \t\n", text[1]) == NULL) /* the NUL is found too */
            squeezed[len++] = ' ';
    }
    return squeezed;
}

const char *slapd_value(const struct slapd *slapd, const struct directory_entry *entry, const char *attribute, size_t i)
{
    const struct directory_attribute *found = entry == NULL ? NULL : directory_attribute(entry, attribute);
    if (found == NULL || i >= found->count)
        return NULL;
    return slapd_squeezed(slapd->arena, slapd_unnumbered(found->values[i].bytes));
}

bool slapd_has_value(const struct slapd *slapd, const struct directory_entry *entry, const char *attribute,
                     const char *text)
{
    const char *wanted = slapd_squeezed(slapd->arena, slapd_unnumbered(text));
    const char *value = NULL;
    for (size_t i = 0; (value = slapd_value(slapd, entry, attribute, i)) != NULL; i++) {
        if (strcasecmp(value, wanted) == 0)
            return true;
    }
    return false;
}

bool slapd_is_of_class(const struct directory_entry *entry, const char *object_class)
{
    const struct directory_attribute *classes = directory_attribute(entry, "objectClass");
    for (size_t i = 0; classes != NULL && i < classes->count; i++) {
        if (strcasecmp(classes->values[i].bytes, object_class) == 0)
            return true;
    }
    return false;
}

bool slapd_is_overlay_on(const struct directory_entry *database, const struct directory_entry *entry, const char *kind)
{
    const char *name = directory_first(entry, "olcOverlay");
    return name != NULL && strcasecmp(slapd_unnumbered(name), kind) == 0 && dn_is_below(entry->dn, database->dn);
}

bool slapd_is_overlay(const struct slapd *slapd, const struct directory_entry *entry, const char *kind)
{
    return slapd_is_overlay_on(slapd->database, entry, kind);
}

static bool has_suffix(const struct directory_entry *entry, const char *suffix)
{
    const struct directory_attribute *found = directory_attribute(entry, "olcSuffix");
    for (size_t i = 0; found != NULL && i < found->count; i++) {
        if (dn_equals(found->values[i].bytes, suffix))
            return true;
    }
    return false;
}

const struct directory_entry *slapd_database(const struct slapd *slapd, const char *suffix)
{
    for (size_t i = 0; i < slapd->count; i++) {
        if (has_suffix(&slapd->entries[i], suffix))
            return &slapd->entries[i];
    }
    return NULL;
}

static void take_entry(struct slapd *slapd, const struct directory_entry *entry, const char *suffix)
{
    const char *database = directory_first(entry, "olcDatabase");
    if (dn_equals(entry->dn, TREE))
        slapd->global = entry;
    if (database == NULL)
        return;
    if (strcasecmp(slapd_unnumbered(database), "frontend") == 0)
        slapd->frontend = entry;
    if (has_suffix(entry, suffix)) {
        slapd->database = entry;
        slapd->name = database;
    }
}

enum lk_status slapd_read(struct directory *directory, struct lk_arena *arena, const char *suffix,
                          struct slapd *slapd_out, struct lk_trouble *trouble)
{
    static const char *const ALL[] = { "*", NULL };
    const struct directory_search search = { .base = TREE,
                                             .scope = DIRECTORY_SUBTREE,
                                             .filter = filter_present(arena, "objectClass"),
                                             .attributes = ALL,
                                             .most = ENTRIES_MOST };
    struct directory_entry *entries = NULL;
    struct slapd slapd = { .arena = arena };
    const enum lk_status status = directory_search(directory, arena, &search, &entries, &slapd.count, NULL, trouble);
    if (status != LK_OK)
        return status == LK_REFUSED ? LK_ABSENT : status;
    slapd.entries = entries;
    for (size_t i = 0; i < slapd.count; i++)
        take_entry(&slapd, &entries[i], suffix);
    if (slapd.global == NULL)
        return lk_fail(trouble, LK_ABSENT, "cn=config may not be read under this identity");
    if (slapd.database == NULL)
        return lk_fail(trouble, LK_ABSENT, "no database of the server has the suffix %s", suffix);
    *slapd_out = slapd;
    return LK_OK;
}
