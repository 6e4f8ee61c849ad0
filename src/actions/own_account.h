/* SPDX-License-Identifier: Apache-2.0 */
/* actions/own_account.h - what somebody who is signed in may do to the own account, and what that takes.
 *
 * What could lock its holder out asks for the password once more with the very request: an open session is not proof enough. */
#ifndef LATCHKEY_ACTIONS_OWN_ACCOUNT_H
#define LATCHKEY_ACTIONS_OWN_ACCOUNT_H

#include "actions/context.h"
#include "policy/policy.h"

enum own_outcome {
    OWN_TROUBLE = 0,
    OWN_DONE,
    OWN_WRONG_PASSWORD,
    OWN_TOO_SOON,   /* too many wrong ones: nothing was verified, and the context's `wait` says for how long */
    OWN_LOCKED,     /* the directory's password policy refuses the account for now */
    OWN_FAULTY,     /* the form has faults; nothing was asked of the directory */
    OWN_SIGNED_OUT, /* the account, or this session, is gone */
    OWN_REFUSED,    /* policy, or the directory: its words are in the context's trouble */
    OWN_BUSY,
    OWN_ELSEWHERE /* another directory keeps the password */
};

/* May the session do `act` to its own account? `password` (may be NULL: wrong) is checked against the directory, at the cost of
 * a hash. OWN_DONE: it may.
 *
 * Each try is counted before it is made (count_try.h), by session: whoever has come by one finds the password no sooner there
 * than on the page for signing in, and holds up neither the holder's other browsers nor their signing in. */
enum own_outcome own_account_prove(struct action_context *context, const struct session *session, enum policy_act act,
                                   const struct lk_secret *password);

/* And what asks for no password? */
enum own_outcome own_account_ask(const struct session *session, enum policy_act act);

/* What a Modify on the own account came to. Where it holds the session (session_hold), OWN_SIGNED_OUT is also what comes of a session that
 * was ended while the password was looked at. */
enum own_outcome own_account_outcome(enum lk_status status);

#endif
