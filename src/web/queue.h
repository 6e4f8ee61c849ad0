/* SPDX-License-Identifier: Apache-2.0 */
/* web/queue.h - what waits for a worker: first come, first served, never more than so many, and not for ever.
 *
 * Owns:    nothing but itself; the items (links inside their own structs) belong to whoever puts them in.
 * Threads: any. Its lock protects the list and the count; web_queue_add's `hold` runs under it. */
#ifndef LATCHKEY_WEB_QUEUE_H
#define LATCHKEY_WEB_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct web_queue_item {
    struct web_queue_item *next;
    int64_t since; /* lk_clock_monotonic() when it was put in */
};

struct web_queue;

struct web_queue *web_queue_new(size_t most);
void web_queue_free(struct web_queue *queue); /* must be empty */

/* False: full, or closed. Otherwise hold(item) is called before any worker can see it. */
bool web_queue_add(struct web_queue *queue, struct web_queue_item *item, void (*hold)(struct web_queue_item *item));

/* The oldest; waits for one. NULL: closed, and empty. */
struct web_queue_item *web_queue_take(struct web_queue *queue);

/* The oldest if it was put in at `before` or earlier; does not wait. INT64_MAX takes any. */
struct web_queue_item *web_queue_expired(struct web_queue *queue, int64_t before);

/* From now on nothing is added; what is in it can still be taken. */
void web_queue_close(struct web_queue *queue);

#endif
