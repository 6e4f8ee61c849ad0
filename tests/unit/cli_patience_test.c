/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "cli/patience.h"
#include "unit/testing.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LONG 3600

static const struct lk_trouble WHY = { "nobody there" };

static void find_away(struct patience *patience, enum outage_pass pass)
{
    patience_failed(patience, pass, LK_BROKEN, &WHY);
}

static void all_may_ask_while_it_answers(void **state)
{
    (void) state;
    struct patience patience;
    struct lk_trouble trouble = { "" };
    patience_begin(&patience, LONG);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(patience_pass(&patience), OUTAGE_OPEN);
        patience_answered(&patience);
    }
    assert_false(patience_is_waiting(&patience));
    assert_int_equal(patience_verdict(&patience, &trouble), LK_OK);
}

static void without_patience_the_first_failure_ends_it(void **state)
{
    (void) state;
    struct patience patience;
    struct lk_trouble trouble = { "" };
    patience_begin(&patience, 0);
    patience_failed(&patience, patience_pass(&patience), LK_BUSY, &WHY);
    assert_false(patience_is_waiting(&patience));
    assert_int_equal(patience_pass(&patience), OUTAGE_WAIT);
    assert_int_equal(patience_verdict(&patience, &trouble), LK_BUSY);
    assert_string_equal(trouble.words, WHY.words);
}

static void what_is_back_before_the_end_may_be_away_again(void **state)
{
    (void) state;
    struct patience patience;
    struct lk_trouble trouble = { "" };
    patience_begin(&patience, LONG);
    for (int i = 0; i < 2; i++) {
        find_away(&patience, patience_pass(&patience));
        assert_true(patience_is_waiting(&patience));
        assert_int_equal(patience_pass(&patience), OUTAGE_PROBE);
        patience_answered(&patience);
        assert_false(patience_is_waiting(&patience));
        patience.since -= LONG * LK_CLOCK_SECOND; /* as if all that had been long ago */
    }
    assert_int_equal(patience_verdict(&patience, &trouble), LK_OK);
}

static void it_ends_when_it_was_long_enough(void **state)
{
    (void) state;
    struct patience patience;
    struct lk_trouble trouble = { "" };
    patience_begin(&patience, 1);
    const int64_t began = lk_clock_monotonic();
    enum outage_pass pass;
    while ((pass = patience_pass(&patience)) != OUTAGE_WAIT)
        find_away(&patience, pass);
    assert_true(lk_clock_monotonic() - began >= LK_CLOCK_SECOND);
    assert_false(patience_is_waiting(&patience));
    assert_int_equal(patience_verdict(&patience, &trouble), LK_BROKEN);
    assert_string_equal(trouble.words, "waited 1 s for the directory, in vain: nobody there");
}

struct other {
    struct patience *patience;
    _Atomic pid_t task; /* 0: not yet running */
    enum outage_pass pass;
};

static void *pass_too(void *argument)
{
    struct other *other = argument;
    other->task = gettid();
    other->pass = patience_pass(other->patience);
    return NULL;
}

static bool is_asleep(pid_t task)
{
    char path[64], line[256] = "";
    (void) snprintf(path, sizeof path, "/proc/self/task/%d/stat", (int) task);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_int_equal(fclose(file), 0);
    return strncmp(strrchr(line, ')'), ") S", strlen(") S")) == 0;
}

/* One looks whether it is back, which takes long, and another waits. Then? */
static enum outage_pass pass_beside_a_look(struct patience *patience, void (*then)(struct patience *patience))
{
    pthread_t thread;
    struct other other = { .patience = patience, .pass = OUTAGE_WAIT };
    patience_begin(patience, LONG);
    find_away(patience, patience_pass(patience));
    assert_int_equal(patience_pass(patience), OUTAGE_PROBE);
    assert_int_equal(pthread_create(&thread, NULL, pass_too, &other), 0);
    while (other.task == 0 || !is_asleep(other.task))
        (void) sched_yield();
    then(patience);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return other.pass;
}

static void who_waits_goes_on_when_it_is_back(void **state)
{
    (void) state;
    struct patience patience;
    assert_int_equal(pass_beside_a_look(&patience, patience_answered), OUTAGE_OPEN);
}

static void who_waits_ends_at_once_when_told_to(void **state)
{
    (void) state;
    struct patience patience;
    struct lk_trouble trouble = { "" };
    assert_int_equal(pass_beside_a_look(&patience, patience_stop), OUTAGE_WAIT);
    assert_false(patience_is_waiting(&patience));
    assert_int_equal(patience_verdict(&patience, &trouble), LK_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_may_ask_while_it_answers),
        cmocka_unit_test(without_patience_the_first_failure_ends_it),
        cmocka_unit_test(what_is_back_before_the_end_may_be_away_again),
        cmocka_unit_test(it_ends_when_it_was_long_enough),
        cmocka_unit_test(who_waits_goes_on_when_it_is_back),
        cmocka_unit_test(who_waits_ends_at_once_when_told_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
