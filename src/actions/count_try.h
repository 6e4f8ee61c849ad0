/* SPDX-License-Identifier: Apache-2.0 */
/* actions/count_try.h - a try is counted on the entry before it is made: one Modify, which takes the exact former value out, so
 * that of many at once each is counted and never more are made than may be (limits/attempt.h).
 *
 * A first try has no former value. It adds a mark besides, whose text is always the same: that fails for all who come second, and
 * they count from what they then read. So there is one count of a kind at most, and each try is counted in it after all before.
 * Where there are several nevertheless, or a mark alone (a person's ldapmodify), whatever was seen is taken out in the same way.
 *
 * A name that no account has is counted on the decoy, under a keyed digest of the name: for the same operations, and with the
 * same answer from every daemon. The decoy keeps the COUNT_TRY_NAMES_MOST names tried last (and as many more as found room for one
 * at the same moment): a directory writes the whole entry each time, and many would make it slower than an account's. */
#ifndef LATCHKEY_ACTIONS_COUNT_TRY_H
#define LATCHKEY_ACTIONS_COUNT_TRY_H

#include "actions/context.h"

#define COUNT_TRY_NAMES_MOST 32

enum count_try_outcome {
    COUNT_TRY_TROUBLE = 0,
    COUNT_TRY_DONE,     /* it may be made */
    COUNT_TRY_TOO_SOON, /* it is not counted, and must not be made before `wait` seconds have passed */
    COUNT_TRY_BUSY      /* too many at once */
};

struct counted_try {
    const char *dn;    /* of the entry that it is counted on */
    const char *value; /* NULL: nothing was written */
    const char *mark;  /* beside it; NULL: there is none */
    int64_t wait;
};

/* What is counted. */
struct try_of {
    const char *kind;       /* as in struct attempt */
    const char *account_dn; /* NULL: no account has `name`, which is counted on the decoy */
    const char *name;       /* folded */
    const char *session;    /* NULL, or the id of the session that it is made in: each one's are counted apart */
};

enum count_try_outcome count_try(struct action_context *context, const struct try_of *tried,
                                 struct counted_try *counted_out);

/* It was the owner: the count ends, unless others have gone on counting meanwhile. */
enum lk_status forget_tries(struct action_context *context, const struct counted_try *counted);

/* The same into a Modify of the caller's on that entry, which fails with LK_ABSENT where others have gone on counting since
 * `attempts` were read; NULL: since it was counted. */
void forget_tries_in(const struct counted_try *counted, const struct directory_attribute *attempts,
                     struct directory_change *change);

#endif
