/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/outage.h"
#include "unit/testing.h"

#define LONGEST 8
#define MIDDLE  (UINT32_MAX / 2) /* no jitter */

static void assert_near(int64_t seen, int64_t wanted)
{
    assert_in_range(seen, wanted - LK_CLOCK_MILLISECOND, wanted + LK_CLOCK_MILLISECOND);
}

static void all_may_pass_while_it_answers(void **state)
{
    (void) state;
    struct outage outage = { 0 };
    for (int i = 0; i < 5; i++)
        assert_int_equal(outage_pass(&outage, 0), OUTAGE_OPEN);
    assert_int_equal(outage_next(&outage), INT64_MAX);
}

static void one_at_a_time_probes_after_growing_pauses(void **state)
{
    (void) state;
    static const int64_t pauses[] = { 1, 2, 4, 8, 8, 8 };
    struct outage outage = { 0 };
    enum outage_pass pass = outage_pass(&outage, 0);
    int64_t now = 0;
    for (unsigned i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
        outage_failed(&outage, pass, now, LONGEST, MIDDLE);
        assert_near(outage_next(&outage) - now, pauses[i] * LK_CLOCK_SECOND);
        assert_int_equal(outage_pass(&outage, outage_next(&outage) - 1), OUTAGE_WAIT);
        now = outage_next(&outage);
        pass = outage_pass(&outage, now);
        assert_int_equal(pass, OUTAGE_PROBE);
        assert_int_equal(outage_pass(&outage, now), OUTAGE_WAIT);
        assert_int_equal(outage_next(&outage), INT64_MAX); /* the probe will tell */
    }
    outage_answered(&outage);
    assert_int_equal(outage_pass(&outage, now), OUTAGE_OPEN);
}

static void those_under_way_when_it_went_down_count_once(void **state)
{
    (void) state;
    struct outage outage = { 0 };
    outage_failed(&outage, OUTAGE_OPEN, 0, LONGEST, MIDDLE);
    outage_failed(&outage, OUTAGE_OPEN, 5, LONGEST, MIDDLE);
    outage_failed(&outage, OUTAGE_OPEN, 9, LONGEST, MIDDLE);
    assert_near(outage_next(&outage), LK_CLOCK_SECOND);
    assert_int_equal(outage_pass(&outage, outage_next(&outage)), OUTAGE_PROBE);
    outage_failed(&outage, OUTAGE_OPEN, 10, LONGEST, MIDDLE); /* another latecomer does not end the probe */
    assert_int_equal(outage_pass(&outage, INT64_MAX), OUTAGE_WAIT);
}

static void a_probe_that_was_not_used_makes_room_for_another(void **state)
{
    (void) state;
    struct outage outage = { 0 };
    outage_failed(&outage, OUTAGE_OPEN, 0, LONGEST, MIDDLE);
    const int64_t now = outage_next(&outage);
    assert_int_equal(outage_pass(&outage, now), OUTAGE_PROBE);
    outage_unused(&outage, OUTAGE_OPEN);
    assert_int_equal(outage_pass(&outage, now), OUTAGE_WAIT);
    outage_unused(&outage, OUTAGE_PROBE);
    assert_int_equal(outage_pass(&outage, now), OUTAGE_PROBE);
}

static void pauses_vary_by_a_quarter(void **state)
{
    (void) state;
    struct outage low = { 0 };
    struct outage high = { 0 };
    outage_failed(&low, OUTAGE_OPEN, 0, LONGEST, 0);
    outage_failed(&high, OUTAGE_OPEN, 0, LONGEST, UINT32_MAX);
    assert_near(outage_next(&low), 750 * LK_CLOCK_MILLISECOND);
    assert_near(outage_next(&high), 1250 * LK_CLOCK_MILLISECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_may_pass_while_it_answers),
        cmocka_unit_test(one_at_a_time_probes_after_growing_pauses),
        cmocka_unit_test(those_under_way_when_it_went_down_count_once),
        cmocka_unit_test(a_probe_that_was_not_used_makes_room_for_another),
        cmocka_unit_test(pauses_vary_by_a_quarter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
