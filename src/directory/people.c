/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/connection_internal.h"
#include "directory/filter.h"
#include "directory/people_internal.h"

#include <stddef.h>

static const struct directory_filter *kind_filter(struct lk_arena *arena, const char *object_class, const char *written)
{
    const struct directory_filter *class = filter_equals(arena, "objectClass", object_class);
    const struct directory_filter *besides = filter_written(arena, written);
    return besides == NULL ? class : filter_and(arena, class, besides);
}

const struct directory_filter *accounts_filter(const struct config *config, struct lk_arena *arena)
{
    return kind_filter(arena, config->directory_account_class, config->directory_account_filter);
}

const struct directory_filter *profiles_filter(const struct config *config, struct lk_arena *arena)
{
    return kind_filter(arena, config->directory_profile_class, config->directory_profile_filter);
}

const struct directory_filter *organizations_filter(const struct config *config, struct lk_arena *arena)
{
    return kind_filter(arena, config->directory_organization_class, config->directory_organization_filter);
}

enum lk_status people_find(struct directory *directory, struct lk_arena *arena, const char *base,
                           const struct directory_filter *filter, const char *const *attributes,
                           struct directory_entry *entry_out, struct lk_trouble *trouble)
{
    const struct directory_search search = {
        .base = base, .scope = DIRECTORY_SUBTREE, .filter = filter, .attributes = attributes, .most = 2
    };
    struct directory_entry *entries = NULL;
    size_t count = 0;
    const enum lk_status status = directory_search(directory, arena, &search, &entries, &count, NULL, trouble);
    if (status != LK_OK)
        return status;
    if (count == 0)
        return lk_fail(trouble, LK_ABSENT, "search: no such entry; base %s", base);
    if (count > 1)
        return lk_fail(trouble, LK_CONFLICT, "search: more than one entry where there may be one only: %s and %s",
                       entries[0].dn, entries[1].dn);
    *entry_out = entries[0];
    return LK_OK;
}

enum lk_status people_read(struct directory *directory, struct lk_arena *arena, const char *dn,
                           const struct people_kind *kind, const char *const *attributes,
                           struct directory_entry *entry_out, struct lk_trouble *trouble)
{
    if (!dn_is_below(dn, kind->base))
        return lk_fail(trouble, LK_ABSENT, "read: not below %s; entry %s", kind->base, dn);
    return directory_read(directory, arena, dn, kind->filter, attributes, entry_out, trouble);
}

enum lk_status people_id(const struct config *config, const struct directory_entry *entry, uint8_t id_out[static 16],
                         struct lk_trouble *trouble)
{
    if (unique_id_read(entry, config->directory_unique_id, id_out) != LK_OK)
        return lk_fail(trouble, LK_BROKEN, "no usable %s (directory.unique_id) on entry %s",
                       config->directory_unique_id, entry->dn);
    return LK_OK;
}

struct directory_attribute people_values(const struct directory_entry *entry, const char *name)
{
    const struct directory_attribute *found = directory_attribute(entry, name);
    return found != NULL ? *found : (struct directory_attribute){ .name = name };
}
