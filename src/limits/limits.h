/* SPDX-License-Identifier: Apache-2.0 */
/* limits/limits.h - how often something may be tried, as this daemon remembers it.
 *
 * Each limit is a row of a table (limits.c): what it counts by, and which settings say how much. A try belongs to several
 * limits at once (the address it comes from, that address's network, the name it is about): it takes a token of each, or of
 * none. It is taken before the work is done; who turns out to be in the right gets it back.
 *
 * Owns:    a bounded table of token buckets (buckets.h), keyed by digests under a key of this process; the metric
 *          latchkey_limited_total.
 * Needs:   a constant struct config; libsodium started.
 * Limits:  what is here ends with the process. What must hold longer, or across daemons, stands on entries (attempt.h).
 * Threads: any. */
#ifndef LATCHKEY_LIMITS_LIMITS_H
#define LATCHKEY_LIMITS_LIMITS_H

#include "base/status.h"
#include "config/config.h"

#include <stddef.h>
#include <stdint.h>

enum limit {
    LIMIT_SIGN_IN_ADDRESS = 0, /* counted by the address; the same for its network */
    LIMIT_SIGN_IN_NETWORK,
    LIMIT_SIGN_IN_NAME,  /* as typed, folded */
    LIMIT_SIGN_IN_KNOWN, /* the same, from a browser in which that name signed in before */
    LIMIT_SIGN_UP_ADDRESS,
    LIMIT_SIGN_UP_NETWORK,
    LIMIT_MAIL_ADDRESS, /* messages asked for, by where the asker is */
    LIMIT_MAIL_NETWORK,
    LIMIT_MAIL_ACCOUNT, /* by who asks */
    LIMIT_MAIL_TARGET,  /* by the address that is to be confirmed, folded */
    LIMIT_MAIL_PROFILE, /* by the profile that the message is about */
    LIMITS_COUNT
};

struct limits;

/* Never NULL. `config` need not outlive it. */
struct limits *limits_new(const struct config *config);

/* Accepts NULL. */
void limits_free(struct limits *limits);

/* `text` is what the limit counts by; NULL, or no IP address where one is counted: no limit. */
struct limits_subject {
    enum limit limit;
    const char *text;
};

#define LIMITS_SUBJECTS_MOST 5

/* LK_BUSY: one of them has no token left; *wait_out says in how many seconds (at least 1) all have. */
LK_MUST_CHECK enum lk_status limits_take(struct limits *limits, const struct limits_subject *subjects, size_t count,
                                         int64_t *wait_out);
void limits_give_back(struct limits *limits, const struct limits_subject *subjects, size_t count);

#endif
