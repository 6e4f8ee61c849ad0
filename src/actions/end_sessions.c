/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/end_sessions.h"

enum own_outcome end_sessions(struct action_context *context, const struct session *session, const char *id)
{
    const struct account *account = &session->account;
    const enum own_outcome outcome = own_account_ask(session, POLICY_END_SESSIONS);
    if (outcome != OWN_DONE)
        return outcome;
    if (id == NULL)
        return own_account_outcome(session_end_all(context->directory, context->arena, account->dn, &context->trouble));
    return own_account_outcome(session_end_by_id(context->directory, context->arena, account, id, &context->trouble));
}
