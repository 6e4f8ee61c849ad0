/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/change_password.h"

#include "directory/names.h"

enum own_outcome change_password(struct action_context *context, const struct session *session,
                                 const struct lk_secret *old, const struct new_password_form *form,
                                 struct change_password_result *result_out)
{
    *result_out = (struct change_password_result){ .verdict = NEW_PASSWORD_MISSING };
    if (session->account.person_dn != NULL)
        return OWN_ELSEWHERE;
    result_out->verdict = new_password_judge_for(context->credentials, form, &session->account, &result_out->quality);
    if (result_out->verdict != NEW_PASSWORD_GOOD)
        return OWN_FAULTY;
    const enum own_outcome outcome = own_account_prove(context, session, POLICY_CHANGE_PASSWORD, old);
    if (outcome != OWN_DONE)
        return outcome;
    struct new_password wanted = { .account = &session->account,
                                   .password = form->password,
                                   .proof = NAME_SESSION,
                                   .proof_value = session->value,
                                   .told = "password" };
    enum lk_status status = session_renew(context->ring, context->arena, session, &context->origin, context->now,
                                          result_out->cookie, &wanted.session);
    if (status == LK_OK)
        status = new_password_write(context, &wanted, &result_out->refusal);
    return own_account_outcome(status);
}
