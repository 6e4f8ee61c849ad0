/* SPDX-License-Identifier: Apache-2.0 */
/* Schema: definition by definition (RFC 4512 section 4.1), so that an older schema is brought forward and one that was extended by hand stays. */
#include "cli/init_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ATTRIBUTES "olcAttributeTypes"
#define CLASSES    "olcObjectClasses"

static const char *const SYSTEM_FOLDERS[] = { "/etc/ldap/schema", "/etc/openldap/schema",
                                              "/usr/local/etc/openldap/schema", NULL };

/* ---- one definition ---- */

/* The OID; the text is squeezed: "( 1.2.3 NAME ..." */
static const char *oid_of(struct lk_arena *arena, const char *definition)
{
    definition += strspn(definition, "( ");
    return lk_arena_copy(arena, definition, strcspn(definition, " "));
}

/* What stands in quotes behind the word, or NULL: the first of several. */
static const char *quoted_after(struct lk_arena *arena, const char *definition, const char *word)
{
    const char *at = strstr(definition, word);
    if (at == NULL)
        return NULL;
    at += strlen(word);
    at += strspn(at, "( ");
    return *at == '\'' ? lk_arena_copy(arena, at + 1, strcspn(at + 1, "'")) : NULL;
}

const char *init_definition_name(struct lk_arena *arena, const char *definition)
{
    const char *name = quoted_after(arena, definition, " NAME ");
    return name != NULL ? name : "?";
}

static long version_of(struct lk_arena *arena, const char *definition)
{
    const char *version = quoted_after(arena, definition, " X-VERSION ");
    return version != NULL ? strtol(version, NULL, 10) : 1;
}

/* Without the extensions at its end. */
static const char *core_of(struct lk_arena *arena, const char *definition)
{
    const char *extensions = strstr(definition, " X-");
    return extensions == NULL ? definition
                              : lk_arena_format(arena, "%.*s )", (int) (extensions - definition), definition);
}

/* The next word outside of quotes from *at on, or NULL. */
static const char *next_word(struct lk_arena *arena, const char **at)
{
    const char *from = *at + strspn(*at, " ");
    while (*from == '\'') {
        from += strcspn(from + 1, "'") + 1;
        from += *from != '\0' ? 1 : 0;
        from += strspn(from, " ");
    }
    const size_t len = strcspn(from, " ");
    *at = from + len;
    return len > 0 ? lk_arena_copy(arena, from, len) : NULL;
}

static bool has_word(struct lk_arena *arena, const char *definition, const char *wanted)
{
    const char *word = NULL;
    while ((word = next_word(arena, &definition)) != NULL) {
        if (strcasecmp(word, wanted) == 0)
            return true;
    }
    return false;
}

/* A word that stands in `former` and not in `next`, which would lose it; NULL: none. */
static const char *lost_word(struct lk_arena *arena, const char *former, const char *next)
{
    const char *word = NULL;
    while ((word = next_word(arena, &former)) != NULL) {
        if (!has_word(arena, next, word))
            return word;
    }
    return NULL;
}

const char *init_definition_lacks(struct lk_arena *arena, const char *there, const char *wanted)
{
    return lost_word(arena, core_of(arena, wanted), core_of(arena, there));
}

/* ---- the server's ---- */

struct definition {
    const struct directory_entry *entry; /* NULL: the server has none */
    const char *value;                   /* as the server has it, number and all */
    const char *text;                    /* squeezed */
};

static bool is_definition(const char *attribute)
{
    return strcasecmp(attribute, ATTRIBUTES) == 0 || strcasecmp(attribute, CLASSES) == 0;
}

static bool is_same_thing(struct lk_arena *arena, const char *a, const char *b)
{
    return strcasecmp(oid_of(arena, a), oid_of(arena, b)) == 0 ||
           strcasecmp(init_definition_name(arena, a), init_definition_name(arena, b)) == 0;
}

static struct definition find(const struct init *init, const char *kind, const char *wanted)
{
    const struct slapd *slapd = &init->slapd;
    for (size_t i = 0; i < slapd->count; i++) {
        const struct directory_attribute *values = directory_attribute(&slapd->entries[i], kind);
        for (size_t j = 0; values != NULL && j < values->count; j++) {
            const char *text = slapd_value(slapd, &slapd->entries[i], kind, j);
            if (is_same_thing(init->arena, text, wanted))
                return (struct definition){ &slapd->entries[i], values->values[j].bytes, text };
        }
    }
    return (struct definition){ .entry = NULL };
}

