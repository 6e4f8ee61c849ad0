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
    const char *lost;      /* of one that has a list, and that Latchkey can do without: what is missing then */
} OVERLAYS[] = {
    {"syncprov",    OVERLAY_SERVES,    NULL,                     NULL                    },
    { "ppolicy",    OVERLAY_SERVES,    NULL,                     NULL                    },
    { "accesslog",  OVERLAY_SERVES,    NULL,                     NULL                    },
    { "dynlist",    OVERLAY_ONE,       "olcDynListAttrSet",      NULL                    },
    { "unique",     OVERLAY_ONE,       "olcUniqueURI",           NULL                    },
    { "refint",     OVERLAY_COMPLETED, "olcRefintAttribute",
     "a DN there does not follow the entry that it names, and stays when that is deleted"},
    { "constraint", OVERLAY_ONE,       "olcConstraintAttribute", NULL                    },
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

bool init_is_dispensable(const char *overlay)
{
    const struct overlay_kind *kind = kind_of(overlay);
    return kind != NULL && kind->lost != NULL;
}

const char *init_dispensable(struct lk_arena *arena)
{
    const char *names = "";
    for (size_t i = 0; i < sizeof OVERLAYS / sizeof *OVERLAYS; i++) {
        if (OVERLAYS[i].lost != NULL)
            names = lk_arena_format(arena, "%s%s%s", names, *names != '\0' ? ", " : "", OVERLAYS[i].name);
    }
    return names;
}

static bool is_left_out(const struct init *init, const char *overlay)
{
    return init->without != NULL && strcasecmp(init->without, overlay) == 0;
}

bool init_may_be_missing(const struct init *init, const char *overlay)
{
    return init->only_looks ? init_is_dispensable(overlay) : is_left_out(init, overlay);
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

static void add_overlay(struct init *init, const struct shipped_entry *shipped, const struct overlay_kind *kind)
{
    const char *what = lk_arena_format(init->arena, "add the overlay %s", kind->name);
    if (kind->lost != NULL)
        what = lk_arena_format(init->arena, "%s (--without %s leaves it out)", what, kind->name);
    add_entry(init, INIT_OVERLAYS, shipped, what);
}

/* One that may be. */
static void tell_missing(struct init *init, const struct shipped_entry *shipped, const struct overlay_kind *kind)
{
    const char *list = "";
    for (size_t i = 0; i < shipped->count; i++) {
        const struct shipped_value *value = &shipped->values[i];
        if (strcasecmp(value->name, kind->attribute) == 0)
            list = lk_arena_format(init->arena, "%s%s%s", list, *list != '\0' ? ", " : "", value->text);
    }
    init_remark(init, INIT_OVERLAYS, false,
                "no %s for %s: %s. docs/scale.md says when that is right; otherwise latchkey init adds it", kind->name,
                list, kind->lost);
}

/* One that was to be left out. */
static void tell_present(struct init *init, const struct directory_entry *there, const struct overlay_kind *kind)
{
    init_remark(init, INIT_OVERLAYS, false,
                "%s is there, and init takes nothing away: ldapdelete \"%s\" does, while slapd runs (the last one "
                "first: those behind it get new numbers)",
                kind->name, there->dn);
}

static void plan_overlay(struct init *init, const struct shipped_entry *shipped)
{
    const char *name = shipped_first(shipped, "olcOverlay");
    const struct overlay_kind *kind = name == NULL ? NULL : kind_of(name);
    if (kind == NULL)
        return;
    const struct directory_entry *there = find_overlay(init, shipped, kind);
    if (there == NULL && init_may_be_missing(init, name))
        tell_missing(init, shipped, kind);
    else if (there == NULL)
        add_overlay(init, shipped, kind);
    else if (is_left_out(init, name))
        tell_present(init, there, kind);
    else if (kind->use != OVERLAY_SERVES)
        complete_overlay(init, shipped, there, kind);
}

/* ---- the log of writes ---- */

/* The overlay that writes it; NULL: none. */
static const struct directory_entry *find_log_overlay(const struct init *init)
{
    for (size_t i = 0; i < init->slapd.count; i++) {
        if (slapd_is_overlay(&init->slapd, &init->slapd.entries[i], "accesslog"))
            return &init->slapd.entries[i];
    }
    return NULL;
}

const struct directory_entry *init_log_database(const struct init *init)
{
    const struct directory_entry *overlay = find_log_overlay(init);
    const char *suffix = overlay == NULL ? NULL : directory_first(overlay, "olcAccessLogDB");
    return suffix == NULL ? NULL : slapd_database(&init->slapd, suffix);
}

/* One of an older Latchkey's, or somebody else's: its rules stay. The first of ours is for all to whom they do not show everything. */
static void plan_log_rules(struct init *init, const struct directory_entry *log, const struct shipped_entry *shipped)
{
    static const char RULES[] = "olcAccess";
    const char *first = shipped_first(shipped, RULES);
    if (directory_first(log, RULES) == NULL)
        init_remark(init, INIT_LOG, true,
                    "%s has no access rules, so that everybody reads the log of writes, former passwords' hashes among "
                    "it: give it those of ldif/log.ldif",
                    log->dn);
    else if (!slapd_has_value(&init->slapd, log, RULES, first))
        directory_change_add(init_step(init, INIT_LOG, false, log->dn,
                                       "add an access rule for hasSubordinates: slapd ends where a stranger compares "
                                       "it and may not"),
                             RULES, first);
}

static enum lk_status plan_log(struct init *init, struct lk_trouble *trouble)
{
    struct shipped_file file;
    const enum lk_status status =
        shipped_read(init->arena, "ldif/log.ldif", init->words, init->command->action.config, &file, trouble);
    if (status != LK_OK || file.count == 0)
        return status;
    const struct directory_entry *log =
        find_log_overlay(init) != NULL ? init_log_database(init)
                                       : slapd_database(&init->slapd, shipped_first(&file.entries[0], "olcSuffix"));
    if (log != NULL)
        plan_log_rules(init, log, &file.entries[0]);
    else if (find_log_overlay(init) == NULL)
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
