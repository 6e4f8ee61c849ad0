/* SPDX-License-Identifier: Apache-2.0 */
#include "courier/courier.h"

#include "base/clock.h"
#include "base/fatal.h"
#include "base/sanitizer.h"
#include "courier/courier_internal.h"
#include "courier/outbox_record.h"
#include "courier/progress.h"
#include "directory/follow.h"
#include "directory/names.h"
#include "logging/log.h"
#include "logging/metrics.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define WAITING_MOST     16384 /* reminders in memory; the outbox itself has no bound */
#define VALUES_MOST      128 /* of one entry looked at in one telling: all that the decoy may hold (ldif/overlays.ldif) */
#define LONGEST_WAIT     (30 * LK_CLOCK_SECOND)
#define PROBE_PAUSE_MOST INT64_C(60) /* seconds between two knocks at a mail server that is down */
#define DAEMON_MOST      128

/* Small: idle memory is bounded, and nothing here recurses or keeps large things on the stack. Sanitizers need more. */
#define STACK_SIZE (LK_SANITIZED ? (size_t) 4 << 20 : (size_t) 256 << 10)

struct courier {
    const struct config *config;
    struct lk_arena *telling; /* the follower's, for one telling */
    struct lk_arena *names;
    const struct directory_filter *filter;
    struct follow_target target;
    char daemon[DAEMON_MOST];
    atomic_bool is_following;
    struct worker *workers;
    pthread_t *threads;
    size_t thread_count; /* workers that run */
    pthread_t follower;
    bool follower_runs;

    pthread_mutex_t lock;   /* for all below */
    pthread_cond_t changed; /* something to take, or the call to stop */
    struct schedule *schedule;
    struct progress progress;
    struct outage outage;
    struct follow *follow;
    bool stopping;
};

static uint32_t chance(void)
{
    uint32_t random = UINT32_MAX / 2;
    (void) !getrandom(&random, sizeof random, 0);
    return random;
}

/* ---- what waits ---- */

static void wait_on(struct courier *courier, int64_t until)
{
    const struct timespec when = { .tv_sec = until / LK_CLOCK_SECOND, .tv_nsec = until % LK_CLOCK_SECOND };
    (void) pthread_cond_timedwait(&courier->changed, &courier->lock, &when);
}

/* The monotonic moment of a due time, at most LONGEST_WAIT away: the time of day may be set meanwhile. */
static int64_t moment_of(int64_t due, int64_t now, int64_t monotonic)
{
    if (due <= now)
        return monotonic;
    return due - now > LONGEST_WAIT / LK_CLOCK_SECOND ? monotonic + LONGEST_WAIT
                                                      : monotonic + (due - now) * LK_CLOCK_SECOND;
}

/* `done`: requests that were carried through just now. */
static void count_waiting(struct courier *courier, size_t done)
{
    const size_t waiting = schedule_waiting(courier->schedule);
    const int64_t now = lk_clock_monotonic();
    metrics_set(METRIC_OUTBOX_WAITING, (int64_t) waiting);
    if (progress_note(&courier->progress, waiting, done, now))
        log_write(LOG_LEVEL_INFO, "outbox", log_number("waiting", (int64_t) waiting),
                  log_number("done", (int64_t) courier->progress.done),
                  log_number("seconds", (now - courier->progress.begun) / LK_CLOCK_SECOND));
}

/* What there was no room for is told again when it is wanted: following begins anew. */
static void refill_locked(struct courier *courier, int64_t now)
{
    if (schedule_is_short(courier->schedule, now) && courier->follow != NULL)
        follow_stop(courier->follow);
}

/* Takes what may be taken now, or says until when (monotonic) there is nothing. */
static const struct schedule_item *take_locked(struct courier *courier, enum outage_pass *pass_out, int64_t *until_out)
{
    const int64_t now = lk_clock_now();
    const int64_t monotonic = lk_clock_monotonic();
    refill_locked(courier, now);
    *until_out = moment_of(schedule_next(courier->schedule), now, monotonic);
    if (*until_out > monotonic)
        return NULL;
    const enum outage_pass pass = outage_pass(&courier->outage, monotonic);
    if (pass == OUTAGE_WAIT) {
        const int64_t next = outage_next(&courier->outage);
        *until_out = next < monotonic + LONGEST_WAIT ? next : monotonic + LONGEST_WAIT;
        return NULL;
    }
    *pass_out = pass;
    const struct schedule_item *item = schedule_take(courier->schedule, now);
    count_waiting(courier, 0);
    return item;
}

enum courier_taken courier_take(struct courier *courier, int64_t idle, const struct schedule_item **item_out,
                                enum outage_pass *pass_out)
{
    enum courier_taken taken = COURIER_STOPPED;
    (void) pthread_mutex_lock(&courier->lock);
    while (!courier->stopping) {
        int64_t until = 0;
        *item_out = take_locked(courier, pass_out, &until);
        if (*item_out != NULL)
            taken = COURIER_TAKEN;
        else if (lk_clock_monotonic() >= idle)
            taken = COURIER_IDLE;
        if (taken != COURIER_STOPPED)
            break;
        wait_on(courier, until < idle ? until : idle);
    }
    (void) pthread_mutex_unlock(&courier->lock);
    return taken;
}

