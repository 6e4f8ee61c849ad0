/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/confirm_mail.h"

#include "actions/new_password.h"
#include "directory/names.h"
#include "directory/people.h"

#include <string.h>

enum link_outcome open_confirmation(struct action_context *context, const struct session *session,
                                    const struct link_claim *claim, struct confirm_view *view_out)
{
    *view_out = (struct confirm_view){ .mail = NULL };
    if (link_is_for_any_account(claim) || !link_fits_account(claim, session))
        return LINK_FOREIGN;
    view_out->token_value = link_token_value(context->ring, context->arena, claim);
    struct account account;
    enum lk_status status = account_by_token(context->directory, context->config, context->arena, view_out->token_value,
                                             &account, &context->trouble);
    if (status != LK_OK && status != LK_ABSENT)
        return LINK_TROUBLE;
    if (status == LK_ABSENT) {
        const char *confirmed = session->account.alternate_mail;
        bool is_done = confirmed != NULL && link_was_sent_to(context->ring, claim, confirmed);
        view_out->mail = is_done ? confirmed : NULL;
        return is_done ? LINK_ALREADY : LINK_USED;
    }
    if (account.pending_mail == NULL || !link_was_sent_to(context->ring, claim, account.pending_mail))
        return LINK_USED;
    view_out->mail = account.pending_mail;
    return LINK_LIVE;
}

enum link_outcome redeem_confirmation(struct action_context *context, const struct session *session,
                                      const struct link_claim *claim, struct confirm_view *view_out)
{
    enum link_outcome outcome = open_confirmation(context, session, claim, view_out);
    if (outcome != LINK_LIVE)
        return outcome;
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_delete(change, NAME_TOKEN, view_out->token_value);
    directory_change_delete(change, NAME_PENDING_MAIL, view_out->mail);
    directory_change_replace(change, NAME_ALTERNATE_MAIL, view_out->mail);
    const char *former = account_rescue_mail(&session->account); /* helped its holder back in until now */
    if (former != NULL && strcmp(former, view_out->mail) != 0)
        tell_of_change(context, change, &session->account, "address", former);
    switch (directory_modify(context->directory, session->account.dn, change, &context->trouble)) {
    case LK_OK: return LINK_LIVE;
    case LK_ABSENT: return LINK_USED;
    case LK_REFUSED: return LINK_REFUSED;
    case LK_MALFORMED:
    case LK_CONFLICT:
    case LK_BUSY:
    case LK_BROKEN: break;
    }
    return LINK_TROUBLE;
}
