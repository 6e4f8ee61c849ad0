/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/list_people.h"

#include "base/unicode.h"

#include <stdlib.h>
#include <string.h>

/* A profile with the form of its name that names are sorted by. */
struct sorted {
    const char *key;
    const struct profile *profile;
};

static int by_name(const void *a, const void *b)
{
    const struct sorted *left = a, *right = b;
    const int order = strcmp(left->key, right->key);
    return order != 0 ? order : memcmp(left->profile->id, right->profile->id, sizeof left->profile->id);
}

static const char *sort_key(struct lk_arena *arena, const struct profile *profile)
{
    char *folded = NULL;
    const char *name = profile->display_name;
    if (name == NULL || lk_unicode_fold(arena, name, strlen(name), &folded) != LK_OK)
        return "";
    return folded;
}

static struct sorted *sort(struct lk_arena *arena, const struct profile *profiles, size_t count)
{
    struct sorted *sorted = lk_arena_array(arena, count, sizeof *sorted);
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct sorted){ .key = sort_key(arena, &profiles[i]), .profile = &profiles[i] };
    if (count > 0)
        qsort(sorted, count, sizeof *sorted, by_name);
    return sorted;
}

struct person person_of(const struct action_context *context, const struct acting *acting,
                        const struct profile *profile)
{
    return (struct person){ .profile = *profile,
                            .invite = invite_of(context->arena, profile, context->now),
                            .is_administrator = organization_has_administrator(&acting->organization, profile->dn),
                            .is_me = memcmp(profile->id, acting->profile.id, sizeof profile->id) == 0 };
}

static void cut_page(struct action_context *context, const struct acting *acting, const struct sorted *sorted,
                     size_t wanted, struct people *people)
{
    people->pages = people->found == 0 ? 1 : (people->found + PEOPLE_ON_PAGE - 1) / PEOPLE_ON_PAGE;
    people->page = wanted < 1 ? 1 : wanted;
    if (people->page > people->pages)
        people->page = people->pages;
    const size_t first = (people->page - 1) * PEOPLE_ON_PAGE;
    const size_t left = people->found - first;
    people->count = left < PEOPLE_ON_PAGE ? left : PEOPLE_ON_PAGE;
    people->persons = lk_arena_array(context->arena, people->count, sizeof *people->persons);
    for (size_t i = 0; i < people->count; i++)
        people->persons[i] = person_of(context, acting, sorted[first + i].profile);
}

enum acting_outcome list_people(struct action_context *context, struct session *session, const char *words, size_t page,
                                struct acting *acting_out, struct people *people_out)
{
    const enum acting_outcome outcome = act_as_profile(context, session, POLICY_SEE_PEOPLE, acting_out);
    if (outcome != ACTING_ALLOWED)
        return outcome;
    *people_out = (struct people){ .page = 1, .pages = 1 };
    const size_t characters = lk_unicode_length(words, strlen(words));
    people_out->search_is_short = characters > 0 && characters < PEOPLE_SEARCH_LEAST;
    if (people_out->search_is_short)
        return ACTING_ALLOWED;
    const struct people_search search = { .text = words, .most = PEOPLE_FOUND_MOST };
    struct profile_list list;
    if (profiles_search(context->directory, context->config, context->arena, acting_out->organization.dn, &search,
                        &list, &context->trouble) != LK_OK)
        return ACTING_TROUBLE;
    people_out->found = list.count;
    people_out->more = list.more;
    cut_page(context, acting_out, sort(context->arena, list.items, list.count), page, people_out);
    return ACTING_ALLOWED;
}
