/* SPDX-License-Identifier: Apache-2.0 */
/* The places that configuration and rules expect. What is there stays as it is, but for what lets the daemon act for people. */
#include "cli/init_internal.h"

#include <string.h>
#include <strings.h>

#define ACT_FOR "authzTo"

static const char *const READ[] = { "objectClass", ACT_FOR, NULL };

static bool has(const struct directory_entry *entry, const char *name, const char *text)
{
    const struct directory_attribute *found = directory_attribute(entry, name);
    for (size_t i = 0; found != NULL && i < found->count; i++) {
        if (strcasecmp(slapd_unnumbered(found->values[i].bytes), text) == 0)
            return true;
    }
    return false;
}

static void complete(struct init *init, const struct shipped_entry *shipped, const struct directory_entry *there)
{
    struct directory_change *change = directory_change_new(init->arena);
    for (size_t i = 0; i < shipped->count; i++) {
        const struct shipped_value *value = &shipped->values[i];
        if (strcasecmp(value->name, ACT_FOR) == 0 && !has(there, ACT_FOR, value->text))
            directory_change_add(change, ACT_FOR, value->text);
    }
    if (!directory_change_is_empty(change))
        directory_change_append(init_step(init, INIT_ENTRIES, false, shipped->dn, "let the daemon act for people"),
                                change);
}

static void add(struct init *init, const struct shipped_entry *shipped)
{
    struct directory_change *change = init_step(init, INIT_ENTRIES, true, shipped->dn, "add %s", shipped->dn);
    for (size_t i = 0; i < shipped->count; i++)
        directory_change_add(change, shipped->values[i].name, shipped->values[i].text);
}

static enum lk_status plan_file(struct init *init, const char *path, struct lk_trouble *trouble)
{
    struct shipped_file file;
    enum lk_status status = shipped_read(init->arena, path, init->words, NULL, &file, trouble);
    for (size_t i = 0; status == LK_OK && i < file.count; i++) {
        struct directory_entry there;
        status = directory_read(init->entries, init->arena, file.entries[i].dn, NULL, READ, &there, trouble);
        if (status == LK_ABSENT)
            add(init, &file.entries[i]);
        else if (status == LK_OK && init->sees_all)
            complete(init, &file.entries[i], &there);
        status = status == LK_ABSENT ? LK_OK : status;
    }
    return status;
}

/* Whoever does not see the root of the tree would take all that is there for missing. */
static enum lk_status look_at_root(struct init *init, bool *sees_out, struct lk_trouble *trouble)
{
    struct directory_entry root;
    const enum lk_status status = directory_read(
        init->entries, init->arena, init->command->action.config->directory_suffix, NULL, READ, &root, trouble);
    *sees_out = status == LK_OK || (status == LK_ABSENT && init->sees_all);
    return status == LK_ABSENT || status == LK_REFUSED ? LK_OK : status;
}

enum lk_status init_entries(struct init *init, struct lk_trouble *trouble)
{
    bool sees = false;
    if (init->entries == NULL)
        return LK_OK;
    enum lk_status status = look_at_root(init, &sees, trouble);
    if (status != LK_OK)
        return status;
    if (!sees) {
        init_remark(init, INIT_ENTRIES, true,
                    "this identity does not see the entries: --entries-dn and --entries-password-file "
                    "name one that may add them, such as the database's rootdn");
        return LK_OK;
    }
    status = plan_file(init, "ldif/suffix.ldif", trouble);
    return status == LK_OK ? plan_file(init, "ldif/base.ldif", trouble) : status;
}
