/* SPDX-License-Identifier: Apache-2.0 */
/* actions/count_try.h - a try is counted on the entry before it is made: one Modify, by the exact former value, and a look
 * at what came of it, so that of many at once each is counted and never more are made than may be (limits/attempt.h).
 *
 * A name that no account has is counted on the decoy, under a keyed digest of the name: for the same operations, and with the
 * same answer from every daemon. The decoy keeps the COUNT_TRY_NAMES_MOST names tried last. */
#ifndef LATCHKEY_ACTIONS_COUNT_TRY_H
#define LATCHKEY_ACTIONS_COUNT_TRY_H

#include "actions/context.h"

#define COUNT_TRY_NAMES_MOST 64

enum count_try_outcome {
    COUNT_TRY_TROUBLE = 0,
    COUNT_TRY_DONE,     /* it may be made */
    COUNT_TRY_TOO_SOON, /* it is not counted, and must not be made before `wait` seconds have passed */
    COUNT_TRY_BUSY      /* too many at once */
};

struct counted_try {
    const char *dn;    /* of the entry that it is counted on */
    const char *value; /* NULL: nothing was written */
    int64_t wait;
};

/* `kind` as in struct attempt. `account_dn` NULL: no account has the (folded) `name`. */
enum count_try_outcome count_try(struct action_context *context, const char *kind, const char *account_dn,
                                 const char *name, struct counted_try *counted_out);

/* It was the owner: the count ends, unless others have gone on counting meanwhile. */
enum lk_status forget_tries(struct action_context *context, const struct counted_try *counted);

#endif
