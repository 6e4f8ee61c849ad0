/* SPDX-License-Identifier: Apache-2.0 */
#include "base/unicode.h"
#include "directory/filter.h"
#include "directory/names.h"
#include "directory/people_internal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define RUN   PEOPLE_ANYWHERE /* what slapd indexes of the middle of values; others index less */
#define NAMES 4               /* attributes that people are searched for by */

/* Other letters are compared as they are composed, which a cut may part. */
static bool is_ascii(const char *text)
{
    while (*text != '\0' && (unsigned char) *text < 0x80)
        text++;
    return *text == '\0';
}

/* From each place of the text slapd looks up who has the run that begins there, and goes through all of them. The runs side by side say
 * nearly as much; what they find is tested for the whole. */
static const struct directory_filter *contains_filter(struct lk_arena *arena, const char *attribute, const char *text)
{
    const size_t len = strlen(text);
    const size_t count = (len + RUN - 1) / RUN;
    const struct directory_filter *whole = filter_contains(arena, attribute, text);
    const bool is_spared = is_ascii(text) && count < len - RUN + 1;
    if (!is_spared)
        return whole;
    const struct directory_filter **parts = lk_arena_array(arena, count + 1, sizeof(const struct directory_filter *));
    for (size_t i = 0; i < count; i++) {
        const size_t at = i + 1 < count ? i * RUN : len - RUN;
        parts[i] = filter_contains(arena, attribute, lk_arena_copy(arena, text + at, RUN));
    }
    parts[count] = filter_tested(arena, whole);
    return filter_all(arena, parts, count + 1);
}

/* Fewer characters than a run slapd would have to look for in every entry. */
static const struct directory_filter *name_filter(struct lk_arena *arena, const char *attribute, const char *text)
{
    if (lk_unicode_length(text, strlen(text)) < PEOPLE_ANYWHERE)
        return filter_begins(arena, attribute, text);
    return contains_filter(arena, attribute, text);
}

static const struct directory_filter *organization_filter(const struct config *config, struct lk_arena *arena,
                                                          const char *text)
{
    const struct directory_filter *all = organizations_filter(config, arena);
    return *text == '\0' ? all : filter_and(arena, all, name_filter(arena, config->directory_organization_name, text));
}

const struct directory_filter *people_filter(const struct config *config, struct lk_arena *arena,
                                             const struct people_search *search)
{
    const char *text = search->text;
    const struct directory_filter *all = profiles_filter(config, arena);
    if (search->sending)
        all = filter_and(arena, filter_present(arena, NAME_SEND), filter_tested(arena, all));
    if (*text == '\0')
        return all;
    const struct directory_filter *const any[NAMES] = { name_filter(arena, "displayName", text),
                                                        name_filter(arena, "sn", text), name_filter(arena, "cn", text),
                                                        name_filter(arena, config->directory_profile_mail, text) };
    return filter_and(arena, filter_any(arena, any, NAMES), filter_tested(arena, all));
}

static int compare(const char *a, const char *b)
{
    return strcmp(a != NULL ? a : "", b != NULL ? b : "");
}

static int by_organization_name(const void *a, const void *b)
{
    const struct organization *left = a, *right = b;
    return compare(left->name, right->name);
}

static int by_profile_name(const void *a, const void *b)
{
    const struct profile *left = a, *right = b;
    return compare(left->display_name, right->display_name);
}

enum lk_status organizations_search(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                    const struct people_search *search, struct organization_list *list_out,
                                    struct lk_trouble *trouble)
{
    const struct people_attributes attributes = organization_attributes(config);
    const struct directory_search wanted = { .base = config->directory_organizations_base,
                                             .scope = DIRECTORY_ONE_LEVEL,
                                             .filter = organization_filter(config, arena, search->text),
                                             .attributes = attributes.names,
                                             .most = search->most };
    struct directory_entry *entries = NULL;
    struct organization_list list = { 0 };
    enum lk_status status = directory_search(directory, arena, &wanted, &entries, &list.count, &list.more, trouble);
    if (status != LK_OK)
        return status;
    list.items = lk_arena_array(arena, list.count, sizeof *list.items);
    for (size_t i = 0; i < list.count; i++) {
        status = organization_from(config, arena, &entries[i], &list.items[i], trouble);
        if (status != LK_OK)
            return status;
    }
    if (list.count > 1)
        qsort(list.items, list.count, sizeof *list.items, by_organization_name);
    *list_out = list;
    return LK_OK;
}

// NOLINTNEXTLINE(readability-function-size): the contract has seven inputs and outputs
enum lk_status profiles_search(struct directory *directory, const struct config *config, struct lk_arena *arena,
                               const char *organization_dn, const struct people_search *search,
                               struct profile_list *list_out, struct lk_trouble *trouble)
{
    const struct people_attributes attributes = profile_attributes(config);
    const struct directory_search wanted = { .base = organization_dn,
                                             .scope = DIRECTORY_ONE_LEVEL,
                                             .filter = people_filter(config, arena, search),
                                             .attributes = attributes.names,
                                             .most = search->most };
    struct profile_list list = { 0 };
    const enum lk_status status = profiles_from_search(directory, config, arena, &wanted, &list, trouble);
    if (status != LK_OK)
        return status;
    if (list.count > 1)
        qsort(list.items, list.count, sizeof *list.items, by_profile_name);
    *list_out = list;
    return LK_OK;
}

enum lk_status group_has_member(struct directory *directory, struct lk_arena *arena, const char *group_dn,
                                const char *member_dn, const char *other_dn, struct lk_trouble *trouble)
{
    const char *const attributes[] = { "1.1", NULL };
    struct directory_entry entry = { 0 };
    const struct directory_filter *filter = filter_equals(arena, "member", member_dn);
    if (other_dn != NULL)
        filter = filter_or(arena, filter, filter_equals(arena, "member", other_dn));
    return directory_read(directory, arena, group_dn, filter, attributes, &entry, trouble);
}
