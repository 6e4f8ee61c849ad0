/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/patience.h"

#include "base/clock.h"

#include <sodium/randombytes.h>
#include <time.h>

#define LONGEST_PAUSE 10 /* s */

void patience_begin(struct patience *patience, int64_t seconds)
{
    *patience =
        (struct patience){ .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .most = seconds };
}

static int64_t end_locked(const struct patience *patience)
{
    return patience->since + patience->most * LK_CLOCK_SECOND;
}

/* Whoever sees the time pass ends it for all. */
static void look_at_clock_locked(struct patience *patience, int64_t now)
{
    if (patience->is_over || !patience->outage.is_down || now < end_locked(patience))
        return;
    patience->is_over = true;
    patience->is_in_vain = true;
    (void) pthread_cond_broadcast(&patience->changed);
}

/* Until something has changed, or the next may look, or it is over. */
static void wait_locked(struct patience *patience)
{
    const int64_t next = outage_next(&patience->outage);
    const int64_t end = end_locked(patience);
    const int64_t until = next < end ? next : end;
    const struct timespec when = { .tv_sec = until / LK_CLOCK_SECOND, .tv_nsec = until % LK_CLOCK_SECOND };
    (void) pthread_cond_clockwait(&patience->changed, &patience->lock, CLOCK_MONOTONIC, &when);
}

enum outage_pass patience_pass(struct patience *patience)
{
    enum outage_pass pass = OUTAGE_WAIT;
    (void) pthread_mutex_lock(&patience->lock);
    for (;;) {
        const int64_t now = lk_clock_monotonic();
        look_at_clock_locked(patience, now);
        if (patience->is_over)
            break;
        pass = outage_pass(&patience->outage, now);
        if (pass != OUTAGE_WAIT)
            break;
        wait_locked(patience);
    }
    (void) pthread_mutex_unlock(&patience->lock);
    return pass;
}

void patience_answered(struct patience *patience)
{
    (void) pthread_mutex_lock(&patience->lock);
    if (patience->outage.is_down) {
        outage_answered(&patience->outage);
        (void) pthread_cond_broadcast(&patience->changed);
    }
    (void) pthread_mutex_unlock(&patience->lock);
}

void patience_failed(struct patience *patience, enum outage_pass pass, enum lk_status status,
                     const struct lk_trouble *why)
{
    (void) pthread_mutex_lock(&patience->lock);
    const int64_t now = lk_clock_monotonic();
    if (!patience->outage.is_down)
        patience->since = now;
    patience->failure = status;
    patience->why = *why;
    outage_failed(&patience->outage, pass, now, LONGEST_PAUSE, randombytes_random());
    look_at_clock_locked(patience, now);
    (void) pthread_cond_broadcast(&patience->changed);
    (void) pthread_mutex_unlock(&patience->lock);
}

bool patience_is_waiting(struct patience *patience)
{
    (void) pthread_mutex_lock(&patience->lock);
    const bool is_waiting = patience->outage.is_down && !patience->is_over;
    (void) pthread_mutex_unlock(&patience->lock);
    return is_waiting;
}

void patience_stop(struct patience *patience)
{
    (void) pthread_mutex_lock(&patience->lock);
    patience->is_over = true;
    (void) pthread_cond_broadcast(&patience->changed);
    (void) pthread_mutex_unlock(&patience->lock);
}

enum lk_status patience_verdict(const struct patience *patience, struct lk_trouble *trouble)
{
    if (!patience->is_in_vain)
        return LK_OK;
    if (patience->most == 0)
        return lk_fail(trouble, patience->failure, "%s", patience->why.words);
    return lk_fail(trouble, patience->failure, "waited %lld s for the directory, in vain: %s",
                   (long long) patience->most, patience->why.words);
}
