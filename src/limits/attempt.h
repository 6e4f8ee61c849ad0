/* SPDX-License-Identifier: Apache-2.0 */
/* limits/attempt.h - tries counted on an entry: one lkAttempt value, which survives a restart and holds for every daemon.
 *
 *   lkAttempt: signin at=20261126160000Z count=3             on the account
 *   lkAttempt: signin at=20261126160000Z count=3 name=…      on the decoy: a name that no account has, as a keyed digest
 *   lkAttempt: own at=20261126160000Z count=1 name=…         on the account: the passwords typed in one of its sessions
 *   lkAttempt: counting kind=signin                          beside the first, and with `name` beside the others: the mark that
 *                                                            there is such a count
 *
 * The first limits.account_tries tries cost nothing; each one after that has to wait for twice as long as the one before, up
 * to limits.account_longest_pause. After limits.account_forget without a try the count begins anew, and the owner's success
 * takes it away: nobody can keep somebody out for long. A try that came too early is not counted: it was not made.
 * Pure functions; values live in the arena given. */
#ifndef LATCHKEY_LIMITS_ATTEMPT_H
#define LATCHKEY_LIMITS_ATTEMPT_H

#include "base/arena.h"
#include "base/status.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct attempt {
    const char *
        kind; /* "signin"; "signin-known" from a browser that the name signed in with before; "own" by who is signed in */
    const char *name; /* NULL: the entry's own */
    int64_t at;       /* when the latest try was counted */
    int64_t count;
};

/* LK_MALFORMED: not such a value. */
LK_MUST_CHECK enum lk_status attempt_read(struct lk_arena *arena, const char *text, size_t len,
                                          struct attempt *attempt_out);
const char *attempt_write(struct lk_arena *arena, const struct attempt *attempt);

/* The mark beside it: the same text whatever was counted and when, so that of many who add it a directory lets one. */
const char *attempt_mark(struct lk_arena *arena, const struct attempt *attempt);

/* Is it so old that it no longer counts? */
bool attempt_is_over(const struct config *config, const struct attempt *attempt, int64_t now);

/* Seconds until the next try may be made; 0: now. Never more than limits.account_longest_pause, whatever the value says. */
int64_t attempt_wait(const struct config *config, const struct attempt *attempt, int64_t now);

#endif