void courier_done(struct courier *courier, const struct schedule_item *item, int64_t again)
{
    (void) pthread_mutex_lock(&courier->lock);
    schedule_done(courier->schedule, item, again, lk_clock_now());
    count_waiting(courier, again == 0 ? 1 : 0);
    (void) pthread_cond_broadcast(&courier->changed);
    (void) pthread_mutex_unlock(&courier->lock);
}

void courier_remind(struct courier *courier, const char *dn, const char *value, int64_t due)
{
    const struct schedule_value reminder = { .bytes = value, .len = strlen(value), .due = due };
    (void) pthread_mutex_lock(&courier->lock);
    schedule_add(courier->schedule, dn, &reminder);
    count_waiting(courier, 0);
    (void) pthread_mutex_unlock(&courier->lock);
}

/* ---- the mail server ---- */

void courier_relay_answered(struct courier *courier)
{
    (void) pthread_mutex_lock(&courier->lock);
    const bool was_down = courier->outage.is_down;
    outage_answered(&courier->outage);
    if (was_down) {
        log_write(LOG_LEVEL_INFO, "mail_server", log_text("outcome", "answers"));
        (void) pthread_cond_broadcast(&courier->changed);
    }
    (void) pthread_mutex_unlock(&courier->lock);
}

void courier_relay_failed(struct courier *courier, enum outage_pass pass)
{
    const int64_t longest = courier->config->courier_retry_longest;
    (void) pthread_mutex_lock(&courier->lock);
    if (!courier->outage.is_down)
        log_write(LOG_LEVEL_WARNING, "mail_server", log_text("outcome", "unreachable"));
    outage_failed(&courier->outage, pass, lk_clock_monotonic(), longest < PROBE_PAUSE_MOST ? longest : PROBE_PAUSE_MOST,
                  chance());
    (void) pthread_cond_broadcast(&courier->changed);
    (void) pthread_mutex_unlock(&courier->lock);
}

void courier_relay_unused(struct courier *courier, enum outage_pass pass)
{
    (void) pthread_mutex_lock(&courier->lock);
    outage_unused(&courier->outage, pass);
    (void) pthread_cond_broadcast(&courier->changed);
    (void) pthread_mutex_unlock(&courier->lock);
}

bool courier_pause(struct courier *courier, int64_t nanoseconds)
{
    const int64_t until = lk_clock_monotonic() + nanoseconds;
    (void) pthread_mutex_lock(&courier->lock);
    while (!courier->stopping && lk_clock_monotonic() < until)
        wait_on(courier, until);
    const bool goes_on = !courier->stopping;
    (void) pthread_mutex_unlock(&courier->lock);
    return goes_on;
}

/* ---- following ---- */

/* When to look at a value. What cannot be read is looked at at once, to be refused in words. Our own claims are in a worker's
 * hands; they are looked at when they run out, if they are still there, because slapd may have carried one out without our
 * hearing of it. */
static struct schedule_value reminder_of(struct courier *courier, const struct directory_value *value, int64_t now)
{
    struct schedule_value reminder = { .bytes = value->bytes, .len = value->len, .due = now };
    struct outbox_request request;
    const char *name = NULL;
    if (outbox_read(courier->telling, value, &request, &name, NULL) != LK_OK)
        return reminder;
    reminder.due = outbox_due(&request, now);
    reminder.is_held = request.claimed_by != NULL && strcmp(request.claimed_by, courier->daemon) == 0;
    return reminder;
}

static void told(void *context, const struct directory_entry *entry)
{
    struct courier *courier = context;
    const struct directory_attribute *sends = directory_attribute(entry, NAME_SEND);
    struct schedule_value values[VALUES_MOST];
    const int64_t now = lk_clock_now();
    size_t count = 0;
    for (; sends != NULL && count < sends->count && count < VALUES_MOST; count++) {
        values[count] = reminder_of(courier, &sends->values[count], now);
    }
    lk_arena_reset(courier->telling);
    (void) pthread_mutex_lock(&courier->lock);
    schedule_tell(courier->schedule, entry->dn, values, count);
    count_waiting(courier, 0);
    (void) pthread_cond_broadcast(&courier->changed);
    (void) pthread_mutex_unlock(&courier->lock);
}

static void state(void *context, bool connected, const char *words)
{
    struct courier *courier = context;
    atomic_store(&courier->is_following, connected);
    log_write(connected ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "follow", log_text("outcome", connected ? "on" : "lost"),
              log_text("words", words));
}

/* NULL: no more. */
static struct follow *next_follow(struct courier *courier, struct follow *former)
{
    struct follow *follow = NULL;
    (void) pthread_mutex_lock(&courier->lock);
    if (!courier->stopping)
        follow = follow_new(courier->config, &courier->target);
    courier->follow = follow;
    (void) pthread_mutex_unlock(&courier->lock);
    follow_free(former);
    return follow;
}

