/* SPDX-License-Identifier: Apache-2.0 */
/* actions/sign_in_step.h - what stands between two steps of signing in, when the password was right and something is still wanted.
 *
 * There is no session then and nothing is kept: a sealed text in the form says whose password was right, and is good for a few
 * minutes. It dies with the password, as far as the directory shows when that was changed (lkVerifier, pwdChangedTime,
 * pwdLastSet). Each kind of step has a use of the key ring of its own, so that none is taken for another. */
#ifndef LATCHKEY_ACTIONS_SIGN_IN_STEP_H
#define LATCHKEY_ACTIONS_SIGN_IN_STEP_H

#include "actions/context.h"

#define SIGN_IN_STEP_LIFETIME  300 /* seconds */
#define SIGN_IN_STEP_PLAIN_LEN 57
#define SIGN_IN_STEP_LEN       KEY_RING_SEALED_LEN(SIGN_IN_STEP_PLAIN_LEN)

/* For the account whose password has just been checked; in the arena. LK_ABSENT, LK_BROKEN, … as directory_read says. */
LK_MUST_CHECK enum lk_status sign_in_step_new(struct action_context *context, enum key_use use,
                                              const struct account *account, bool keep, const char **text_out);

/* Whose step is it, and is the session to outlive the browser? LK_ABSENT: nobody's any more. */
LK_MUST_CHECK enum lk_status sign_in_step_open(struct action_context *context, enum key_use use, const char *text,
                                               bool *keep_out, struct account *account_out);

#endif
