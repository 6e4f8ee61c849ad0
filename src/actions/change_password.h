/* SPDX-License-Identifier: Apache-2.0 */
/* actions/change_password.h - somebody who is signed in and knows the old password sets a new one (S7, S17; lesson 15).
 *
 * One Modify: the new verifiers; every session ends, and this browser gets a new one in the place of its own, which must still
 * be there; links that were mailed end. */
#ifndef LATCHKEY_ACTIONS_CHANGE_PASSWORD_H
#define LATCHKEY_ACTIONS_CHANGE_PASSWORD_H

#include "actions/new_password.h"
#include "actions/own_account.h"

struct change_password_result {
    enum new_password_verdict verdict; /* on OWN_FAULTY */
    struct quality quality;
    enum directory_password_refusal refusal; /* on OWN_REFUSED */
    char cookie[SESSION_COOKIE_LEN + 1];     /* on OWN_DONE: the new session's */
};

/* A new password that is no good costs no hash and is told before the old one is looked at. */
enum own_outcome change_password(struct action_context *context, const struct session *session,
                                 const struct lk_secret *old, const struct new_password_form *form,
                                 struct change_password_result *result_out);

#endif
