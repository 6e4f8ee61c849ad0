/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/sign_in_password.h"

#include "actions/sign_in_step.h"
#include "base/cleanup.h"
#include "base/encoding.h"
#include "directory/names.h"

#include <sodium/randombytes.h>

/* ---- the offer ---- */

/* Nobody's password. */
static struct lk_secret *wrong_password(void)
{
    uint8_t bytes[16];
    char text[LK_BASE64URL_LEN(sizeof bytes) + 1];
    randombytes_buf(bytes, sizeof bytes);
    lk_base64url_encode(bytes, sizeof bytes, text);
    return lk_secret_new(text, LK_BASE64URL_LEN(sizeof bytes));
}

static bool tells_wrong_from_right(struct action_context *context, const char *dn)
{
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *wrong = wrong_password();
    enum directory_password_state state = DIRECTORY_PASSWORD_EXPIRED;
    const enum lk_status status =
        credentials_check_password(context->credentials, context->directory, dn, wrong, &state, &context->trouble);
    return status == LK_REFUSED && state == DIRECTORY_PASSWORD_PLAIN;
}

void sign_in_offer_new_password(struct action_context *context, const struct account *account, bool keep,
                                const char **step_out)
{
    *step_out = NULL;
    if (account->second_factor != NULL || !tells_wrong_from_right(context, account->dn))
        return;
    (void) !sign_in_step_new(context, KEY_USE_PASSWORD_STEP, account, keep, step_out);
}

/* ---- the new password ---- */

static enum sign_in_password_outcome outcome_of(enum lk_status status)
{
    switch (status) {
    case LK_OK: return SIGN_IN_PASSWORD_DONE;
    case LK_ABSENT: return SIGN_IN_PASSWORD_STALE;
    case LK_REFUSED: return SIGN_IN_PASSWORD_REFUSED;
    case LK_BUSY: return SIGN_IN_PASSWORD_BUSY;
    case LK_MALFORMED:
    case LK_CONFLICT:
    case LK_BROKEN: break;
    }
    return SIGN_IN_PASSWORD_TROUBLE;
}

/* All sessions end, and the new one takes their place. */
static enum lk_status write_password(struct action_context *context, const struct lk_secret *password,
                                     struct sign_in_password_result *result)
{
    const struct account *account = &result->account;
    const struct session ended = { .account = *account, .kept = result->keep };
    struct new_password wanted = { .account = account,
                                   .password = password,
                                   .proof = account->verifier != NULL ? NAME_VERIFIER : NULL,
                                   .proof_value = account->verifier,
                                   .told = "password" };
    const enum lk_status status = session_renew(context->ring, context->arena, &ended, &context->origin, context->now,
                                                result->cookie, &wanted.session);
    return status == LK_OK ? new_password_write(context, &wanted, &result->refusal) : status;
}

enum sign_in_password_outcome sign_in_with_new_password(struct action_context *context, const char *step,
                                                        const struct new_password_form *form,
                                                        const struct session *former,
                                                        struct sign_in_password_result *result_out)
{
    *result_out = (struct sign_in_password_result){ .verdict = NEW_PASSWORD_MISSING };
    enum lk_status status =
        sign_in_step_open(context, KEY_USE_PASSWORD_STEP, step, &result_out->keep, &result_out->account);
    if (status != LK_OK)
        return status == LK_ABSENT ? SIGN_IN_PASSWORD_STALE : SIGN_IN_PASSWORD_TROUBLE;
    if (result_out->account.second_factor != NULL) /* turned on meanwhile */
        return SIGN_IN_PASSWORD_STALE;
    result_out->verdict =
        new_password_judge_for(context->credentials, form, &result_out->account, &result_out->quality);
    if (result_out->verdict != NEW_PASSWORD_GOOD)
        return SIGN_IN_PASSWORD_FAULTY;
    status = write_password(context, form->password, result_out);
    if (status == LK_OK && former != NULL)
        status = session_end(context->directory, context->arena, former, &context->trouble);
    return outcome_of(status);
}
