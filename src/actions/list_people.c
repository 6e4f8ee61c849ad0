/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/list_people.h"

#include "base/unicode.h"
#include "courier/outbox.h"

#include <string.h>

static int64_t disputed_at(const struct action_context *context, const struct profile *profile)
{
    return profile->account_dn == NULL ? outbox_disputed_sent(context->arena, &profile->sents) : 0;
}

struct person person_of(const struct action_context *context, const struct acting *acting,
                        const struct profile *profile)
{
    return (struct person){ .profile = *profile,
                            .invite = invite_of(context->arena, profile, context->now),
                            .disputed = disputed_at(context, profile),
                            .is_administrator = organization_has_administrator(&acting->organization, profile->dn),
                            .is_me = memcmp(profile->id, acting->profile.id, sizeof profile->id) == 0 };
}

static enum lk_status read_persons(struct action_context *context, const struct acting *acting,
                                   const struct person_name *names, size_t count, struct people *people)
{
    struct profile_list profiles = { 0 };
    const enum lk_status status = profiles_of_names(context->directory, context->config, context->arena, names, count,
                                                    &profiles, &context->trouble);
    if (status != LK_OK)
        return status;
    people->count = profiles.count;
    people->persons = lk_arena_array(context->arena, profiles.count, sizeof *people->persons);
    for (size_t i = 0; i < profiles.count; i++)
        people->persons[i] = person_of(context, acting, &profiles.items[i]);
    return LK_OK;
}

static enum lk_status cut_page(struct action_context *context, const struct acting *acting,
                               const struct name_list *names, size_t wanted, struct people *people)
{
    people->found = names->count;
    people->pages = people->found == 0 ? 1 : (people->found + PEOPLE_ON_PAGE - 1) / PEOPLE_ON_PAGE;
    people->page = wanted < 1 ? 1 : wanted;
    if (people->page > people->pages)
        people->page = people->pages;
    const size_t first = (people->page - 1) * PEOPLE_ON_PAGE;
    const size_t left = people->found - first;
    return read_persons(context, acting, names->items + first, left < PEOPLE_ON_PAGE ? left : PEOPLE_ON_PAGE, people);
}

static enum lk_status open_book(struct action_context *context, const struct acting *acting,
                                const struct book_place *place, struct people *people)
{
    const enum lk_status status = book_open(context->directory, context->config, context->arena,
                                            acting->organization.dn, place, &people->book, &context->trouble);
    if (status != LK_OK)
        return status;
    people->is_book = true;
    people->more = people->book.names.more;
    people->count = people->book.names.count;
    people->persons = lk_arena_array(context->arena, people->count, sizeof *people->persons);
    for (size_t i = 0; i < people->count; i++)
        people->persons[i] = person_of(context, acting, people->book.names.items[i].profile);
    return LK_OK;
}

/* Where nobody has said a place, perhaps all fit. */
static enum lk_status list_beginning(struct action_context *context, const struct acting *acting,
                                     const struct people_wish *wish, struct people *people)
{
    struct book_place place = wish->book;
    const struct people_search search = { .text = place.words, .most = PEOPLE_COUNTED_MOST };
    struct name_list names = { 0 };
    const enum lk_status status = names_search(context->directory, context->config, context->arena,
                                               acting->organization.dn, &search, &names, &context->trouble);
    if (status != LK_OK)
        return status;
    place.sample = &names;
    return names.more ? open_book(context, acting, &place, people)
                      : cut_page(context, acting, &names, wish->page, people);
}

static enum lk_status list(struct action_context *context, const struct acting *acting, const struct people_wish *wish,
                           struct people *people)
{
    const bool is_beginning = *wish->book.place == '\0';
    if (is_beginning && !book_is_known(context->arena, acting->organization.dn, &wish->book))
        return list_beginning(context, acting, wish, people);
    const enum lk_status status = open_book(context, acting, &wish->book, people);
    if (status != LK_OK || !is_beginning || people->book.after != NULL)
        return status;
    people->is_book = people->more = false; /* there were many, but are no longer */
    return list_beginning(context, acting, wish, people);
}

/* How far a rush of invites has come. */
static enum lk_status count_sending(struct action_context *context, const struct acting *acting, struct people *people)
{
    const struct people_search search = { .text = "", .most = PEOPLE_SENDING_MOST, .sending = true };
    struct name_list names = { 0 };
    const enum lk_status status = names_search(context->directory, context->config, context->arena,
                                               acting->organization.dn, &search, &names, &context->trouble);
    people->sending = names.count;
    people->sending_more = names.more;
    return status;
}

enum acting_outcome list_people(struct action_context *context, struct session *session, const struct people_wish *wish,
                                struct acting *acting_out, struct people *people_out)
{
    const enum acting_outcome outcome = act_as_profile(context, session, POLICY_SEE_PEOPLE, acting_out);
    if (outcome != ACTING_ALLOWED)
        return outcome;
    *people_out = (struct people){ .page = 1, .pages = 1 };
    const size_t characters = lk_unicode_length(wish->book.words, strlen(wish->book.words));
    people_out->search_is_short = characters > 0 && characters < PEOPLE_SEARCH_LEAST;
    if (people_out->search_is_short)
        return ACTING_ALLOWED;
    enum lk_status status = count_sending(context, acting_out, people_out);
    if (status == LK_OK)
        status = list(context, acting_out, wish, people_out);
    return status == LK_OK ? ACTING_ALLOWED : ACTING_TROUBLE;
}
