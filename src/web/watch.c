/* SPDX-License-Identifier: Apache-2.0 */
#include "web/watch.h"

#include "base/clock.h"
#include "base/fatal.h"
#include "logging/log.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define TICK  (250 * LK_CLOCK_MILLISECOND)
#define STACK ((size_t) 256 * 1024)

struct web_watch {
    struct web_server *server;
    void (*expired)(struct web_exchange *exchange);
    pthread_t thread;
    pthread_mutex_t lock; /* protects the list and is_over */
    pthread_cond_t changed;
    struct web_connection *first;
    bool is_over;
};

/* Conditions wait on the monotonic clock: a clock that is set must not hold up anything. */
static void init_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0 || pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(condition, &attributes) != 0)
        lk_fatal("out of memory");
    (void) pthread_condattr_destroy(&attributes);
}

static void wait_until(struct web_watch *watch, int64_t when)
{
    const struct timespec until = { .tv_sec = (time_t) (when / LK_CLOCK_SECOND),
                                    .tv_nsec = (long) (when % LK_CLOCK_SECOND) };
    (void) pthread_cond_timedwait(&watch->changed, &watch->lock, &until);
}

/* Shutting down a socket makes libmicrohttpd's thread see its end and close it. The list's lock keeps the descriptor open: a
 * connection leaves the list before it is closed. */
static void end_overdue(struct web_watch *watch, int64_t now)
{
    for (struct web_connection *at = watch->first; at != NULL; at = at->next) {
        if (atomic_load_explicit(&at->deadline, memory_order_relaxed) <= now) {
            atomic_store_explicit(&at->deadline, INT64_MAX, memory_order_relaxed);
            atomic_store(&at->is_overdue, true);
            (void) shutdown(at->descriptor, SHUT_RDWR);
        }
    }
}

static void end_waiting(struct web_watch *watch, int64_t now)
{
    const int64_t patience = watch->server->needs.config->server_request_timeout * LK_CLOCK_SECOND;
    struct web_queue_item *item;
    while ((item = web_queue_expired(watch->server->queue, now - patience)) != NULL)
        watch->expired((struct web_exchange *) (void *) item);
}

static void *run(void *argument)
{
    struct web_watch *watch = argument;
    (void) pthread_mutex_lock(&watch->lock);
    while (!watch->is_over) {
        if (watch->first == NULL) {
            log_flush();
            (void) pthread_cond_wait(&watch->changed, &watch->lock);
            continue;
        }
        const int64_t next = lk_clock_monotonic() + TICK;
        while (!watch->is_over && lk_clock_monotonic() < next)
            wait_until(watch, next);
        end_overdue(watch, lk_clock_monotonic());
        (void) pthread_mutex_unlock(&watch->lock);
        end_waiting(watch, lk_clock_monotonic());
        log_flush();
        (void) pthread_mutex_lock(&watch->lock);
    }
    (void) pthread_mutex_unlock(&watch->lock);
    return NULL;
}

enum lk_status web_watch_start(struct web_server *server, void (*expired)(struct web_exchange *exchange),
                               struct web_watch **watch_out, struct lk_trouble *trouble)
{
    struct web_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL || pthread_mutex_init(&watch->lock, NULL) != 0)
        lk_fatal("out of memory");
    init_condition(&watch->changed);
    watch->server = server;
    watch->expired = expired;
    const enum lk_status status = web_thread_start(&watch->thread, STACK, run, watch, trouble);
    if (status != LK_OK) {
        (void) pthread_cond_destroy(&watch->changed);
        (void) pthread_mutex_destroy(&watch->lock);
        free(watch);
        return status;
    }
    *watch_out = watch;
    return LK_OK;
}

void web_watch_stop(struct web_watch *watch)
{
    if (watch == NULL)
        return;
    (void) pthread_mutex_lock(&watch->lock);
    watch->is_over = true;
    (void) pthread_cond_broadcast(&watch->changed);
    (void) pthread_mutex_unlock(&watch->lock);
    (void) pthread_join(watch->thread, NULL);
    (void) pthread_cond_destroy(&watch->changed);
    (void) pthread_mutex_destroy(&watch->lock);
    free(watch);
    log_flush();
}

void web_watch_add(struct web_watch *watch, struct web_connection *connection)
{
    (void) pthread_mutex_lock(&watch->lock);
    connection->previous = NULL;
    connection->next = watch->first;
    if (watch->first == NULL)
        (void) pthread_cond_broadcast(&watch->changed);
    else
        watch->first->previous = connection;
    watch->first = connection;
    (void) pthread_mutex_unlock(&watch->lock);
}

void web_watch_remove(struct web_watch *watch, struct web_connection *connection)
{
    (void) pthread_mutex_lock(&watch->lock);
    if (connection->previous == NULL)
        watch->first = connection->next;
    else
        connection->previous->next = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    (void) pthread_mutex_unlock(&watch->lock);
}

void web_watch_notify(struct web_watch *watch)
{
    (void) pthread_mutex_lock(&watch->lock);
    (void) pthread_cond_broadcast(&watch->changed);
    (void) pthread_mutex_unlock(&watch->lock);
}

bool web_watch_wait(struct web_watch *watch, bool (*done)(struct web_server *server), int64_t deadline)
{
    (void) pthread_mutex_lock(&watch->lock);
    bool is_done = done(watch->server);
    while (!is_done && lk_clock_monotonic() < deadline) {
        wait_until(watch, deadline);
        is_done = done(watch->server);
    }
    (void) pthread_mutex_unlock(&watch->lock);
    return is_done;
}
