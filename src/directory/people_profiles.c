/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/filter.h"
#include "directory/names.h"
#include "directory/people_internal.h"

#include <stddef.h>

struct people_attributes profile_attributes(const struct config *config)
{
    return (struct people_attributes){
        {config->directory_unique_id, config->directory_profile_mail, "cn", "displayName", "givenName", "sn",
         "telephoneNumber", "title", NAME_ACCOUNT_DN, NAME_PENDING_MAIL, NAME_PREFERRED_LANGUAGE, NAME_TOKEN,
         NAME_SEND, NAME_SEND_ERROR, NAME_SENT, NULL}
    };
}

enum lk_status profile_from(const struct config *config, struct lk_arena *arena, const struct directory_entry *entry,
                            struct profile *profile_out, struct lk_trouble *trouble)
{
    struct profile profile = { .dn = entry->dn,
                               .display_name = directory_first(entry, "displayName"),
                               .given_name = directory_first(entry, "givenName"),
                               .surname = directory_first(entry, "sn"),
                               .mail = directory_first(entry, config->directory_profile_mail),
                               .telephone = directory_first(entry, "telephoneNumber"),
                               .title = directory_first(entry, "title"),
                               .pending_mail = directory_first(entry, NAME_PENDING_MAIL),
                               .account_dn = directory_first(entry, NAME_ACCOUNT_DN),
                               .language = directory_first(entry, NAME_PREFERRED_LANGUAGE),
                               .tokens = people_values(entry, NAME_TOKEN),
                               .sends = people_values(entry, NAME_SEND),
                               .send_errors = people_values(entry, NAME_SEND_ERROR),
                               .sents = people_values(entry, NAME_SENT) };
    profile.has_display_name = profile.display_name != NULL;
    if (!profile.has_display_name)
        profile.display_name = directory_first(entry, "cn");
    const enum lk_status status = people_id(config, entry, profile.id, trouble);
    if (status != LK_OK)
        return status;
    if (dn_parent(arena, entry->dn, &profile.organization_dn) != LK_OK)
        return lk_fail(trouble, LK_BROKEN, "a profile that stands nowhere; entry %s", entry->dn);
    *profile_out = profile;
    return LK_OK;
}

static const struct directory_filter *profiles_with(const struct config *config, struct lk_arena *arena,
                                                    const struct directory_filter *identifying)
{
    return filter_and(arena, identifying, filter_tested(arena, profiles_filter(config, arena)));
}

static enum lk_status find_profile(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                   const struct directory_filter *identifying, struct profile *profile_out,
                                   struct lk_trouble *trouble)
{
    const struct people_attributes attributes = profile_attributes(config);
    struct directory_entry entry = { 0 };
    const enum lk_status status =
        people_find(directory, arena, config->directory_organizations_base, profiles_with(config, arena, identifying),
                    attributes.names, &entry, trouble);
    return status == LK_OK ? profile_from(config, arena, &entry, profile_out, trouble) : status;
}

/* What to look for, and how many of it. */
struct wanted {
    const struct directory_filter *identifying;
    size_t most;
};

enum lk_status profiles_from_search(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                    const struct directory_search *search, struct profile_list *list_out,
                                    struct lk_trouble *trouble)
{
    struct directory_entry *entries = NULL;
    struct profile_list list = { 0 };
    enum lk_status status = directory_search(directory, arena, search, &entries, &list.count, &list.more, trouble);
    if (status != LK_OK)
        return status;
    list.items = lk_arena_array(arena, list.count, sizeof *list.items);
    for (size_t i = 0; i < list.count; i++) {
        status = profile_from(config, arena, &entries[i], &list.items[i], trouble);
        if (status != LK_OK)
            return status;
    }
    *list_out = list;
    return LK_OK;
}

static enum lk_status list_profiles(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                    const struct wanted *wanted, struct profile_list *list_out,
                                    struct lk_trouble *trouble)
{
    const struct people_attributes attributes = profile_attributes(config);
    const struct directory_search search = { .base = config->directory_organizations_base,
                                             .scope = DIRECTORY_SUBTREE,
                                             .filter = profiles_with(config, arena, wanted->identifying),
                                             .attributes = attributes.names,
                                             .most = wanted->most };
    return profiles_from_search(directory, config, arena, &search, list_out, trouble);
}

