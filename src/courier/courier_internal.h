/* SPDX-License-Identifier: Apache-2.0 */
/* courier/courier_internal.h - what the threads of the courier share.
 *
 * courier.c owns the threads and the lock; worker.c takes one item after the other; errand.c carries one through. */
#ifndef LATCHKEY_COURIER_COURIER_INTERNAL_H
#define LATCHKEY_COURIER_COURIER_INTERNAL_H

#include "base/outage.h"
#include "courier/courier.h"
#include "courier/delivery.h"
#include "courier/schedule.h"
#include "directory/directory.h"

#include <stdint.h>

/* ---- courier.c: for the workers ---- */

enum courier_taken {
    COURIER_STOPPED = 0,
    COURIER_TAKEN,
    COURIER_IDLE
};

/* Waits for something to do, at most until `idle` (monotonic). COURIER_TAKEN: *item_out is the caller's until courier_done, and
 * *pass_out is to be given back by one of the courier_relay_* functions. */
enum courier_taken courier_take(struct courier *courier, int64_t idle, const struct schedule_item **item_out,
                                enum outage_pass *pass_out);

/* `again`: see schedule_done. */
void courier_done(struct courier *courier, const struct schedule_item *item, int64_t again);

/* The entry may hold this value at `due`, whatever was told of it. */
void courier_remind(struct courier *courier, const char *dn, const char *value, int64_t due);

void courier_relay_answered(struct courier *courier);
void courier_relay_failed(struct courier *courier, enum outage_pass pass);
void courier_relay_unused(struct courier *courier, enum outage_pass pass);

/* Sleeps, but not beyond the call to stop. False: that call has come. */
bool courier_pause(struct courier *courier, int64_t nanoseconds);

/* ---- worker.c ---- */

struct worker {
    struct courier *courier;
    const struct config *config;
    const struct key_ring *ring;
    const struct views *views;
    const char *daemon;          /* who claims */
    struct directory *directory; /* NULL until needed, and again after a minute without work */
    struct delivery *delivery;   /* the same */
    struct lk_arena *arena;
};

/* A thread's main function; `context` is a struct worker. */
void *worker_run(void *context);

/* ---- errand.c ---- */

/* Carries one item as far as it goes now. Returns when to look at it again, 0 for not (see schedule_done). */
int64_t errand_run(struct worker *worker, const struct schedule_item *item, enum outage_pass pass);

#endif
