/* SPDX-License-Identifier: Apache-2.0 */
/* actions/sign_in_code.h - the second step of signing in: the password was right, and the account has a second factor.
 *
 * Between the steps there is no session and nothing is kept: a sealed text in the form says whose password was right, and is
 * good for a few minutes. It dies with the password, as far as the directory shows when that was changed (lkVerifier,
 * pwdChangedTime, pwdLastSet). */
#ifndef LATCHKEY_ACTIONS_SIGN_IN_CODE_H
#define LATCHKEY_ACTIONS_SIGN_IN_CODE_H

#include "actions/sign_in.h"

#define SIGN_IN_STEP_LIFETIME  300 /* seconds */
#define SIGN_IN_STEP_PLAIN_LEN 57
#define SIGN_IN_STEP_LEN       KEY_RING_SEALED_LEN(SIGN_IN_STEP_PLAIN_LEN)

/* For the account whose password has just been checked; in the arena. LK_ABSENT, LK_BROKEN, … as directory_read says. */
LK_MUST_CHECK enum lk_status sign_in_step_new(struct action_context *context, const struct account *account, bool keep,
                                              const char **step_out);

enum sign_in_code_outcome {
    SIGN_IN_CODE_TROUBLE = 0,
    SIGN_IN_CODE_DONE,
    SIGN_IN_CODE_WRONG,
    SIGN_IN_CODE_WAIT,  /* result's `wait` seconds */
    SIGN_IN_CODE_STALE, /* from the beginning, please */
    SIGN_IN_CODE_BUSY
};

struct sign_in_code_result {
    struct account account; /* on SIGN_IN_CODE_DONE */
    bool keep;              /* and where the session is to outlive the browser */
    int64_t wait;
    char cookie[SESSION_COOKIE_LEN + 1];
};

/* The session begins in the Modify that uses the code up. `former` as for sign_in. */
enum sign_in_code_outcome sign_in_with_code(struct action_context *context, const char *step,
                                            const struct lk_secret *code, const struct session *former,
                                            struct sign_in_code_result *result_out);

#endif
