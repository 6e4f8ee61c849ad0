/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials/gate.h"

#include "base/clock.h"
#include "base/fatal.h"
#include "logging/metrics.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

/* Stands on the stack of the thread that waits, and in the gate's queue until it is let in or gives up. */
struct waiter {
    pthread_cond_t called;
    bool is_inside;
    struct waiter *next;
};

struct gate {
    pthread_mutex_t lock; /* protects what follows, and every waiter in the queue */
    size_t free;          /* places inside that nobody has; 0 while anyone waits */
    size_t waiting;
    struct waiter *first, **end;
    size_t waiting_most;
    int64_t patience;
};

struct gate *gate_new(size_t inside, size_t waiting, int64_t patience)
{
    struct gate *gate = calloc(1, sizeof *gate);
    if (gate == NULL || pthread_mutex_init(&gate->lock, NULL) != 0)
        lk_fatal("out of memory");
    gate->free = inside;
    gate->end = &gate->first;
    gate->waiting_most = waiting;
    gate->patience = patience;
    return gate;
}

void gate_free(struct gate *gate)
{
    if (gate == NULL)
        return;
    (void) pthread_mutex_destroy(&gate->lock);
    free(gate);
}

static void put_in_queue(struct gate *gate, struct waiter *waiter)
{
    *gate->end = waiter;
    gate->end = &waiter->next;
    gate->waiting++;
    metrics_move(METRIC_HASHES_WAITING, 1);
}

static void take_from_queue(struct gate *gate, struct waiter *waiter)
{
    struct waiter **place = &gate->first;
    while (*place != waiter)
        place = &(*place)->next;
    *place = waiter->next;
    if (gate->end == &waiter->next)
        gate->end = place;
    gate->waiting--;
    metrics_move(METRIC_HASHES_WAITING, -1);
}

static bool wait_in_queue(struct gate *gate)
{
    struct waiter waiter = { .called = PTHREAD_COND_INITIALIZER };
    const int64_t until = lk_clock_monotonic() + gate->patience;
    const struct timespec deadline = { .tv_sec = until / LK_CLOCK_SECOND, .tv_nsec = until % LK_CLOCK_SECOND };
    put_in_queue(gate, &waiter);
    int result = 0;
    while (!waiter.is_inside && result != ETIMEDOUT)
        result = pthread_cond_clockwait(&waiter.called, &gate->lock, CLOCK_MONOTONIC, &deadline);
    if (!waiter.is_inside)
        take_from_queue(gate, &waiter);
    (void) pthread_cond_destroy(&waiter.called);
    return waiter.is_inside;
}

enum lk_status gate_enter(struct gate *gate)
{
    bool is_inside = true;
    (void) pthread_mutex_lock(&gate->lock);
    if (gate->free > 0)
        gate->free--;
    else
        is_inside = gate->waiting < gate->waiting_most && wait_in_queue(gate);
    (void) pthread_mutex_unlock(&gate->lock);
    if (is_inside)
        metrics_move(METRIC_HASHES_RUNNING, 1);
    return is_inside ? LK_OK : LK_BUSY;
}

/* A place is handed to the first who waits and never becomes free in between: nobody overtakes. */
void gate_leave(struct gate *gate)
{
    metrics_move(METRIC_HASHES_RUNNING, -1);
    (void) pthread_mutex_lock(&gate->lock);
    struct waiter *first = gate->first;
    if (first == NULL) {
        gate->free++;
    } else {
        take_from_queue(gate, first);
        first->is_inside = true;
        (void) pthread_cond_signal(&first->called);
    }
    (void) pthread_mutex_unlock(&gate->lock);
}
