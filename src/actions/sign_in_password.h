/* SPDX-License-Identifier: Apache-2.0 */
/* actions/sign_in_password.h - the password was right, but the directory wants another one: it has expired, or somebody else has set it.
 * Its holder sets a new one right there, and is signed in by the same Modify.
 *
 * The step between is a sealed text (actions/sign_in_step.h). The Modify takes out the lkVerifier value of the old password, so that
 * of two who use one step one succeeds; an account that other programs gave its password has none, and there the later one counts.
 * An account with a second factor is offered no such step, for a password alone must not be enough to change it. */
#ifndef LATCHKEY_ACTIONS_SIGN_IN_PASSWORD_H
#define LATCHKEY_ACTIONS_SIGN_IN_PASSWORD_H

#include "actions/new_password.h"

/* For the account whose password was just found to have expired, or to have to be changed. *step_out is NULL where there is no such
 * way: the person can have a link sent.
 * That a password has expired is taken for a proof only where the directory does not say the same of a wrong one: it is asked with one
 * (at the cost of a hash, and of one failure in its own count). */
void sign_in_offer_new_password(struct action_context *context, const struct account *account, bool keep,
                                const char **step_out);

enum sign_in_password_outcome {
    SIGN_IN_PASSWORD_TROUBLE = 0,
    SIGN_IN_PASSWORD_DONE,
    SIGN_IN_PASSWORD_FAULTY,  /* `verdict` and `quality` say why */
    SIGN_IN_PASSWORD_REFUSED, /* by the directory: `refusal` */
    SIGN_IN_PASSWORD_STALE,   /* from the beginning, please */
    SIGN_IN_PASSWORD_BUSY
};

struct sign_in_password_result {
    struct account account; /* unless it is stale */
    bool keep;
    enum new_password_verdict verdict;
    struct quality quality;
    enum directory_password_refusal refusal;
    char cookie[SESSION_COOKIE_LEN + 1]; /* on SIGN_IN_PASSWORD_DONE */
};

/* `former` as for sign_in. */
enum sign_in_password_outcome sign_in_with_new_password(struct action_context *context, const char *step,
                                                        const struct new_password_form *form,
                                                        const struct session *former,
                                                        struct sign_in_password_result *result_out);

#endif