static void *follow_main(void *context)
{
    struct courier *courier = context;
    struct follow *follow = NULL;
    while ((follow = next_follow(courier, follow)) != NULL)
        follow_run(follow);
    atomic_store(&courier->is_following, false);
    return NULL;
}

bool courier_is_following(const struct courier *courier)
{
    return atomic_load(&courier->is_following);
}

/* ---- making and ending ---- */

static void start_curl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        lk_fatal("libcurl cannot be used");
}

/* Tells daemons, and the lives of one daemon, apart; and tells a sysadmin who it is. */
static void name_daemon(char name[static DAEMON_MOST])
{
    char host[64] = "";
    if (gethostname(host, sizeof host - 1) != 0 || host[0] == '\0')
        (void) snprintf(host, sizeof host, "host");
    (void) snprintf(name, DAEMON_MOST, "%s-%ld-%08x", host, (long) getpid(), chance());
}

static void make_target(struct courier *courier)
{
    static const char *const ATTRIBUTES[] = { NAME_SEND, NULL };
    courier->filter = filter_present(courier->names, NAME_SEND);
    courier->target = (struct follow_target){ .base = courier->config->directory_suffix,
                                              .filter = courier->filter,
                                              .attributes = ATTRIBUTES,
                                              .told = told,
                                              .state = state,
                                              .context = courier };
}

static void make_lock(struct courier *courier)
{
    pthread_condattr_t attributes;
    (void) pthread_mutex_init(&courier->lock, NULL);
    (void) pthread_condattr_init(&attributes);
    (void) pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void) pthread_cond_init(&courier->changed, &attributes);
    (void) pthread_condattr_destroy(&attributes);
}

struct courier *courier_new(const struct config *config, const struct key_ring *ring, const struct views *views)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void) pthread_once(&once, start_curl);
    const size_t workers = (size_t) config->courier_workers;
    struct courier *courier = calloc(1, sizeof *courier);
    struct worker *made = calloc(workers, sizeof *made);
    pthread_t *threads = calloc(workers, sizeof *threads);
    if (courier == NULL || made == NULL || threads == NULL)
        lk_fatal("out of memory");
    courier->config = config;
    courier->telling = lk_arena_new();
    courier->names = lk_arena_new();
    courier->workers = made;
    courier->threads = threads;
    courier->schedule = schedule_new(WAITING_MOST);
    make_lock(courier);
    name_daemon(courier->daemon);
    make_target(courier);
    for (size_t i = 0; i < workers; i++)
        made[i] = (struct worker){
            .courier = courier, .config = config, .ring = ring, .views = views, .daemon = courier->daemon
        };
    return courier;
}

static enum lk_status start_thread(pthread_t *thread, void *(*run)(void *), void *context, struct lk_trouble *trouble)
{
    pthread_attr_t attributes;
    (void) pthread_attr_init(&attributes);
    (void) pthread_attr_setstacksize(&attributes, STACK_SIZE);
    const int code = pthread_create(thread, &attributes, run, context);
    (void) pthread_attr_destroy(&attributes);
    return code == 0 ? LK_OK : lk_fail(trouble, LK_BROKEN, "a thread of the courier cannot be started");
}

enum lk_status courier_start(struct courier *courier, struct lk_trouble *trouble)
{
    const size_t workers = (size_t) courier->config->courier_workers;
    enum lk_status status = start_thread(&courier->follower, follow_main, courier, trouble);
    courier->follower_runs = status == LK_OK;
    while (status == LK_OK && courier->thread_count < workers) {
        struct worker *worker = &courier->workers[courier->thread_count];
        status = start_thread(&courier->threads[courier->thread_count], worker_run, worker, trouble);
        if (status == LK_OK)
            courier->thread_count++;
    }
    if (status != LK_OK)
        courier_stop(courier);
    return status;
}

void courier_stop(struct courier *courier)
{
    (void) pthread_mutex_lock(&courier->lock);
    courier->stopping = true;
    if (courier->follow != NULL)
        follow_stop(courier->follow);
    (void) pthread_cond_broadcast(&courier->changed);
    (void) pthread_mutex_unlock(&courier->lock);
    if (courier->follower_runs)
        (void) pthread_join(courier->follower, NULL);
    courier->follower_runs = false;
    for (; courier->thread_count > 0; courier->thread_count--)
        (void) pthread_join(courier->threads[courier->thread_count - 1], NULL);
}

void courier_free(struct courier *courier)
{
    if (courier == NULL)
        return;
    schedule_free(courier->schedule);
    lk_arena_free(courier->telling);
    lk_arena_free(courier->names);
    (void) pthread_cond_destroy(&courier->changed);
    (void) pthread_mutex_destroy(&courier->lock);
    free(courier->workers);
    free(courier->threads);
    free(courier);
}
