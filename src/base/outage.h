/* SPDX-License-Identifier: Apache-2.0 */
/* base/outage.h - is a server there? One opinion for all who need it (of the mail server: the courier's workers; of the directory: an
 * import's), so that one that is down is asked by one of them at a time, after growing pauses, while the others wait.
 *
 * Times are lk_clock_monotonic. Pure but for the struct. Threads: its owner holds a lock around each call. A zeroed struct
 * believes that the server is there. */
#ifndef LATCHKEY_BASE_OUTAGE_H
#define LATCHKEY_BASE_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

struct outage {
    bool is_down;
    bool is_probed; /* somebody is asking just now */
    unsigned failures;
    int64_t next; /* when it may be asked again */
};

enum outage_pass {
    OUTAGE_WAIT = 0,
    OUTAGE_OPEN,
    OUTAGE_PROBE
};

/* May it be asked now? OUTAGE_PROBE: as the only one; the caller says how it went by one of the three below. */
enum outage_pass outage_pass(struct outage *outage, int64_t now);

/* When outage_pass may say something else by the passing of time alone; INT64_MAX: not by that. */
int64_t outage_next(const struct outage *outage);

/* The server was there (whatever it said). */
void outage_answered(struct outage *outage);

/* It was not. `pass` is what outage_pass gave. The pause is a second, doubled each time up to `longest` seconds, a quarter more
 * or less as `chance` (0 to UINT32_MAX) has it. */
void outage_failed(struct outage *outage, enum outage_pass pass, int64_t now, int64_t longest, uint32_t chance);

/* It was not asked after all. */
void outage_unused(struct outage *outage, enum outage_pass pass);

#endif
