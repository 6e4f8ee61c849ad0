/* SPDX-License-Identifier: Apache-2.0 */
/* cli/patience.h - long work waits for a directory that is away, and ends only when it has been away for too long.
 *
 * Several threads do the work, each asks before every try. Once one of them has found the directory away, they wait here; one at a time
 * looks whether it is back, after growing pauses (base/outage.h), and when it is, all go on.
 * Threads: any, from _begin on. */
#ifndef LATCHKEY_CLI_PATIENCE_H
#define LATCHKEY_CLI_PATIENCE_H

#include "base/outage.h"
#include "base/status.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct patience {
    pthread_mutex_t lock; /* for all below */
    pthread_cond_t changed;
    struct outage outage;
    int64_t most;           /* seconds */
    int64_t since;          /* monotonic: when the directory was found away */
    bool is_over;           /* nobody tries any more */
    bool is_in_vain;        /* because it has been waited for too long */
    enum lk_status failure; /* the last one */
    struct lk_trouble why;
};

/* Waits for at most so many `seconds` in one piece. 0: what fails once has failed. */
void patience_begin(struct patience *patience, int64_t seconds);

/* Returns when the directory may be asked; the caller says how it went by one of the two below, and gives back what it was given.
 * OUTAGE_WAIT: it may not be asked any more. */
enum outage_pass patience_pass(struct patience *patience);
void patience_answered(struct patience *patience);
/* LK_BROKEN or LK_BUSY, and why. */
void patience_failed(struct patience *patience, enum outage_pass pass, enum lk_status status,
                     const struct lk_trouble *why);

/* The directory is away, and will be asked again. */
bool patience_is_waiting(struct patience *patience);

/* Nobody waits any longer. What is under way is not cut short. */
void patience_stop(struct patience *patience);

/* When all have ended: LK_OK, or where it was waited for too long the last failure, with words that say so. */
enum lk_status patience_verdict(const struct patience *patience, struct lk_trouble *trouble);

#endif
