/* SPDX-License-Identifier: Apache-2.0 */
/* actions/recover.h - a forgotten password, by what its holder knows: personal data, then the answer to the secret question (S9).
 *
 * Three steps, tied together by recovery_state.h. The question is shown only where the personal data was right; in every other
 * case, a name that nobody has included, another one stands in, always the same for a name, and its answer is never right. Each step
 * is counted on the account before anything is verified (recovery_tries.h), and costs the same whatever is the case: a search, a
 * read, a Modify; and a hash for an answer. The last step is one Modify, which tells every confirmed address of the account. */
#ifndef LATCHKEY_ACTIONS_RECOVER_H
#define LATCHKEY_ACTIONS_RECOVER_H

#include "actions/keep_account.h"
#include "actions/recovery_state.h"
#include "actions/reset_password.h"

#define RECOVER_QUESTIONS 8 /* that may stand in */

enum recover_outcome {
    RECOVER_TROUBLE = 0,
    RECOVER_NEXT,   /* on to the next step; after personal data this says nothing of whether it was right */
    RECOVER_WRONG,  /* the answer, or what came before it: on purpose not told apart. `state` is for another try */
    RECOVER_BEGIN,  /* the form is too old, or not ours: from the start */
    RECOVER_CLOSED, /* accounts.reset_by_question is off */
    RECOVER_BUSY
};

struct recover_result {
    const char *state;    /* for the next form */
    const char *question; /* the account's; NULL: the one with the number that stands in */
    unsigned stand_in;
    const char *name; /* the account's; only after the right answer */
};

enum recover_outcome recover_by_person(struct action_context *context, const char *name,
                                       const struct account_person *person, struct recover_result *result_out);

/* `answer` may be NULL. */
enum recover_outcome recover_by_answer(struct action_context *context, const char *state,
                                       const struct lk_secret *answer, struct recover_result *result_out);

/* RESET_USED: the form has been used, is too old, or not ours. */
enum reset_outcome recover_password(struct action_context *context, const char *state,
                                    const struct new_password_form *form, struct reset_result *result_out);

#endif
