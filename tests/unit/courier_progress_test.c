/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "courier/progress.h"
#include "unit/testing.h"

static void a_few_are_no_rush(void **state)
{
    (void) state;
    struct progress progress = { 0 };
    assert_false(progress_note(&progress, PROGRESS_LEAST - 1, 0, 0));
    assert_false(progress_note(&progress, 0, 1, 1));
    assert_int_equal(progress.done, 0);
}

static void a_rush_is_told_of_when_it_begins_now_and_then_and_at_its_end(void **state)
{
    (void) state;
    struct progress progress = { 0 };
    int64_t now = 5;
    assert_true(progress_note(&progress, PROGRESS_LEAST, 0, now));
    for (size_t waiting = PROGRESS_LEAST - 1; waiting > 50; waiting--)
        assert_false(progress_note(&progress, waiting, 1, ++now));
    now = 5 + PROGRESS_PAUSE * LK_CLOCK_SECOND;
    assert_true(progress_note(&progress, 50, 1, now));
    assert_false(progress_note(&progress, 40, 10, now + 1));
    assert_true(progress_note(&progress, 0, 40, now + 2));
    assert_int_equal(progress.done, PROGRESS_LEAST);
    assert_int_equal(progress.begun, 5);
    assert_false(progress_note(&progress, 0, 0, now + 3));
}

static void the_next_rush_counts_from_nothing(void **state)
{
    (void) state;
    struct progress progress = { 0 };
    assert_true(progress_note(&progress, 1000, 0, 0));
    assert_true(progress_note(&progress, 0, 1000, 1));
    assert_true(progress_note(&progress, 200, 0, 2));
    assert_int_equal(progress.done, 0);
    assert_int_equal(progress.begun, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_few_are_no_rush),
        cmocka_unit_test(a_rush_is_told_of_when_it_begins_now_and_then_and_at_its_end),
        cmocka_unit_test(the_next_rush_counts_from_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
