/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "courier/relay.h"
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
    struct relay relay = { 0 };
    for (int i = 0; i < 5; i++)
        assert_int_equal(relay_pass(&relay, 0), RELAY_OPEN);
    assert_int_equal(relay_next(&relay), INT64_MAX);
}

static void one_at_a_time_probes_after_growing_pauses(void **state)
{
    (void) state;
    static const int64_t pauses[] = { 1, 2, 4, 8, 8, 8 };
    struct relay relay = { 0 };
    enum relay_pass pass = relay_pass(&relay, 0);
    int64_t now = 0;
    for (unsigned i = 0; i < sizeof pauses / sizeof pauses[0]; i++) {
        relay_failed(&relay, pass, now, LONGEST, MIDDLE);
        assert_near(relay_next(&relay) - now, pauses[i] * LK_CLOCK_SECOND);
        assert_int_equal(relay_pass(&relay, relay_next(&relay) - 1), RELAY_WAIT);
        now = relay_next(&relay);
        pass = relay_pass(&relay, now);
        assert_int_equal(pass, RELAY_PROBE);
        assert_int_equal(relay_pass(&relay, now), RELAY_WAIT);
        assert_int_equal(relay_next(&relay), INT64_MAX); /* the probe will tell */
    }
    relay_answered(&relay);
    assert_int_equal(relay_pass(&relay, now), RELAY_OPEN);
}

static void those_under_way_when_it_went_down_count_once(void **state)
{
    (void) state;
    struct relay relay = { 0 };
    relay_failed(&relay, RELAY_OPEN, 0, LONGEST, MIDDLE);
    relay_failed(&relay, RELAY_OPEN, 5, LONGEST, MIDDLE);
    relay_failed(&relay, RELAY_OPEN, 9, LONGEST, MIDDLE);
    assert_near(relay_next(&relay), LK_CLOCK_SECOND);
    assert_int_equal(relay_pass(&relay, relay_next(&relay)), RELAY_PROBE);
    relay_failed(&relay, RELAY_OPEN, 10, LONGEST, MIDDLE); /* another latecomer does not end the probe */
    assert_int_equal(relay_pass(&relay, INT64_MAX), RELAY_WAIT);
}

static void a_probe_that_was_not_used_makes_room_for_another(void **state)
{
    (void) state;
    struct relay relay = { 0 };
    relay_failed(&relay, RELAY_OPEN, 0, LONGEST, MIDDLE);
    const int64_t now = relay_next(&relay);
    assert_int_equal(relay_pass(&relay, now), RELAY_PROBE);
    relay_unused(&relay, RELAY_OPEN);
    assert_int_equal(relay_pass(&relay, now), RELAY_WAIT);
    relay_unused(&relay, RELAY_PROBE);
    assert_int_equal(relay_pass(&relay, now), RELAY_PROBE);
}

static void pauses_vary_by_a_quarter(void **state)
{
    (void) state;
    struct relay low = { 0 };
    struct relay high = { 0 };
    relay_failed(&low, RELAY_OPEN, 0, LONGEST, 0);
    relay_failed(&high, RELAY_OPEN, 0, LONGEST, UINT32_MAX);
    assert_near(relay_next(&low), 750 * LK_CLOCK_MILLISECOND);
    assert_near(relay_next(&high), 1250 * LK_CLOCK_MILLISECOND);
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
