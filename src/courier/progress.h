/* SPDX-License-Identifier: Apache-2.0 */
/* courier/progress.h - how far a rush has come: when thousands of messages wait, whoever reads the log sees that they become
 * fewer, and when the last has gone.
 *
 * A rush begins when PROGRESS_LEAST requests wait, and ends when none does. Times are lk_clock_monotonic. Pure but for the
 * struct; a zeroed one knows of no rush. Threads: its owner holds a lock around each call. */
#ifndef LATCHKEY_COURIER_PROGRESS_H
#define LATCHKEY_COURIER_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRESS_LEAST 100
#define PROGRESS_PAUSE INT64_C(10) /* seconds between two lines */

struct progress {
    bool is_rush;
    int64_t begun;
    int64_t next; /* when to tell again */
    size_t done;  /* since it began */
};

/* So many wait now, and `done` of them more have been carried through. Is it time to tell? The first time is when the rush
 * begins, the last when nothing waits any more; `done` and `begun` of that last rush stay until the next begins. */
bool progress_note(struct progress *progress, size_t waiting, size_t done, int64_t now);

#endif
