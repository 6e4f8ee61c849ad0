/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "credentials/gate.h"
#include "logging/metrics.h"
#include "unit/testing.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE (60 * LK_CLOCK_SECOND)

struct visit {
    struct gate *gate;
    pthread_mutex_t *lock; /* protects order and count */
    int *order;
    int *count;
    int number;
    enum lk_status status;
};

static long gauge(const char *name)
{
    struct lk_text text = LK_TEXT(1 << 20);
    metrics_write(&text);
    char line[128];
    (void) snprintf(line, sizeof line, "\n%s ", name);
    const char *at = strstr(lk_text_string(&text), line);
    const long value = at == NULL ? 0 : strtol(at + strlen(line), NULL, 10);
    lk_text_done(&text);
    return value;
}

static void await_gauge(const char *name, long value)
{
    const int64_t deadline = lk_clock_monotonic() + MINUTE;
    while (gauge(name) != value) {
        assert_true(lk_clock_monotonic() < deadline);
        (void) sched_yield();
    }
}

static void *visit(void *context)
{
    struct visit *visit = context;
    visit->status = gate_enter(visit->gate);
    if (visit->status != LK_OK)
        return NULL;
    (void) pthread_mutex_lock(visit->lock);
    visit->order[(*visit->count)++] = visit->number;
    (void) pthread_mutex_unlock(visit->lock);
    gate_leave(visit->gate);
    return NULL;
}

static void test_first_come_first_served(void **state)
{
    (void) state;

    enum {
        THREADS = 16
    };

    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[THREADS];
    struct visit visits[THREADS];
    int order[THREADS];
    int count = 0;
    struct gate *gate = gate_new(1, THREADS, MINUTE);
    assert_int_equal(gate_enter(gate), LK_OK);
    for (int i = 0; i < THREADS; i++) {
        visits[i] = (struct visit){ gate, &lock, order, &count, i, LK_BROKEN };
        assert_int_equal(pthread_create(&threads[i], NULL, visit, &visits[i]), 0);
        await_gauge("latchkey_hashes_waiting", i + 1);
    }
    assert_int_equal(gauge("latchkey_hashes_running"), 1);
    assert_int_equal(gate_enter(gate), LK_BUSY); /* one too many */
    gate_leave(gate);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(visits[i].status, LK_OK);
        assert_int_equal(order[i], i);
    }
    assert_int_equal(gauge("latchkey_hashes_waiting"), 0);
    assert_int_equal(gauge("latchkey_hashes_running"), 0);
    gate_free(gate);
}

static void test_nobody_may_wait(void **state)
{
    (void) state;
    struct gate *gate = gate_new(2, 0, MINUTE);
    assert_int_equal(gate_enter(gate), LK_OK);
    assert_int_equal(gate_enter(gate), LK_OK);
    assert_int_equal(gate_enter(gate), LK_BUSY);
    gate_leave(gate);
    assert_int_equal(gate_enter(gate), LK_OK);
    gate_leave(gate);
    gate_leave(gate);
    gate_free(gate);
    gate_free(NULL);
}

static void test_patience_ends(void **state)
{
    (void) state;
    struct gate *gate = gate_new(1, 4, 20 * LK_CLOCK_MILLISECOND);
    assert_int_equal(gate_enter(gate), LK_OK);
    const int64_t begun = lk_clock_monotonic();
    assert_int_equal(gate_enter(gate), LK_BUSY);
    assert_true(lk_clock_monotonic() - begun >= 20 * LK_CLOCK_MILLISECOND);
    assert_int_equal(gauge("latchkey_hashes_waiting"), 0);
    /* the place of who gave up is not handed to nobody */
    gate_leave(gate);
    assert_int_equal(gate_enter(gate), LK_OK);
    gate_leave(gate);
    gate_free(gate);
}

static _Atomic int inside;
static _Atomic int most_inside;

static void *crowd(void *context)
{
    for (int i = 0; i < 300; i++) {
        if (gate_enter(context) != LK_OK)
            continue;
        const int now = ++inside;
        if (now > most_inside)
            most_inside = now;
        (void) sched_yield();
        inside--;
        gate_leave(context);
    }
    return NULL;
}

/* Waiters that give up, waiters that are let in and newcomers at once: never more inside than may be, none lost. */
static void test_crowd(void **state)
{
    (void) state;

    enum {
        THREADS = 12
    };

    pthread_t threads[THREADS];
    struct gate *gate = gate_new(3, 6, 30000);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, crowd, gate), 0);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_true(most_inside <= 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(gate_enter(gate), LK_OK);
    for (int i = 0; i < 3; i++)
        gate_leave(gate);
    assert_int_equal(gauge("latchkey_hashes_running"), 0);
    gate_free(gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_come_first_served),
        cmocka_unit_test(test_nobody_may_wait),
        cmocka_unit_test(test_patience_ends),
        cmocka_unit_test(test_crowd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
