/* SPDX-License-Identifier: Apache-2.0 */
/* actions/recovery_tries.h - tries at a recovery are counted on the account, before anything is verified (lesson 14).
 *
 * lkAttempt holds, for each window of accounts.question_rest, at most accounts.question_tries values of each sort:
 *
 *   lkAttempt: person window=20782 try=1        lkAttempt: answer window=20782 try=1
 *   lkAttempt: step id=<base64url> until=TIME   what a form's state names, and the next step uses up
 *
 * A try is the addition of a value that is not there yet. A directory adds it once, however many ask at the same time; so no more are
 * ever verified than there are values. Everything happens in one Modify: the used step out, the try in, the next step in. */
#ifndef LATCHKEY_ACTIONS_RECOVERY_TRIES_H
#define LATCHKEY_ACTIONS_RECOVERY_TRIES_H

#include "actions/context.h"

struct recovery_try {
    const char *sort;       /* "person" or "answer" */
    const uint8_t *uses_up; /* id of the step; NULL: none yet */
    const uint8_t *next;    /* id of the step that may follow */
    int64_t until;          /* how long that may be used */
};

/*   LK_OK      counted: verify now
 *   LK_BUSY    there are no tries left in this window
 *   LK_ABSENT  the step has been used up, or the entry is gone
 *   LK_BROKEN */
LK_MUST_CHECK enum lk_status recovery_tries_take(struct action_context *context, const char *dn,
                                                 const struct directory_attribute *attempts,
                                                 const struct recovery_try *wanted);

/* What the same costs where there is nothing to count: one Modify on the decoy. Not of its lkAttempt, which holds counts of
 * others: of lkSession, for it has no sessions. */
LK_MUST_CHECK enum lk_status recovery_tries_pretend(struct action_context *context);

/* The lkAttempt value of a step, in the arena. */
const char *recovery_step_value(struct lk_arena *arena, const uint8_t id[static 16], int64_t until);

#endif
