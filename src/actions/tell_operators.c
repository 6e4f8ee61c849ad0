/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/tell_operators.h"

#include "actions/choose_profile.h"
#include "directory/names.h"
#include "policy/policy.h"

#include <string.h>

static enum tell_outcome outcome_of_reach(enum reach_outcome reach)
{
    switch (reach) {
    case REACH_ALLOWED:
    case REACH_NO_PLAN: return TELL_DONE;
    case REACH_NO_PROFILE:
    case REACH_UNDECIDED: return TELL_NO_PROFILE;
    case REACH_TROUBLE: break;
    }
    return TELL_TROUBLE;
}

enum tell_outcome may_tell_operators(struct action_context *context, struct session *session,
                                     struct profile *profile_out, struct organization *organization_out)
{
    struct reach reach;
    const enum tell_outcome outcome = outcome_of_reach(reach_service(context, session, &reach));
    if (outcome != TELL_DONE)
        return outcome;
    *profile_out = reach.profile;
    *organization_out = reach.organization;
    if (*context->config->pages_support_address == '\0')
        return TELL_NOBODY;
    const int64_t last = outbox_administrator_gone_sent(context->arena, &reach.organization.sents);
    if (last + TELL_AGAIN > context->now || outbox_administrator_gone_waits(context->arena, &reach.organization.sends))
        return TELL_ALREADY;
    return TELL_DONE;
}

enum tell_outcome tell_operators(struct action_context *context, struct session *session, const char *text)
{
    struct profile profile;
    struct organization organization;
    const enum tell_outcome outcome = may_tell_operators(context, session, &profile, &organization);
    if (outcome != TELL_DONE)
        return outcome;
    if (policy_ask(POLICY_TELL_OPERATORS, FACT_SIGNED_IN | FACT_PROFILE_IS_MINE) != POLICY_ALLOWED)
        return TELL_REFUSED;
    if (*text == '\0')
        return TELL_EMPTY;
    if (strlen(text) > OUTBOX_TEXT_MOST)
        return TELL_LONG;
    const char *from =
        lk_arena_format(context->arena, "%s <%s>", profile.display_name != NULL ? profile.display_name : "",
                        profile.mail != NULL ? profile.mail : "");
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_add(change, NAME_SEND, outbox_administrator_gone(context->arena, from, text));
    switch (directory_modify(context->directory, organization.dn, change, &context->trouble)) {
    case LK_OK: return TELL_DONE;
    case LK_CONFLICT: return TELL_ALREADY;
    case LK_REFUSED: return TELL_REFUSED;
    case LK_ABSENT:
    case LK_MALFORMED:
    case LK_BUSY:
    case LK_BROKEN: break;
    }
    return TELL_TROUBLE;
}