static enum lk_status give_list(enum lk_status status, const struct profile_list *list, struct profile **profiles_out,
                                size_t *count_out, bool *more_out)
{
    if (status != LK_OK)
        return status;
    *profiles_out = list->items;
    *count_out = list->count;
    if (more_out != NULL)
        *more_out = list->more;
    return LK_OK;
}

// NOLINTNEXTLINE(readability-function-size): the contract has nine inputs and outputs
enum lk_status profiles_by_mail(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                const char *mail, size_t most, struct profile **profiles_out, size_t *count_out,
                                bool *more_out, struct lk_trouble *trouble)
{
    const struct wanted wanted = { filter_equals(arena, config->directory_profile_mail, mail), most };
    struct profile_list list = { 0 };
    return give_list(list_profiles(directory, config, arena, &wanted, &list, trouble), &list, profiles_out, count_out,
                     more_out);
}

// NOLINTNEXTLINE(readability-function-size): the contract has eight inputs and outputs
enum lk_status profiles_of_mail(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                const char *organization_dn, const char *mail, size_t most,
                                struct profile_list *list_out, struct lk_trouble *trouble)
{
    const struct people_attributes attributes = profile_attributes(config);
    const struct directory_search search = {
        .base = organization_dn,
        .scope = DIRECTORY_ONE_LEVEL,
        .filter = profiles_with(config, arena, filter_equals(arena, config->directory_profile_mail, mail)),
        .attributes = attributes.names,
        .most = most
    };
    return profiles_from_search(directory, config, arena, &search, list_out, trouble);
}

#define FURTHER 8 /* times as many are asked for where too few were tied */

/* A search finds lkAccountDN;x as well, which ties nobody. */
static void drop_untied(struct profile_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].account_dn != NULL)
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

/* However many there are that only look tied, those that are come to light behind them: it is asked for more until there are
 * `most`, or the server has no more, or gives no more. */
static enum lk_status list_tied(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                const struct wanted *tied, struct profile_list *list_out, struct lk_trouble *trouble)
{
    struct wanted wanted = *tied;
    struct profile_list list = { 0 };
    bool cut_by_us = true;
    while (cut_by_us && list.count < tied->most) {
        const enum lk_status status = list_profiles(directory, config, arena, &wanted, &list, trouble);
        if (status != LK_OK)
            return status;
        cut_by_us = list.more && list.count == wanted.most;
        wanted.most *= FURTHER;
        drop_untied(&list);
    }
    if (list.count > tied->most) {
        list.count = tied->most;
        list.more = true;
    }
    *list_out = list;
    return LK_OK;
}

// NOLINTNEXTLINE(readability-function-size): the contract has nine inputs and outputs
enum lk_status profiles_by_account(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                   const char *account_dn, size_t most, struct profile **profiles_out,
                                   size_t *count_out, bool *more_out, struct lk_trouble *trouble)
{
    const struct wanted tied = { filter_equals(arena, NAME_ACCOUNT_DN, account_dn), most };
    struct profile_list list = { 0 };
    return give_list(list_tied(directory, config, arena, &tied, &list, trouble), &list, profiles_out, count_out,
                     more_out);
}

enum lk_status profile_by_token(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                const char *token_value, struct profile *profile_out, struct lk_trouble *trouble)
{
    return find_profile(directory, config, arena, filter_equals(arena, NAME_TOKEN, token_value), profile_out, trouble);
}

enum lk_status profile_by_id(struct directory *directory, const struct config *config, struct lk_arena *arena,
                             const uint8_t id[static 16], struct profile *profile_out, struct lk_trouble *trouble)
{
    return find_profile(directory, config, arena, filter_equals_uuid(arena, config->directory_unique_id, id),
                        profile_out, trouble);
}

enum lk_status profile_by_dn(struct directory *directory, const struct config *config, struct lk_arena *arena,
                             const char *dn, struct profile *profile_out, struct lk_trouble *trouble)
{
    const struct people_kind kind = { config->directory_organizations_base, profiles_filter(config, arena) };
    const struct people_attributes attributes = profile_attributes(config);
    struct directory_entry entry = { 0 };
    const enum lk_status status = people_read(directory, arena, dn, &kind, attributes.names, &entry, trouble);
    return status == LK_OK ? profile_from(config, arena, &entry, profile_out, trouble) : status;
}
