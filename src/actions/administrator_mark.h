/* SPDX-License-Identifier: Apache-2.0 */
/* actions/administrator_mark.h - an administrator makes and unmakes administrators of its own organisation (S5).
 *
 * The mark is a value on the organisation, which must keep one: the directory itself refuses to lose the last, however many try
 * at once. */
#ifndef LATCHKEY_ACTIONS_ADMINISTRATOR_MARK_H
#define LATCHKEY_ACTIONS_ADMINISTRATOR_MARK_H

#include "actions/acting.h"

enum mark_outcome {
    MARK_TROUBLE = 0,
    MARK_DONE, /* also where it was so already */
    MARK_LAST, /* it is the last one */
    MARK_REFUSED
};

/* Policy has been asked (POLICY_MAKE_ADMINISTRATOR). */
enum mark_outcome make_administrator(struct action_context *context, const struct acting *acting,
                                     const struct profile *target);

/* Policy has been asked (POLICY_UNMAKE_ADMINISTRATOR). */
enum mark_outcome unmake_administrator(struct action_context *context, const struct acting *acting,
                                       const struct profile *target);

#endif
