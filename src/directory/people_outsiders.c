/* SPDX-License-Identifier: Apache-2.0 */
/* People of another directory, which this one shows: read, and never written. */
#include "directory/filter.h"
#include "directory/names.h"
#include "directory/people_internal.h"

#include <stddef.h>

enum lk_status outsider_by_name(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                const char *name, struct outsider *person_out, struct lk_trouble *trouble)
{
    const char *const attributes[] = {
        config->directory_people_name, "cn", "givenName", "sn", "mail", "telephoneNumber", NAME_PREFERRED_LANGUAGE, NULL
    };
    if (*config->directory_people_base == '\0')
        return lk_fail(trouble, LK_ABSENT, "no people of another directory are shown");
    const struct directory_filter *named = filter_equals(arena, config->directory_people_name, name);
    const struct directory_filter *may = filter_written(arena, config->directory_people_filter);
    struct directory_entry entry = { 0 };
    const enum lk_status status =
        people_find(directory, arena, config->directory_people_base,
                    may == NULL ? named : filter_and(arena, named, may), attributes, &entry, trouble);
    if (status != LK_OK)
        return status;
    *person_out = (struct outsider){ .dn = entry.dn,
                                     .name = directory_first(&entry, config->directory_people_name),
                                     .display_name = directory_first(&entry, "cn"),
                                     .given_name = directory_first(&entry, "givenName"),
                                     .surname = directory_first(&entry, "sn"),
                                     .mail = directory_first(&entry, "mail"),
                                     .telephone = directory_first(&entry, "telephoneNumber"),
                                     .language = directory_first(&entry, NAME_PREFERRED_LANGUAGE) };
    return person_out->name != NULL ? LK_OK
                                    : lk_fail(trouble, LK_BROKEN, "the directory does not show %s of %s",
                                              config->directory_people_name, entry.dn);
}

enum lk_status outsider_is_there(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                 const char *dn, struct lk_trouble *trouble)
{
    static const char *const nothing[] = { "1.1", NULL };
    const struct people_kind kind = { config->directory_people_base,
                                      filter_written(arena, config->directory_people_filter) };
    struct directory_entry entry = { 0 };
    return people_read(directory, arena, dn, &kind, nothing, &entry, trouble);
}
