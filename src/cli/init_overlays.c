/* SPDX-License-Identifier: Apache-2.0 */
/* The log of writes, and overlays. */
#include "cli/init_internal.h"

#include <string.h>
#include <strings.h>

/* ---- overlays ---- */

/* What becomes of one that is there already. */
enum overlay_use {
    OVERLAY_SERVES,   /* any of the kind will do, however it is set up */
    OVERLAY_ONE,      /* slapd takes one on a database: it gets the values that it lacks */
    OVERLAY_COMPLETED /* one that has some of our values gets the others; beside strangers ours is a further one */
};

static const struct overlay_kind {
    const char *name;
    enum overlay_use use;
    const char *attribute; /* the one that holds a list; NULL: none */
} OVERLAYS[] = {
    {"syncprov",    OVERLAY_SERVES,    NULL                    },
    { "ppolicy",    OVERLAY_SERVES,    NULL                    },
    { "accesslog",  OVERLAY_SERVES,    NULL                    },
    { "dynlist",    OVERLAY_ONE,       "olcDynListAttrSet"     },
    { "unique",     OVERLAY_ONE,       "olcUniqueURI"          },
    { "refint",     OVERLAY_COMPLETED, "olcRefintAttribute"    },
    { "constraint", OVERLAY_ONE,       "olcConstraintAttribute"},
};

static const struct overlay_kind *kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof OVERLAYS / sizeof *OVERLAYS; i++) {
        if (strcasecmp(OVERLAYS[i].name, name) == 0)
            return &OVERLAYS[i];
    }
    return NULL;
}

static void add_entry(struct init *init, enum init_part part, const struct shipped_entry *shipped, const char *what)
{
    struct directory_change *change = init_step(init, part, true, shipped->dn, "%s", what);
    for (size_t i = 0; i < shipped->count; i++)
        directory_change_add(change, shipped->values[i].name, shipped->values[i].text);
}

static size_t values_in_common(const struct init *init, const struct shipped_entry *shipped,
                               const struct directory_entry *there, const char *attribute)
{
    size_t count = 0;
    for (size_t i = 0; i < shipped->count; i++) {
        if (strcasecmp(shipped->values[i].name, attribute) == 0 &&
            slapd_has_value(&init->slapd, there, attribute, shipped->values[i].text))
            count++;
    }
    return count;
}

/* The overlay on the database that is the shipped one, or does its work; NULL: none. */
static const struct directory_entry *find_overlay(const struct init *init, const struct shipped_entry *shipped,
                                                  const struct overlay_kind *kind)
{
    const struct directory_entry *best = NULL;
    size_t most = 0;
    for (size_t i = 0; i < init->slapd.count; i++) {
        const struct directory_entry *entry = &init->slapd.entries[i];
        if (!slapd_is_overlay(&init->slapd, entry, kind->name))
            continue;
        if (kind->use != OVERLAY_COMPLETED)
            return entry;
        const size_t common = values_in_common(init, shipped, entry, kind->attribute);
        if (common > most) {
            best = entry;
            most = common;
        }
    }
    return best;
}

static void complete_overlay(struct init *init, const struct shipped_entry *shipped,
                             const struct directory_entry *there, const struct overlay_kind *kind)
{
    struct directory_change *change = NULL;
    for (size_t i = 0; i < shipped->count; i++) {
        const struct shipped_value *value = &shipped->values[i];
        if (strcasecmp(value->name, kind->attribute) != 0 ||
            slapd_has_value(&init->slapd, there, value->name, value->text))
            continue;
        if (change == NULL)
            change = init_step(init, INIT_OVERLAYS, false, there->dn, "complete the overlay %s", kind->name);
        directory_change_add(change, value->name, value->text);
    }
}

static void plan_overlay(struct init *init, const struct shipped_entry *shipped)
{
    const char *name = shipped_first(shipped, "olcOverlay");
    const struct overlay_kind *kind = name == NULL ? NULL : kind_of(name);
    if (kind == NULL)
        return;
    const struct directory_entry *there = find_overlay(init, shipped, kind);
    if (there == NULL)
        add_entry(init, INIT_OVERLAYS, shipped, lk_arena_format(init->arena, "add the overlay %s", name));
    else if (kind->use != OVERLAY_SERVES)
        complete_overlay(init, shipped, there, kind);
}

/* ---- the log of writes ---- */

static bool has_log_database(const struct init *init, const char *suffix)
{
    for (size_t i = 0; i < init->slapd.count; i++) {
        if (slapd_has_value(&init->slapd, &init->slapd.entries[i], "olcSuffix", suffix))
            return true;
    }
    return false;
}

static bool has_overlay(const struct init *init, const char *kind)
{
    for (size_t i = 0; i < init->slapd.count; i++) {
        if (slapd_is_overlay(&init->slapd, &init->slapd.entries[i], kind))
            return true;
    }
    return false;
}

static enum lk_status plan_log(struct init *init, struct lk_trouble *trouble)
{
    struct shipped_file file;
    const enum lk_status status =
        shipped_read(init->arena, "ldif/log.ldif", init->words, init->command->action.config, &file, trouble);
    if (status != LK_OK || file.count == 0 || has_overlay(init, "accesslog"))
        return status;
    if (!has_log_database(init, shipped_first(&file.entries[0], "olcSuffix")))
        add_entry(init, INIT_LOG, &file.entries[0],
                  lk_arena_format(init->arena, "add the log of writes, in %s", init->log_folder));
    return LK_OK;
}

/* ---- both ---- */

enum lk_status init_overlays(struct init *init, struct lk_trouble *trouble)
{
    struct shipped_file file;
    enum lk_status status = plan_log(init, trouble);
    if (status == LK_OK)
        status =
            shipped_read(init->arena, "ldif/overlays.ldif", init->words, init->command->action.config, &file, trouble);
    for (size_t i = 0; status == LK_OK && i < file.count; i++)
        plan_overlay(init, &file.entries[i]);
    return status;
}
