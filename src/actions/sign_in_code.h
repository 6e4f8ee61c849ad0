/* SPDX-License-Identifier: Apache-2.0 */
/* actions/sign_in_code.h - the second step of signing in: the password was right, and the account has a second factor. The step between is a sealed
 * text (actions/sign_in_step.h). */
#ifndef LATCHKEY_ACTIONS_SIGN_IN_CODE_H
#define LATCHKEY_ACTIONS_SIGN_IN_CODE_H

#include "actions/sign_in.h"

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

/* The session begins in the Modify that uses the code up, which fails where the password is another one by then. `former` as for sign_in. */
enum sign_in_code_outcome sign_in_with_code(struct action_context *context, const char *step,
                                            const struct lk_secret *code, const struct session *former,
                                            struct sign_in_code_result *result_out);

#endif
