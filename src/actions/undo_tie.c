/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/undo_tie.h"

#include "actions/end_links.h"
#include "courier/outbox.h"
#include "courier/outbox_record.h"
#include "directory/names.h"
#include "policy/policy.h"

#define TRIES_MOST 5

/* LK_ABSENT: it is tied to another account by now, or to none. */
static enum lk_status check_tie(struct action_context *context, const struct link_claim *claim,
                                const struct profile *profile)
{
    struct account account;
    if (profile->account_dn == NULL)
        return LK_ABSENT;
    const enum lk_status status =
        account_by_id(context->directory, context->config, context->arena, claim->account, &account, &context->trouble);
    if (status != LK_OK)
        return status;
    return dn_equals(profile->account_dn, account.dn) ? LK_OK : LK_ABSENT;
}

enum link_outcome open_undo_tie(struct action_context *context, const struct link_claim *claim,
                                struct undo_tie_view *view_out)
{
    *view_out = (struct undo_tie_view){ .token_value = link_token_value(context->ring, context->arena, claim) };
    enum lk_status status = profile_by_token(context->directory, context->config, context->arena, view_out->token_value,
                                             &view_out->profile, &context->trouble);
    if (status == LK_OK)
        status = check_tie(context, claim, &view_out->profile);
    if (status == LK_ABSENT)
        return LINK_OVER;
    if (status == LK_OK)
        status = organization_by_dn(context->directory, context->config, context->arena,
                                    view_out->profile.organization_dn, &view_out->organization, &context->trouble);
    return status == LK_OK ? LINK_LIVE : LINK_TROUBLE;
}

static enum lk_status cut(struct action_context *context, const struct undo_tie_view *view)
{
    const struct profile *profile = &view->profile;
    const char *disputed = outbox_disputed(context->arena, "tie");
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_delete(change, NAME_TOKEN, view->token_value);
    ends_links(change, context->arena, profile, view->token_value);
    ends_link_requests(change, context->arena, profile);
    directory_change_delete(change, NAME_ACCOUNT_DN, profile->account_dn);
    if (profile->pending_mail != NULL)
        directory_change_delete(change, NAME_PENDING_MAIL, profile->pending_mail);
    if (!outbox_holds(&profile->sends, disputed))
        directory_change_add(change, NAME_SEND, disputed);
    return directory_modify(context->directory, profile->dn, change, &context->trouble);
}

enum link_outcome redeem_undo_tie(struct action_context *context, const struct link_claim *claim,
                                  struct undo_tie_view *view_out)
{
    for (int i = 0; i < TRIES_MOST; i++) {
        const enum link_outcome outcome = open_undo_tie(context, claim, view_out);
        if (outcome != LINK_LIVE)
            return outcome;
        if (policy_ask(POLICY_UNDO, FACT_LINK_IS_LIVE) != POLICY_ALLOWED)
            return LINK_REFUSED;
        const enum lk_status status = cut(context, view_out);
        if (status == LK_OK)
            return LINK_LIVE;
        if (status == LK_REFUSED)
            return LINK_REFUSED;
        if (status != LK_ABSENT && status != LK_CONFLICT)
            return LINK_TROUBLE;
    }
    return LINK_TROUBLE;
}
