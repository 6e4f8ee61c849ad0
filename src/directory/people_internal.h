/* SPDX-License-Identifier: Apache-2.0 */
/* directory/people_internal.h - what accounts, profiles and organisations are read with. */
#ifndef LATCHKEY_DIRECTORY_PEOPLE_INTERNAL_H
#define LATCHKEY_DIRECTORY_PEOPLE_INTERNAL_H

#include "directory/people.h"

/* The one entry below `base` that matches. LK_ABSENT, LK_CONFLICT as in people.h. */
LK_MUST_CHECK enum lk_status people_find(struct directory *directory, struct lk_arena *arena, const char *base,
                                         const struct directory_filter *filter, const char *const *attributes,
                                         struct directory_entry *entry_out, struct lk_trouble *trouble);

/* Where entries of a kind are, and what makes them that. */
struct people_kind {
    const char *base;
    const struct directory_filter *filter;
};

/* The entry `dn`, if it is of that kind. */
LK_MUST_CHECK enum lk_status people_read(struct directory *directory, struct lk_arena *arena, const char *dn,
                                         const struct people_kind *kind, const char *const *attributes,
                                         struct directory_entry *entry_out, struct lk_trouble *trouble);

/* All values of the attribute; without it, a list of none. */
struct directory_attribute people_values(const struct directory_entry *entry, const char *name);

/* From entries that were read with these attributes. */
struct people_attributes {
    const char *names[20]; /* ends with NULL */
};
struct people_attributes profile_attributes(const struct config *config);
struct people_attributes organization_attributes(const struct config *config);
LK_MUST_CHECK enum lk_status profile_from(const struct config *config, struct lk_arena *arena,
                                          const struct directory_entry *entry, struct profile *profile_out,
                                          struct lk_trouble *trouble);
/* The profiles that such a search finds, in the server's order; its attributes are profile_attributes(). */
LK_MUST_CHECK enum lk_status profiles_from_search(struct directory *directory, const struct config *config,
                                                  struct lk_arena *arena, const struct directory_search *search,
                                                  struct profile_list *list_out, struct lk_trouble *trouble);
LK_MUST_CHECK enum lk_status organization_from(const struct config *config, struct lk_arena *arena,
                                               const struct directory_entry *entry,
                                               struct organization *organization_out, struct lk_trouble *trouble);

/* Whoever is called or addressed so: what the search of people looks for. "" is everybody. */
const struct directory_filter *people_filter(const struct config *config, struct lk_arena *arena,
                                             const struct people_search *search);

#endif
