/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/own_account.h"

#include "actions/count_try.h"
#include "actions/operate.h"

enum own_outcome own_account_ask(const struct session *session, enum policy_act act)
{
    (void) session; /* its account is the own one by being in it */
    return policy_ask(act, FACT_SIGNED_IN | FACT_ACCOUNT_IS_MINE) == POLICY_ALLOWED ? OWN_DONE : OWN_REFUSED;
}

enum own_outcome own_account_outcome(enum lk_status status)
{
    switch (status) {
    case LK_OK: return OWN_DONE;
    case LK_ABSENT: return OWN_SIGNED_OUT;
    case LK_REFUSED: return OWN_REFUSED;
    case LK_BUSY: return OWN_BUSY;
    case LK_MALFORMED:
    case LK_CONFLICT:
    case LK_BROKEN: break;
    }
    return OWN_TROUBLE;
}

static enum own_outcome count(struct action_context *context, const struct session *session,
                              struct counted_try *counted_out)
{
    const struct try_of tried = { .kind = "own", .account_dn = session->account.dn, .session = session->id };
    switch (count_try(context, &tried, counted_out)) {
    case COUNT_TRY_DONE: return OWN_DONE;
    case COUNT_TRY_TOO_SOON: context->wait = counted_out->wait; return OWN_TOO_SOON;
    case COUNT_TRY_BUSY: return OWN_BUSY;
    case COUNT_TRY_TROUBLE: break;
    }
    return OWN_TROUBLE;
}

static enum own_outcome check_password(struct action_context *context, const struct session *session,
                                       const struct lk_secret *password)
{
    enum directory_password_state state = DIRECTORY_PASSWORD_PLAIN;
    const enum lk_status status = credentials_check_password(context->credentials, context->directory,
                                                             session->account.dn, password, &state, &context->trouble);
    const bool is_told = status == LK_OK || status == LK_REFUSED;
    if (is_told && state == DIRECTORY_PASSWORD_LOCKED)
        return OWN_LOCKED;
    switch (status) {
    case LK_OK: return OWN_DONE;
    case LK_REFUSED:
    case LK_MALFORMED: return OWN_WRONG_PASSWORD;
    case LK_BUSY: return OWN_BUSY;
    case LK_ABSENT:
    case LK_CONFLICT:
    case LK_BROKEN: break;
    }
    return OWN_TROUBLE;
}

/* That a count stays is no reason to refuse a right password. */
static enum own_outcome count_and_check(struct action_context *context, const struct session *session,
                                        const struct lk_secret *password)
{
    struct counted_try counted;
    if (password == NULL)
        return OWN_WRONG_PASSWORD;
    enum own_outcome outcome = count(context, session, &counted);
    if (outcome == OWN_DONE)
        outcome = check_password(context, session, password);
    if (outcome == OWN_DONE)
        (void) forget_tries(context, &counted);
    return outcome;
}

/* Is the account itself an operator's? Asked only where it matters. */
static enum own_outcome gather(struct action_context *context, const struct session *session, enum policy_act act,
                               unsigned *facts)
{
    const char *name = NULL;
    if (act != POLICY_DELETE_ACCOUNT)
        return OWN_DONE;
    const enum lk_status status = operator_name(context, session->account.dn, NULL, &name);
    if (status != LK_OK && status != LK_ABSENT)
        return OWN_TROUBLE;
    *facts |= status == LK_OK ? (unsigned) FACT_IS_OPERATOR : (unsigned) FACT_IS_NO_OPERATOR;
    return OWN_DONE;
}

enum own_outcome own_account_prove(struct action_context *context, const struct session *session, enum policy_act act,
                                   const struct lk_secret *password)
{
    unsigned facts = FACT_SIGNED_IN | FACT_ACCOUNT_IS_MINE;
    enum own_outcome outcome = count_and_check(context, session, password);
    if (outcome != OWN_DONE)
        return outcome;
    facts |= FACT_PASSWORD_IS_PROVEN;
    outcome = gather(context, session, act, &facts);
    if (outcome != OWN_DONE)
        return outcome;
    return policy_ask(act, facts) == POLICY_ALLOWED ? OWN_DONE : OWN_REFUSED;
}
