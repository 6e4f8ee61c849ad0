/* SPDX-License-Identifier: Apache-2.0 */
#include "web/queue.h"

#include "base/clock.h"
#include "base/fatal.h"
#include "logging/metrics.h"

#include <pthread.h>
#include <stdlib.h>

struct web_queue {
    pthread_mutex_t lock; /* protects everything below */
    pthread_cond_t arrived;
    struct web_queue_item *first;
    struct web_queue_item *last;
    size_t count;
    size_t most;
    bool is_closed;
};

struct web_queue *web_queue_new(size_t most)
{
    struct web_queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL || pthread_mutex_init(&queue->lock, NULL) != 0 || pthread_cond_init(&queue->arrived, NULL) != 0)
        lk_fatal("out of memory");
    queue->most = most;
    return queue;
}

void web_queue_free(struct web_queue *queue)
{
    if (queue == NULL)
        return;
    (void) pthread_cond_destroy(&queue->arrived);
    (void) pthread_mutex_destroy(&queue->lock);
    free(queue);
}

bool web_queue_add(struct web_queue *queue, struct web_queue_item *item, void (*hold)(struct web_queue_item *item))
{
    (void) pthread_mutex_lock(&queue->lock);
    const bool fits = !queue->is_closed && queue->count < queue->most;
    if (fits) {
        hold(item);
        item->next = NULL;
        item->since = lk_clock_monotonic();
        if (queue->last == NULL)
            queue->first = item;
        else
            queue->last->next = item;
        queue->last = item;
        queue->count++;
        metrics_move(METRIC_QUEUE_LENGTH, 1);
    }
    (void) pthread_mutex_unlock(&queue->lock);
    if (fits) /* past the lock, or the one that wakes would wait for it at once */
        (void) pthread_cond_signal(&queue->arrived);
    return fits;
}

static struct web_queue_item *take_locked(struct web_queue *queue)
{
    struct web_queue_item *item = queue->first;
    if (item == NULL)
        return NULL;
    queue->first = item->next;
    if (queue->first == NULL)
        queue->last = NULL;
    queue->count--;
    metrics_move(METRIC_QUEUE_LENGTH, -1);
    return item;
}

struct web_queue_item *web_queue_take(struct web_queue *queue)
{
    (void) pthread_mutex_lock(&queue->lock);
    while (queue->first == NULL && !queue->is_closed)
        (void) pthread_cond_wait(&queue->arrived, &queue->lock);
    struct web_queue_item *item = take_locked(queue);
    (void) pthread_mutex_unlock(&queue->lock);
    return item;
}

struct web_queue_item *web_queue_expired(struct web_queue *queue, int64_t before)
{
    (void) pthread_mutex_lock(&queue->lock);
    struct web_queue_item *item = NULL;
    if (queue->first != NULL && queue->first->since <= before)
        item = take_locked(queue);
    (void) pthread_mutex_unlock(&queue->lock);
    return item;
}

void web_queue_close(struct web_queue *queue)
{
    (void) pthread_mutex_lock(&queue->lock);
    queue->is_closed = true;
    (void) pthread_cond_broadcast(&queue->arrived);
    (void) pthread_mutex_unlock(&queue->lock);
}
