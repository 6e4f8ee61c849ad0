/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/acting.h"

#include "actions/choose_profile.h"
#include "actions/second_factor.h"

#include <string.h>

/* The profile and its organisation. A plan that has ended closes the services, not the organisation's own house. */
static enum acting_outcome read_acting(struct action_context *context, struct session *session,
                                       struct acting *acting_out)
{
    struct reach reach;
    *acting_out = (struct acting){ .facts = 0 };
    switch (reach_service(context, session, &reach)) {
    case REACH_ALLOWED:
    case REACH_NO_PLAN: break;
    case REACH_NO_PROFILE: return ACTING_NO_PROFILE;
    case REACH_UNDECIDED: return ACTING_UNDECIDED;
    case REACH_TROUBLE: return ACTING_TROUBLE;
    }
    acting_out->profile = reach.profile;
    acting_out->organization = reach.organization;
    acting_out->is_administrator = organization_has_administrator(&reach.organization, reach.profile.dn);
    acting_out->lacks_second_factor = second_factor_is_missing(context->config, &session->account);
    acting_out->facts = FACT_SIGNED_IN | FACT_PROFILE_IS_MINE; /* reach_service has seen to both */
    if (acting_out->is_administrator)
        acting_out->facts |= FACT_IS_ADMINISTRATOR;
    return ACTING_ALLOWED;
}

/* What only an administrator may do, takes a second factor where the operator says so. */
static enum acting_outcome ask(const struct acting *acting, enum policy_act act, unsigned facts)
{
    if (policy_ask(act, facts) != POLICY_ALLOWED)
        return ACTING_REFUSED;
    const bool is_everybodys = policy_ask(act, facts & ~(unsigned) FACT_IS_ADMINISTRATOR) == POLICY_ALLOWED;
    if (!is_everybodys && acting->lacks_second_factor)
        return ACTING_NO_SECOND_FACTOR;
    return ACTING_ALLOWED;
}

enum acting_outcome act_as_profile(struct action_context *context, struct session *session, enum policy_act act,
                                   struct acting *acting_out)
{
    const enum acting_outcome outcome = read_acting(context, session, acting_out);
    return outcome == ACTING_ALLOWED ? ask(acting_out, act, acting_out->facts) : outcome;
}

static enum acting_outcome look_at(struct action_context *context, const struct acting *acting,
                                   const uint8_t id[static 16], struct profile *target_out, unsigned *facts)
{
    const enum lk_status status =
        profile_by_id(context->directory, context->config, context->arena, id, target_out, &context->trouble);
    if (status == LK_ABSENT)
        return ACTING_NOT_FOUND;
    if (status != LK_OK)
        return ACTING_TROUBLE;
    if (!dn_equals(target_out->organization_dn, acting->organization.dn))
        return ACTING_NOT_FOUND;
    const bool is_me = memcmp(target_out->id, acting->profile.id, sizeof target_out->id) == 0;
    *facts |= FACT_TARGET_IS_IN_ORGANIZATION;
    *facts |= is_me ? (unsigned) FACT_TARGET_IS_ME : (unsigned) FACT_TARGET_IS_ANOTHER;
    return ACTING_ALLOWED;
}

enum acting_outcome act_upon_profile(struct action_context *context, struct session *session, enum policy_act act,
                                     const uint8_t id[static 16], struct acting *acting_out, struct profile *target_out)
{
    enum acting_outcome outcome = act_as_profile(context, session, POLICY_SEE_PEOPLE, acting_out);
    if (outcome == ACTING_ALLOWED)
        outcome = look_at(context, acting_out, id, target_out, &acting_out->facts);
    return outcome == ACTING_ALLOWED ? ask(acting_out, act, acting_out->facts) : outcome;
}

enum acting_outcome act_upon_one(struct action_context *context, const struct acting *acting, enum policy_act act,
                                 const uint8_t id[static 16], struct profile *target_out)
{
    unsigned facts = acting->facts;
    const enum acting_outcome outcome = look_at(context, acting, id, target_out, &facts);
    return outcome == ACTING_ALLOWED ? ask(acting, act, facts) : outcome;
}

enum acting_outcome act_upon_oneself(struct action_context *context, struct session *session, enum policy_act act,
                                     struct acting *acting_out, struct profile *target_out)
{
    const enum acting_outcome outcome = read_acting(context, session, acting_out);
    if (outcome != ACTING_ALLOWED)
        return outcome;
    acting_out->facts |= FACT_TARGET_IS_ME;
    *target_out = acting_out->profile;
    return ask(acting_out, act, acting_out->facts);
}

struct acting acting_as_bound(const struct organization *organization)
{
    return (struct acting){ .organization = *organization };
}

enum lk_status acting_read_again(struct action_context *context, const struct acting *acting,
                                 const struct profile *former, struct profile *now_out)
{
    struct profile now;
    const bool is_daemon = acting->profile.dn != NULL;
    enum lk_status status =
        is_daemon
            ? profile_by_id(context->directory, context->config, context->arena, former->id, &now, &context->trouble)
            : profile_by_dn(context->directory, context->config, context->arena, former->dn, &now, &context->trouble);
    if (status == LK_OK && memcmp(now.id, former->id, sizeof now.id) != 0)
        status = LK_ABSENT;
    if (status == LK_OK)
        *now_out = now;
    return status;
}

enum lk_status acting_modify(struct action_context *context, const struct acting *acting, const char *dn,
                             const struct directory_change *change)
{
    directory_act_as(context->directory, acting->profile.dn);
    const enum lk_status status = directory_modify(context->directory, dn, change, &context->trouble);
    directory_act_as(context->directory, NULL);
    return status;
}

enum lk_status acting_add(struct action_context *context, const struct acting *acting, const char *dn,
                          const struct directory_change *attributes)
{
    directory_act_as(context->directory, acting->profile.dn);
    const enum lk_status status = directory_add(context->directory, dn, attributes, &context->trouble);
    directory_act_as(context->directory, NULL);
    return status;
}

enum lk_status acting_delete(struct action_context *context, const struct acting *acting, const char *dn)
{
    directory_act_as(context->directory, acting->profile.dn);
    const enum lk_status status = directory_delete(context->directory, dn, &context->trouble);
    directory_act_as(context->directory, NULL);
    return status;
}
