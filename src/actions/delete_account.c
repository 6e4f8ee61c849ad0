/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/delete_account.h"

#include "actions/end_ties.h"
#include "directory/names.h"

/* `session` as for take_away. */
static enum lk_status end_what_is_open(struct action_context *context, const char *dn, const struct session *session)
{
    struct directory_change *change = directory_change_new(context->arena);
    if (session != NULL)
        session_hold(session, change);
    directory_change_replace(change, NAME_SESSION, NULL);
    directory_change_replace(change, NAME_TOKEN, NULL);
    directory_change_replace(change, NAME_SEND, NULL);
    return directory_modify(context->directory, dn, change, &context->trouble);
}

/* `session` is the one that asks, and must still be there; NULL: none does. */
static enum lk_status take_away(struct action_context *context, const char *dn, const struct session *session)
{
    enum lk_status status = end_what_is_open(context, dn, session);
    if (status == LK_OK)
        status = end_ties(context, dn);
    if (status == LK_OK)
        status = directory_delete(context->directory, dn, &context->trouble);
    /* A link that was being redeemed in between. */
    return status == LK_OK ? end_ties(context, dn) : status;
}

enum lk_status remove_account(struct action_context *context, const char *dn)
{
    return take_away(context, dn, NULL);
}

enum own_outcome delete_account(struct action_context *context, const struct session *session,
                                const struct lk_secret *password)
{
    const enum own_outcome outcome = own_account_prove(context, session, POLICY_DELETE_ACCOUNT, password);
    return outcome == OWN_DONE ? own_account_outcome(take_away(context, session->account.dn, session)) : outcome;
}
