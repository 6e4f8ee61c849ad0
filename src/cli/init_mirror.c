/* SPDX-License-Identifier: Apache-2.0 */
/* A provider that was set up as one of two (ldif/mirror.ldif): what an older Latchkey's file had otherwise. Whether there is to be
 * another provider is for a person to say, so nothing is added where there is none. */
#include "cli/init_internal.h"

#include <string.h>
#include <strings.h>

#define PULLS      "olcSyncrepl"
#define CHECKPOINT "olcSpCheckpoint"
#define LOG_FILTER " logfilter="

/* ---- what is taken over of the other's log ---- */

static bool reads_log(const char *pull)
{
    return strcasestr(pull, " syncdata=accesslog") != NULL;
}

/* A filter in a value of olcSyncrepl, which may stand in quotes. */
struct found_filter {
    const char *before; /* where its name begins; NULL: there is none */
    const char *text;
    size_t len;
    const char *behind;
};

static struct found_filter find_filter(const char *pull)
{
    const char *before = strcasestr(pull, LOG_FILTER);
    if (before == NULL)
        return (struct found_filter){ .before = NULL };
    const char *text = before + sizeof LOG_FILTER - 1;
    const bool is_quoted = *text == '"';
    text += is_quoted;
    const size_t len = strcspn(text, is_quoted ? "\"" : " ");
    const char *end = text + len;
    return (struct found_filter){ before, text, len, is_quoted && *end == '"' ? end + 1 : end };
}

/* What both theirs and ours let through. Ours alone where it says what theirs does, and more. */
static const char *narrowed(struct lk_arena *arena, const struct found_filter *theirs, const char *ours)
{
    const bool is_more = theirs->len == 0 || strncasecmp(ours, theirs->text, theirs->len - 1) == 0;
    return is_more ? ours : lk_arena_format(arena, "(&%.*s%s)", (int) theirs->len, theirs->text, ours);
}

static const char *with_filter(struct lk_arena *arena, const char *pull, const char *ours)
{
    const struct found_filter theirs = find_filter(pull);
    if (theirs.before == NULL)
        return lk_arena_format(arena, "%s" LOG_FILTER "\"%s\"", pull, ours);
    return lk_arena_format(arena, "%.*s" LOG_FILTER "\"%s\"%s", (int) (theirs.before - pull), pull,
                           narrowed(arena, &theirs, ours), theirs.behind);
}

/* All values in one Modify: slapd ends what it fetches by the former ones, and begins anew where it was. */
static void plan_filter(struct init *init, const char *ours)
{
    const struct directory_entry *database = init->slapd.database;
    const struct directory_attribute *pulls = directory_attribute(database, PULLS);
    const char **values = lk_arena_array(init->arena, pulls->count, sizeof *values);
    bool is_changed = false;
    for (size_t i = 0; i < pulls->count; i++) {
        values[i] = pulls->values[i].bytes;
        if (!reads_log(values[i]) || strcasestr(values[i], ours) != NULL)
            continue;
        values[i] = with_filter(init->arena, values[i], ours);
        is_changed = true;
    }
    if (is_changed)
        directory_change_replace_all(
            init_step(init, INIT_MIRROR, false, database->dn,
                      "take no refused change over from the other provider (the logfilter in " PULLS ")"),
            PULLS, values, pulls->count);
}

/* ---- how far it is ---- */

static bool is_mirror(const struct init *init)
{
    const struct directory_entry *database = init->slapd.database;
    return slapd_has_value(&init->slapd, database, "olcMultiProvider", "TRUE") ||
           slapd_has_value(&init->slapd, database, "olcMirrorMode", "TRUE");
}

/* Is it written down with each change? */
static bool is_each_written(const struct directory_entry *overlay)
{
    const char *checkpoint = directory_first(overlay, CHECKPOINT);
    return checkpoint != NULL && strncmp(checkpoint, "1 ", 2) == 0;
}

static bool plan_checkpoints(struct init *init, const struct directory_entry *database, const char *ours)
{
    bool is_changed = false;
    for (size_t i = 0; i < init->slapd.count; i++) {
        const struct directory_entry *entry = &init->slapd.entries[i];
        if (!slapd_is_overlay_on(database, entry, "syncprov") || is_each_written(entry))
            continue;
        directory_change_replace(init_step(init, INIT_MIRROR, false, entry->dn,
                                           "write down with each change how far the provider is: one that is killed "
                                           "would undo changes"),
                                 CHECKPOINT, ours);
        is_changed = true;
    }
    return is_changed;
}

/* ---- both ---- */

/* The first value of that name in the whole file, or NULL. */
static const char *first_in(const struct shipped_file *file, const char *name)
{
    const char *value = NULL;
    for (size_t i = 0; i < file->count && value == NULL; i++)
        value = shipped_first(&file->entries[i], name);
    return value;
}

enum lk_status init_mirror(struct init *init, struct lk_trouble *trouble)
{
    const struct directory_entry *database = init->slapd.database, *log = init_log_database(init);
    struct shipped_file file;
    if (directory_first(database, PULLS) == NULL)
        return LK_OK;
    const enum lk_status status = shipped_read(init->arena, "ldif/mirror.ldif", NULL, NULL, &file, trouble);
    if (status != LK_OK)
        return status;
    const char *pull = first_in(&file, PULLS), *checkpoint = first_in(&file, CHECKPOINT);
    const struct found_filter ours = find_filter(pull == NULL ? "" : pull);
    if (ours.before == NULL || checkpoint == NULL)
        return lk_fail(trouble, LK_MALFORMED, "ldif/mirror.ldif: no" LOG_FILTER ", or no " CHECKPOINT);
    plan_filter(init, lk_arena_copy(init->arena, ours.text, ours.len));
    if (!is_mirror(init) || log == NULL)
        return LK_OK;
    const bool data_changes = plan_checkpoints(init, database, checkpoint);
    if (plan_checkpoints(init, log, checkpoint) || data_changes)
        init_remark(init, INIT_MIRROR, false,
                    "once both providers write down how far they are, begin their logs anew (docs/replication.md, "
                    "step 2)");
    return LK_OK;
}
