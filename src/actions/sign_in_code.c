/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/sign_in_code.h"

#include "actions/second_factor.h"
#include "actions/sign_in_step.h"

/* ---- the session, in the Modify that uses the code up ---- */

struct beginning {
    struct account shown; /* whose password opened the step */
    bool keep;
    bool is_stale;
    char *cookie_out;
};

static enum lk_status begin(struct action_context *context, const struct account *account,
                            struct directory_change *change, void *its)
{
    struct beginning *beginning = its;
    beginning->is_stale = !account_has_same_password(account, &beginning->shown);
    if (beginning->is_stale)
        return LK_ABSENT;
    return session_begin_in(context->config, context->ring, context->arena, account, beginning->keep, &context->origin,
                            context->now, change, beginning->cookie_out);
}

static enum sign_in_code_outcome outcome_of(enum proof_outcome outcome)
{
    switch (outcome) {
    case PROOF_DONE: return SIGN_IN_CODE_DONE;
    case PROOF_WRONG: return SIGN_IN_CODE_WRONG;
    case PROOF_WAIT: return SIGN_IN_CODE_WAIT;
    case PROOF_NONE:
        return SIGN_IN_CODE_STALE; /* turned off meanwhile: then the password is enough, but by the usual way */
    case PROOF_BUSY: return SIGN_IN_CODE_BUSY;
    case PROOF_TROUBLE: break;
    }
    return SIGN_IN_CODE_TROUBLE;
}

enum sign_in_code_outcome sign_in_with_code(struct action_context *context, const char *step,
                                            const struct lk_secret *code, const struct session *former,
                                            struct sign_in_code_result *result_out)
{
    *result_out = (struct sign_in_code_result){ .wait = 0 };
    const enum lk_status status =
        sign_in_step_open(context, KEY_USE_SIGN_IN_STEP, step, &result_out->keep, &result_out->account);
    if (status != LK_OK)
        return status == LK_ABSENT ? SIGN_IN_CODE_STALE : SIGN_IN_CODE_TROUBLE;
    struct beginning beginning = { .shown = result_out->account,
                                   .keep = result_out->keep,
                                   .cookie_out = result_out->cookie };
    const enum sign_in_code_outcome outcome =
        outcome_of(prove_second_factor(context, &result_out->account, code, begin, &beginning, &result_out->wait));
    if (beginning.is_stale)
        return SIGN_IN_CODE_STALE;
    if (outcome == SIGN_IN_CODE_DONE && former != NULL &&
        session_end(context->directory, context->arena, former, &context->trouble) != LK_OK)
        return SIGN_IN_CODE_TROUBLE;
    return outcome;
}
