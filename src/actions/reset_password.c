/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/reset_password.h"

#include "courier/outbox.h"
#include "directory/names.h"
#include "policy/policy.h"

/* By where it is asked from. By the name it would let anybody keep its owner out. */
static enum lk_status take_token(struct action_context *context, int64_t *wait_out)
{
    const struct limits_subject subjects[] = {
        {LIMIT_MAIL_ADDRESS,  context->origin.address},
        { LIMIT_MAIL_NETWORK, context->origin.address}
    };
    return limits_take(context->limits, subjects, sizeof subjects / sizeof *subjects, wait_out);
}

enum reset_ask_outcome ask_for_reset(struct action_context *context, const char *name, int64_t *wait_out)
{
    if (!context->config->accounts_reset_by_link)
        return RESET_ASK_CLOSED;
    if (take_token(context, wait_out) != LK_OK)
        return RESET_ASK_TOO_SOON;
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_add(change, NAME_SEND, outbox_recover(context->arena, name));
    switch (directory_modify(context->directory, context->config->directory_decoy, change, &context->trouble)) {
    case LK_OK:
    case LK_CONFLICT: /* the same request is still waiting */ return RESET_ASK_DONE;
    case LK_REFUSED: /* the constraint overlay bounds how many may wait */
    case LK_BUSY: return RESET_ASK_TOO_MANY;
    case LK_ABSENT:
    case LK_MALFORMED:
    case LK_BROKEN: break;
    }
    return RESET_ASK_TROUBLE;
}

enum link_outcome open_reset(struct action_context *context, const struct link_claim *claim,
                             struct reset_view *view_out)
{
    *view_out = (struct reset_view){ .token_value = link_token_value(context->ring, context->arena, claim) };
    const enum lk_status status = account_by_token(context->directory, context->config, context->arena,
                                                   view_out->token_value, &view_out->account, &context->trouble);
    if (status == LK_ABSENT)
        return LINK_USED;
    if (status != LK_OK)
        return LINK_TROUBLE;
    if (claim->purpose == LINK_UNDO_ACCOUNT)
        return LINK_LIVE; /* the address may be the account's no longer: that is what is disputed */
    const char *mail = account_rescue_mail(&view_out->account);
    return view_out->account.person_dn == NULL && mail != NULL && link_was_sent_to(context->ring, claim, mail)
               ? LINK_LIVE
               : LINK_USED;
}

enum reset_outcome reset_outcome_of(enum lk_status status)
{
    switch (status) {
    case LK_OK: return RESET_DONE;
    case LK_ABSENT: return RESET_USED;
    case LK_REFUSED: return RESET_REFUSED;
    case LK_BUSY: return RESET_BUSY;
    case LK_MALFORMED:
    case LK_CONFLICT:
    case LK_BROKEN: break;
    }
    return RESET_TROUBLE;
}

enum reset_outcome reset_by_link(struct action_context *context, const struct link_claim *claim,
                                 const struct new_password_form *form, struct reset_result *result_out)
{
    *result_out = (struct reset_result){ .verdict = NEW_PASSWORD_MISSING };
    const enum link_outcome outcome = open_reset(context, claim, &result_out->view);
    if (outcome != LINK_LIVE)
        return outcome == LINK_USED ? RESET_USED : RESET_TROUBLE;
    /* open_reset has proven them; policy is asked all the same, so that its table stays the one place. */
    const bool is_undo = claim->purpose == LINK_UNDO_ACCOUNT;
    const enum policy_act act = is_undo ? POLICY_UNDO : POLICY_RESET_PASSWORD;
    const unsigned facts = FACT_LINK_IS_LIVE | (is_undo ? 0U : (unsigned) FACT_LINK_FITS_ADDRESS);
    if (policy_ask(act, facts) != POLICY_ALLOWED)
        return RESET_USED;
    result_out->verdict =
        new_password_judge_for(context->credentials, form, &result_out->view.account, &result_out->quality);
    if (result_out->verdict != NEW_PASSWORD_GOOD)
        return RESET_FAULTY;
    const struct new_password wanted = { .account = &result_out->view.account,
                                         .password = form->password,
                                         .proof = NAME_TOKEN,
                                         .proof_value = result_out->view.token_value,
                                         .told = is_undo ? NULL : "password",
                                         .disputed = is_undo ? claim : NULL };
    return reset_outcome_of(new_password_write(context, &wanted, &result_out->refusal));
}
