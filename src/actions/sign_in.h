/* SPDX-License-Identifier: Apache-2.0 */
/* actions/sign_in.h - somebody proves to hold an account, or leaves (S1, S13). */
#ifndef LATCHKEY_ACTIONS_SIGN_IN_H
#define LATCHKEY_ACTIONS_SIGN_IN_H

#include "actions/context.h"

enum sign_in_outcome {
    SIGN_IN_TROUBLE = 0,
    SIGN_IN_DONE,
    SIGN_IN_CODE_NEEDED, /* so far so good: the account has a second factor (actions/sign_in_code.h) */
    SIGN_IN_WRONG,       /* the name or the password: on purpose not told apart, in words or in time */
    SIGN_IN_LOCKED,      /* the directory's password policy refuses this account; told only after a right password */
    SIGN_IN_EXPIRED,     /* the same: the password is right, but too old to be used */
    SIGN_IN_MUST_CHANGE, /* the same: somebody else has set it, and it is good for nothing but being replaced */
    SIGN_IN_TOO_MANY,    /* tries: nothing was verified; `wait` says for how long. The same for names that nobody has */
    SIGN_IN_BUSY
};

struct sign_in_form {
    const char *name;
    const struct lk_secret *password;
    bool keep;
    bool is_known; /* this name signed in from this browser before: its tries are counted apart from strangers' */
};

struct sign_in_result {
    struct account account; /* on SIGN_IN_DONE */
    const char *step; /* on SIGN_IN_CODE_NEEDED, and where a password has to be replaced (actions/sign_in_password.h) */
    int64_t wait;     /* on SIGN_IN_TOO_MANY: seconds, at least 1 */
    char cookie[SESSION_COOKIE_LEN + 1];
};

/* `former` (may be NULL) is the session that this browser had: it ends, so that signing in always makes a new one. The session begins only
 * where the password is still the one that was checked, and no second factor has been turned on meanwhile; else all is looked at again. */
enum sign_in_outcome sign_in(struct action_context *context, const struct sign_in_form *form,
                             const struct session *former, struct sign_in_result *result_out);

#endif
