/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/undo_mail.h"

#include "actions/end_links.h"
#include "courier/outbox.h"
#include "courier/outbox_record.h"
#include "directory/names.h"
#include "policy/policy.h"

#include <string.h>
#include <strings.h>

#define TRIES_MOST 5

/* LK_ABSENT: there is nothing to undo. */
static enum lk_status see_what(struct action_context *context, const struct link_claim *claim,
                               struct undo_mail_view *view)
{
    const struct profile *profile = &view->profile;
    view->mail = outbox_told_address(context->arena, context->ring, OUTBOX_MAIL_CHANGING, &profile->sends,
                                     &profile->sents, claim);
    if (view->mail == NULL)
        return LK_ABSENT;
    view->is_replaced = profile->mail == NULL || strcasecmp(profile->mail, view->mail) != 0;
    view->wanted = view->is_replaced ? profile->mail : profile->pending_mail;
    return view->is_replaced || profile->pending_mail != NULL ? LK_OK : LK_ABSENT;
}

enum link_outcome open_undo_mail(struct action_context *context, const struct link_claim *claim,
                                 struct undo_mail_view *view_out)
{
    *view_out = (struct undo_mail_view){ .token_value = link_token_value(context->ring, context->arena, claim) };
    enum lk_status status = profile_by_token(context->directory, context->config, context->arena, view_out->token_value,
                                             &view_out->profile, &context->trouble);
    if (status == LK_OK)
        status = see_what(context, claim, view_out);
    if (status == LK_ABSENT)
        return LINK_OVER;
    if (status == LK_OK)
        status = organization_by_dn(context->directory, context->config, context->arena,
                                    view_out->profile.organization_dn, &view_out->organization, &context->trouble);
    return status == LK_OK ? LINK_LIVE : LINK_TROUBLE;
}

/* Letters about later changes: their links, and what is still to be sent. */
static void ends_later_changes(struct directory_change *change, struct action_context *context,
                               const struct profile *profile, const struct link_claim *claim)
{
    for (size_t i = 0; i < profile->tokens.count; i++) {
        const struct directory_value *value = &profile->tokens.values[i];
        struct link_token token;
        if (link_token_read(context->arena, value->bytes, value->len, &token) == LK_OK &&
            token.purpose == LINK_UNDO_MAIL && token.expires > claim->expires)
            directory_change_delete(change, NAME_TOKEN, value->bytes);
    }
    for (size_t i = 0; i < profile->sends.count; i++) {
        const struct directory_value *value = &profile->sends.values[i];
        struct outbox_request request;
        const char *name = NULL;
        if (outbox_read(context->arena, value, &request, &name, NULL) == LK_OK &&
            request.kind->purpose == LINK_UNDO_MAIL && outbox_is_younger(&request, context->config, claim))
            directory_change_delete(change, NAME_SEND, value->bytes);
    }
}

static void puts_back(struct directory_change *change, struct action_context *context,
                      const struct undo_mail_view *view)
{
    const char *attribute = context->config->directory_profile_mail;
    if (view->profile.mail != NULL)
        directory_change_delete(change, attribute, view->profile.mail);
    directory_change_add(change, attribute, view->mail);
}

static enum lk_status undo(struct action_context *context, const struct link_claim *claim,
                           const struct undo_mail_view *view)
{
    const struct profile *profile = &view->profile;
    const char *disputed = outbox_disputed(context->arena, "mail");
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_delete(change, NAME_TOKEN, view->token_value);
    ends_links(change, context->arena, profile, view->token_value);
    ends_link_requests(change, context->arena, profile);
    ends_later_changes(change, context, profile, claim);
    if (profile->pending_mail != NULL)
        directory_change_delete(change, NAME_PENDING_MAIL, profile->pending_mail);
    if (view->is_replaced)
        puts_back(change, context, view);
    if (!outbox_holds(&profile->sends, disputed))
        directory_change_add(change, NAME_SEND, disputed);
    return directory_modify(context->directory, profile->dn, change, &context->trouble);
}

enum link_outcome redeem_undo_mail(struct action_context *context, const struct link_claim *claim,
                                   struct undo_mail_view *view_out)
{
    for (int i = 0; i < TRIES_MOST; i++) {
        const enum link_outcome outcome = open_undo_mail(context, claim, view_out);
        if (outcome != LINK_LIVE)
            return outcome;
        if (policy_ask(POLICY_UNDO, FACT_LINK_IS_LIVE) != POLICY_ALLOWED)
            return LINK_REFUSED;
        const enum lk_status status = undo(context, claim, view_out);
        if (status == LK_OK)
            return LINK_LIVE;
        if (status == LK_REFUSED)
            return LINK_REFUSED;
        if (status != LK_ABSENT && status != LK_CONFLICT)
            return LINK_TROUBLE;
    }
    return LINK_TROUBLE;
}
