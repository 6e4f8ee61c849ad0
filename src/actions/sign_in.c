/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/sign_in.h"

static enum sign_in_outcome outcome_of_check(enum lk_status status)
{
    switch (status) {
    case LK_OK: return SIGN_IN_DONE;
    case LK_REFUSED:
    case LK_MALFORMED: return SIGN_IN_WRONG;
    case LK_BUSY: return SIGN_IN_BUSY;
    case LK_ABSENT:
    case LK_CONFLICT:
    case LK_BROKEN: break;
    }
    return SIGN_IN_TROUBLE;
}

enum sign_in_outcome sign_in(struct action_context *context, const char *name, const struct lk_secret *password,
                             bool keep, const struct session *former, struct sign_in_result *result_out)
{
    *result_out = (struct sign_in_result){ .state = DIRECTORY_PASSWORD_PLAIN };
    struct account account = { .dn = NULL };
    enum lk_status found =
        account_by_name(context->directory, context->config, context->arena, name, &account, &context->trouble);
    if (found != LK_OK && found != LK_ABSENT && found != LK_CONFLICT && found != LK_MALFORMED)
        return SIGN_IN_TROUBLE;
    const char *dn = found == LK_OK ? account.dn : NULL;
    enum lk_status status = credentials_check_password(context->credentials, context->directory, dn, password,
                                                       &result_out->state, &context->trouble);
    enum sign_in_outcome outcome = outcome_of_check(status);
    if (outcome != SIGN_IN_DONE)
        return outcome;
    if (result_out->state == DIRECTORY_PASSWORD_LOCKED)
        return SIGN_IN_LOCKED;
    status = session_begin(context->config, context->ring, context->directory, context->arena, &account, keep,
                           &context->origin, context->now, result_out->cookie, &context->trouble);
    if (status == LK_ABSENT) /* removed since it was found */
        return SIGN_IN_WRONG;
    if (status != LK_OK)
        return SIGN_IN_TROUBLE;
    if (former != NULL && session_end(context->directory, context->arena, former, &context->trouble) != LK_OK)
        return SIGN_IN_TROUBLE;
    result_out->account = account;
    return SIGN_IN_DONE;
}
