/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/sanitizer.h"
#include "courier/courier_internal.h"

#include <malloc.h>

#define IDLE (60 * LK_CLOCK_SECOND)

/* Connections and memory are made for work and given back when there has been none for a while. */
static void make_ready(struct worker *worker)
{
    if (worker->arena == NULL)
        worker->arena = lk_arena_new();
    if (worker->directory == NULL)
        worker->directory = directory_new(worker->config);
    if (worker->delivery == NULL)
        worker->delivery = delivery_new(worker->config);
}

static void give_back(struct worker *worker)
{
    delivery_free(worker->delivery);
    directory_free(worker->directory);
    lk_arena_free(worker->arena);
    worker->delivery = NULL;
    worker->directory = NULL;
    worker->arena = NULL;
    if (!LK_SANITIZED)
        (void) malloc_trim(0); /* after a rush the rest goes back too; a sanitizer's malloc has nothing that it knows */
}

void *worker_run(void *context)
{
    struct worker *worker = context;
    for (;;) {
        const struct schedule_item *item = NULL;
        enum outage_pass pass = OUTAGE_WAIT;
        const bool is_idle = worker->arena == NULL;
        const int64_t idle = is_idle ? INT64_MAX : lk_clock_monotonic() + IDLE;
        const enum courier_taken taken = courier_take(worker->courier, idle, &item, &pass);
        if (taken == COURIER_STOPPED)
            break;
        if (taken == COURIER_IDLE) {
            give_back(worker);
            continue;
        }
        make_ready(worker);
        const int64_t again = errand_run(worker, item, pass);
        lk_arena_reset(worker->arena);
        courier_done(worker->courier, item, again);
    }
    give_back(worker);
    return NULL;
}
