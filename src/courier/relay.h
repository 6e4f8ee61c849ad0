/* SPDX-License-Identifier: Apache-2.0 */
/* courier/relay.h - is the mail server there? One opinion for all workers, so that a server that is down is asked by one
 * message at a time, after growing pauses, while the others stay on their entries untouched.
 *
 * Times are lk_clock_monotonic. Pure but for the struct. Threads: its owner holds a lock around each call. A zeroed struct
 * believes that the server is there. */
#ifndef LATCHKEY_COURIER_RELAY_H
#define LATCHKEY_COURIER_RELAY_H

#include <stdbool.h>
#include <stdint.h>

struct relay {
    bool is_down;
    bool is_probed; /* somebody is asking just now */
    unsigned failures;
    int64_t next; /* when it may be asked again */
};

enum relay_pass {
    RELAY_WAIT = 0,
    RELAY_OPEN,
    RELAY_PROBE
};

/* May a message be tried now? RELAY_PROBE: as the only one; the caller says how it went by one of the three below. */
enum relay_pass relay_pass(struct relay *relay, int64_t now);

/* When relay_pass may say something else by the passing of time alone; INT64_MAX: not by that. */
int64_t relay_next(const struct relay *relay);

/* The server was there (whatever it thought of the message). */
void relay_answered(struct relay *relay);

/* It was not. `pass` is what relay_pass gave. The pause is a second, doubled each time up to `longest` seconds, a quarter more
 * or less as `chance` (0 to UINT32_MAX) has it. */
void relay_failed(struct relay *relay, enum relay_pass pass, int64_t now, int64_t longest, uint32_t chance);

/* It was not asked after all. */
void relay_unused(struct relay *relay, enum relay_pass pass);

#endif