static size_t number_of_known(const struct init *init, const struct shipped_entry *shipped,
                              const struct directory_entry **where_out)
{
    size_t known = 0;
    for (size_t i = 0; i < shipped->count; i++) {
        const struct shipped_value *value = &shipped->values[i];
        if (!is_definition(value->name))
            continue;
        const struct definition found = find(init, value->name, slapd_squeezed(init->arena, value->text));
        if (found.entry == NULL)
            continue;
        known++;
        *where_out = found.entry;
    }
    return known;
}

/* ---- bringing forward ---- */

static bool is_to_be_replaced(struct init *init, const struct definition *found, const char *ours)
{
    struct lk_arena *arena = init->arena;
    const char *former = core_of(arena, found->text), *next = core_of(arena, ours);
    const long there = version_of(arena, found->text), here = version_of(arena, ours);
    if (strcmp(former, next) == 0)
        return false;
    if (there > here) {
        init_remark(init, INIT_SCHEMA, false,
                    "%s: the directory has version %ld, this latchkey brings %ld: left as it is",
                    init_definition_name(arena, ours), there, here);
        return false;
    }
    const char *lost = there < here ? NULL : lost_word(arena, former, next);
    if (lost == NULL)
        return true;
    init_remark(init, INIT_SCHEMA, true,
                "%s was changed by hand (it has \"%s\", which ours has not): left as it is; make it the one of "
                "schema/latchkey.ldif and what you need besides",
                init_definition_name(arena, ours), lost);
    return false;
}

/* One Modify: a value that is replaced keeps its number, for slapd reads them in order; attributes come before the classes that use them. */
static void bring_forward(struct init *init, const struct shipped_entry *shipped, const struct directory_entry *entry)
{
    struct directory_change *change = NULL;
    for (size_t i = 0; i < shipped->count; i++) {
        const struct shipped_value *value = &shipped->values[i];
        if (!is_definition(value->name))
            continue;
        const char *ours = slapd_squeezed(init->arena, value->text);
        const struct definition found = find(init, value->name, ours);
        if (found.entry != NULL && !is_to_be_replaced(init, &found, ours))
            continue;
        if (change == NULL)
            change = init_step(init, INIT_SCHEMA, false, entry->dn, "bring the schema forward");
        const size_t number = found.entry == NULL ? 0 : (size_t) (slapd_unnumbered(found.value) - found.value);
        if (found.entry != NULL)
            directory_change_delete(change, value->name, found.value);
        directory_change_add(
            change, value->name,
            lk_arena_format(init->arena, "%.*s%s", (int) number, found.value == NULL ? "" : found.value, ours));
    }
}

static void add_schema(struct init *init, const struct shipped_entry *shipped)
{
    struct directory_change *change =
        init_step(init, INIT_SCHEMA, true, shipped->dn, "add the schema %s", shipped_first(shipped, "cn"));
    for (size_t i = 0; i < shipped->count; i++)
        directory_change_add(change, shipped->values[i].name, slapd_squeezed(init->arena, shipped->values[i].text));
}

static enum lk_status plan_file(struct init *init, const char *path, struct lk_trouble *trouble)
{
    struct shipped_file file;
    const enum lk_status status = shipped_read(init->arena, path, NULL, NULL, &file, trouble);
    for (size_t i = 0; status == LK_OK && i < file.count; i++) {
        const struct directory_entry *where = NULL;
        if (number_of_known(init, &file.entries[i], &where) == 0)
            add_schema(init, &file.entries[i]);
        else
            bring_forward(init, &file.entries[i], where);
    }
    return status;
}

/* Comes with slapd; dynlist needs it. */
static enum lk_status plan_dyngroup(struct init *init, struct lk_trouble *trouble)
{
    if (find(init, CLASSES, "( 2.16.840.1.113730.3.2.33 NAME 'groupOfURLs' )").entry != NULL)
        return LK_OK;
    const char *folder = init_folder_with(init->arena, SYSTEM_FOLDERS, "dyngroup.ldif");
    if (folder != NULL)
        return plan_file(init, lk_arena_format(init->arena, "%s/dyngroup.ldif", folder), trouble);
    init_remark(init, INIT_SCHEMA, true,
                "the server lacks the schema dyngroup, and slapd's file dyngroup.ldif is not on this "
                "machine: add it there first");
    return LK_OK;
}

enum lk_status init_schema(struct init *init, struct lk_trouble *trouble)
{
    enum lk_status status = plan_dyngroup(init, trouble);
    if (status == LK_OK && find(init, ATTRIBUTES, "( 1.3.6.1.4.1.4203.1.3.4 NAME 'authPassword' )").entry == NULL)
        status = plan_file(init, "schema/authpassword.ldif", trouble);
    if (status == LK_OK)
        status = plan_file(init, "schema/latchkey.ldif", trouble);
    return status;
}
