/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/choose_profile.h"

#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

static int by_organization_then_name(const void *a, const void *b)
{
    const struct profile_choice *left = a, *right = b;
    int order = strcmp(left->organization.name ? left->organization.name : "",
                       right->organization.name ? right->organization.name : "");
    if (order != 0)
        return order;
    return strcmp(left->profile.display_name ? left->profile.display_name : "",
                  right->profile.display_name ? right->profile.display_name : "");
}

static enum lk_status read_organization(struct action_context *context, const struct profile *profile,
                                        struct organization *organization_out)
{
    if (profile->organization_dn == NULL)
        return LK_ABSENT;
    return organization_by_dn(context->directory, context->config, context->arena, profile->organization_dn,
                              organization_out, &context->trouble);
}

enum list_outcome list_profiles(struct action_context *context, const struct session *session,
                                struct profile_choice **choices_out, size_t *count_out)
{
    struct profile *profiles = NULL;
    size_t found = 0, kept = 0;
    enum lk_status status =
        profiles_by_account(context->directory, context->config, context->arena, session->account.dn, CHOICE_MOST,
                            &profiles, &found, NULL, &context->trouble);
    if (status != LK_OK)
        return LIST_TROUBLE;
    struct profile_choice *choices = lk_arena_array(context->arena, found, sizeof *choices);
    for (size_t i = 0; i < found; i++) {
        choices[kept].profile = profiles[i];
        status = read_organization(context, &profiles[i], &choices[kept].organization);
        if (status == LK_OK)
            kept++;
        else if (status != LK_ABSENT) /* removed since the search: simply not listed */
            return LIST_TROUBLE;
    }
    qsort(choices, kept, sizeof *choices, by_organization_then_name);
    *choices_out = choices;
    *count_out = kept;
    return LIST_DONE;
}

static unsigned facts_of(const struct session *session, const struct profile *profile)
{
    bool is_mine = profile->account_dn != NULL && dn_equals(profile->account_dn, session->account.dn);
    return FACT_SIGNED_IN | (is_mine ? (unsigned) FACT_PROFILE_IS_MINE : 0U);
}

enum select_outcome select_profile(struct action_context *context, struct session *session, const uint8_t id[static 16])
{
    struct profile profile;
    enum lk_status status =
        profile_by_id(context->directory, context->config, context->arena, id, &profile, &context->trouble);
    if (status == LK_ABSENT)
        return SELECT_NOT_YOURS;
    if (status != LK_OK)
        return SELECT_TROUBLE;
    if (policy_ask(POLICY_SELECT_PROFILE, facts_of(session, &profile)) != POLICY_ALLOWED)
        return SELECT_NOT_YOURS;
    if (session->has_profile && memcmp(session->profile, id, sizeof session->profile) == 0)
        return SELECT_DONE;
    status = session_select_profile(context->directory, context->arena, session, id, &context->trouble);
    if (status == LK_ABSENT)
        return SELECT_SIGNED_OUT;
    return status == LK_OK ? SELECT_DONE : SELECT_TROUBLE;
}

/* The profile that was selected, if it is still this account's. */
static enum reach_outcome selected_profile(struct action_context *context, const struct session *session,
                                           struct profile *profile_out)
{
    if (!session->has_profile)
        return REACH_UNDECIDED;
    enum lk_status status = profile_by_id(context->directory, context->config, context->arena, session->profile,
                                          profile_out, &context->trouble);
    if (status != LK_OK)
        return status == LK_ABSENT ? REACH_UNDECIDED : REACH_TROUBLE;
    return (facts_of(session, profile_out) & FACT_PROFILE_IS_MINE) != 0 ? REACH_ALLOWED : REACH_UNDECIDED;
}

/* None is selected: an account with one profile has nothing to choose. */
static enum reach_outcome only_profile(struct action_context *context, struct session *session,
                                       struct profile *profile_out)
{
    struct profile *profiles = NULL;
    size_t count = 0;
    enum lk_status status = profiles_by_account(context->directory, context->config, context->arena,
                                                session->account.dn, 2, &profiles, &count, NULL, &context->trouble);
    if (status != LK_OK)
        return REACH_TROUBLE;
    if (count != 1)
        return count == 0 ? REACH_NO_PROFILE : REACH_UNDECIDED;
    status = session_select_profile(context->directory, context->arena, session, profiles[0].id, &context->trouble);
    if (status != LK_OK)
        return REACH_TROUBLE;
    *profile_out = profiles[0];
    return REACH_ALLOWED;
}

/* What reach_out->profile opens. */
static enum reach_outcome reach_as(struct action_context *context, const struct session *session,
                                   struct reach *reach_out)
{
    enum lk_status status = read_organization(context, &reach_out->profile, &reach_out->organization);
    if (status != LK_OK)
        return status == LK_ABSENT ? REACH_NO_PROFILE : REACH_TROUBLE;
    reach_out->plan = organization_current_plan(&reach_out->organization, context->now);
    unsigned facts = facts_of(session, &reach_out->profile);
    if (reach_out->plan != NULL)
        facts |= FACT_PLAN_IS_CURRENT;
    return policy_ask(POLICY_REACH_SERVICE, facts) == POLICY_ALLOWED ? REACH_ALLOWED : REACH_NO_PLAN;
}

enum reach_outcome reach_service(struct action_context *context, struct session *session, struct reach *reach_out)
{
    *reach_out = (struct reach){ .plan = NULL };
    enum reach_outcome outcome = selected_profile(context, session, &reach_out->profile);
    if (outcome == REACH_UNDECIDED)
        outcome = only_profile(context, session, &reach_out->profile);
    if (outcome != REACH_ALLOWED)
        return outcome;
    context->acting_as = reach_out->profile.dn;
    return reach_as(context, session, reach_out);
}

enum reach_outcome look_at_reach(struct action_context *context, const struct session *session,
                                 const uint8_t id[static 16], struct reach *reach_out)
{
    *reach_out = (struct reach){ .plan = NULL };
    const enum lk_status status =
        profile_by_id(context->directory, context->config, context->arena, id, &reach_out->profile, &context->trouble);
    if (status != LK_OK)
        return status == LK_ABSENT ? REACH_NO_PROFILE : REACH_TROUBLE;
    if ((facts_of(session, &reach_out->profile) & FACT_PROFILE_IS_MINE) == 0)
        return REACH_NO_PROFILE;
    return reach_as(context, session, reach_out);
}
