/* SPDX-License-Identifier: Apache-2.0 */
#include "courier/schedule.h"
#include "unit/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct schedule_value value_at(const char *words, int64_t due)
{
    return (struct schedule_value){ .bytes = words, .len = strlen(words), .due = due };
}

static void tell_one(struct schedule *schedule, const char *dn, const char *words, int64_t due)
{
    const struct schedule_value value = value_at(words, due);
    schedule_tell(schedule, dn, &value, 1);
}

static void assert_takes(struct schedule *schedule, int64_t now, const char *dn, const char *words)
{
    const struct schedule_item *item = schedule_take(schedule, now);
    assert_non_null(item);
    assert_string_equal(item->dn, dn);
    assert_string_equal(item->value, words);
    schedule_done(schedule, item, 0, now);
}

static void items_come_in_the_order_in_which_they_are_due(void **state)
{
    (void) state;
    struct schedule *schedule = schedule_new(100);
    assert_int_equal(schedule_next(schedule), INT64_MAX);
    tell_one(schedule, "c", "invite", 30);
    tell_one(schedule, "a", "invite", 10);
    tell_one(schedule, "b", "invite", 20);
    assert_int_equal(schedule_next(schedule), 10);
    assert_null(schedule_take(schedule, 9));
    assert_takes(schedule, 30, "a", "invite");
    assert_takes(schedule, 30, "b", "invite");
    assert_null(schedule_take(schedule, 29));
    assert_takes(schedule, 30, "c", "invite");
    assert_int_equal(schedule_waiting(schedule), 0);
    schedule_free(schedule);
}

static void what_is_told_twice_waits_once(void **state)
{
    (void) state;
    struct schedule *schedule = schedule_new(100);
    const struct schedule_value both[] = { value_at("invite", 5), value_at("invite by=x", 6) };
    schedule_tell(schedule, "a", both, 2);
    schedule_tell(schedule, "a", both, 2);
    tell_one(schedule, "b", "invite", 7);
    assert_int_equal(schedule_waiting(schedule), 3);
    schedule_free(schedule);
}

static void what_an_entry_no_longer_holds_is_forgotten(void **state)
{
    (void) state;
    struct schedule *schedule = schedule_new(100);
    const struct schedule_value both[] = { value_at("invite", 5), value_at("invite by=x", 6) };
    schedule_tell(schedule, "a", both, 2);
    tell_one(schedule, "b", "invite", 7);
    tell_one(schedule, "a", "invite by=x", 6);
    assert_int_equal(schedule_waiting(schedule), 2);
    schedule_tell(schedule, "a", NULL, 0);
    assert_takes(schedule, 10, "b", "invite");
    assert_null(schedule_take(schedule, 10));
    schedule_free(schedule);
}

/* The same words may be added again while the former ones are being sent. */
static void what_is_told_while_in_hand_is_looked_at_again(void **state)
{
    (void) state;
    struct schedule *schedule = schedule_new(100);
    tell_one(schedule, "a", "invite", 5);
    const struct schedule_item *item = schedule_take(schedule, 5);
    const struct schedule_value both[] = { value_at("invite", 5), value_at("invite claim=x", 90) };
    schedule_tell(schedule, "a", both, 2);
    assert_null(schedule_take(schedule, 60)); /* it is in somebody's hands */
    schedule_done(schedule, item, 0, 50);
    assert_int_equal(schedule_next(schedule), 50);
    assert_takes(schedule, 50, "a", "invite");
    schedule_free(schedule);
}

static void told_and_withdrawn_while_in_hand_is_not(void **state)
{
    (void) state;
    struct schedule *schedule = schedule_new(100);
    tell_one(schedule, "a", "invite", 5);
    const struct schedule_item *item = schedule_take(schedule, 5);
    tell_one(schedule, "a", "invite", 5);
    tell_one(schedule, "a", "invite claim=x", 90);
    schedule_done(schedule, item, 0, 50);
    assert_int_equal(schedule_next(schedule), 90);
    schedule_free(schedule);
}

static void an_item_may_come_back_later(void **state)
{
    (void) state;
    struct schedule *schedule = schedule_new(100);
    tell_one(schedule, "a", "invite", 5);
    schedule_done(schedule, schedule_take(schedule, 5), 70, 5);
    assert_int_equal(schedule_next(schedule), 70);
    assert_takes(schedule, 70, "a", "invite");
    schedule_free(schedule);
}

static void a_reminder_stays_while_the_entry_holds_its_value(void **state)
{
    (void) state;
    struct schedule *schedule = schedule_new(100);
    const struct schedule_value reminder = value_at("invite claim=x", 90);
    schedule_add(schedule, "a", &reminder);
    schedule_add(schedule, "a", &reminder);
    tell_one(schedule, "a", "invite claim=x", 80);
    assert_int_equal(schedule_waiting(schedule), 1);
    assert_int_equal(schedule_next(schedule), 90);
    schedule_tell(schedule, "a", NULL, 0);
    assert_int_equal(schedule_waiting(schedule), 0);
    schedule_free(schedule);
}

static void what_is_held_is_not_counted_and_yet_comes_due(void **state)
{
    (void) state;
    struct schedule *schedule = schedule_new(100);
    struct schedule_value both[] = { value_at("invite", 5), value_at("invite claim=x", 90) };
    both[1].is_held = true;
    schedule_tell(schedule, "a", both, 2);
    schedule_tell(schedule, "b", &both[1], 1);
    assert_int_equal(schedule_waiting(schedule), 1);
    schedule_tell(schedule, "b", NULL, 0);
    assert_int_equal(schedule_waiting(schedule), 1);
    assert_takes(schedule, 5, "a", "invite");
    assert_int_equal(schedule_waiting(schedule), 0);
    assert_int_equal(schedule_next(schedule), 90);
    const struct schedule_item *item = schedule_take(schedule, 90);
    assert_string_equal(item->value, "invite claim=x");
    schedule_done(schedule, item, 120, 90);
    assert_int_equal(schedule_waiting(schedule), 1);
    schedule_free(schedule);
}

static void memory_is_bounded_and_what_was_left_out_is_asked_for(void **state)
{
    (void) state;
    struct schedule *schedule = schedule_new(8);
    char dn[16];
    for (int i = 0; i < 20; i++) {
        (void) snprintf(dn, sizeof dn, "entry %d", i);
        tell_one(schedule, dn, "invite", i);
    }
    assert_int_equal(schedule_waiting(schedule), 8);
    assert_false(schedule_is_short(schedule, 100)); /* no room yet */
    for (int i = 0; i < 4; i++)
        schedule_done(schedule, schedule_take(schedule, 100), 0, 100);
    assert_true(schedule_is_short(schedule, 0));
    assert_false(schedule_is_short(schedule, 100));
    schedule_free(schedule);
}

static struct schedule *full_of_next_week(size_t most)
{
    struct schedule *schedule = schedule_new(most);
    char dn[16];
    for (size_t i = 0; i < most; i++) {
        (void) snprintf(dn, sizeof dn, "entry %zu", i);
        tell_one(schedule, dn, "next week", 1000 + (int64_t) i);
    }
    return schedule;
}

static void what_is_due_later_gives_way(void **state)
{
    (void) state;
    struct schedule *schedule = full_of_next_week(8);
    tell_one(schedule, "late", "invite", 2000);
    tell_one(schedule, "a", "invite", 10);
    tell_one(schedule, "b", "invite", 20);
    assert_int_equal(schedule_waiting(schedule), 8);
    assert_takes(schedule, 20, "a", "invite");
    assert_takes(schedule, 20, "b", "invite");
    assert_int_equal(schedule_next(schedule), 1000);
    for (int i = 0; i < 6; i++) {
        char dn[16];
        (void) snprintf(dn, sizeof dn, "entry %d", i);
        assert_takes(schedule, 1100, dn, "next week");
    }
    assert_int_equal(schedule_next(schedule), 1006); /* the first of those that gave way */
    schedule_free(schedule);
}

/* Not while something else is due as early: then everything would be told again and again during a rush. */
static void what_was_left_out_is_asked_for_when_it_would_be_the_next(void **state)
{
    (void) state;
    struct schedule *schedule = full_of_next_week(8);
    tell_one(schedule, "a", "invite", 10);
    schedule_done(schedule, schedule_take(schedule, 10), 5000, 10);
    tell_one(schedule, "b", "invite", 3000); /* comes later than what gave way at 1007, and stays */
    for (int i = 0; i < 7; i++) {
        assert_false(schedule_is_short(schedule, 1006));
        schedule_done(schedule, schedule_take(schedule, 1006), 5000, 1006);
    }
    assert_int_equal(schedule_next(schedule), 1007);
    assert_false(schedule_is_short(schedule, 1006));
    assert_true(schedule_is_short(schedule, 1007));
    assert_false(schedule_is_short(schedule, 1007));
    assert_int_equal(schedule_next(schedule), 3000);
    schedule_free(schedule);
}

static void values_of_any_length_are_told_apart(void **state)
{
    (void) state;
    char long_words[5001];
    memset(long_words, 'x', sizeof long_words - 1);
    long_words[5000] = '\0';
    struct schedule *schedule = schedule_new(8);
    tell_one(schedule, "a", long_words, 1);
    tell_one(schedule, "b", "", 2);
    const struct schedule_item *item = schedule_take(schedule, 1);
    assert_int_equal(item->len, 5000);
    assert_int_equal(strlen(item->value), SCHEDULE_VALUE_MOST);
    schedule_done(schedule, item, 0, 1);
    assert_takes(schedule, 2, "b", "");
    schedule_free(schedule);
}

/* Against a plain list: many random tellings, takings and endings. */
static void a_long_random_life(void **state)
{
    (void) state;

    enum {
        ENTRIES = 40
    };

    static const char *const words[] = { "w0", "w1", "w2" };
    int64_t due[ENTRIES][3];
    memset(due, 0xFF, sizeof due); /* -1: not there */
    struct schedule *schedule = schedule_new(1000);
    unsigned seed = 7;
    for (int turn = 0; turn < 20000; turn++) {
        char dn[16];
        const int entry = rand_r(&seed) % ENTRIES;
        (void) snprintf(dn, sizeof dn, "entry %d", entry);
        if (rand_r(&seed) % 3 != 0) {
            struct schedule_value values[3];
            size_t count = 0;
            for (int w = 0; w < 3; w++) {
                const bool is_there = rand_r(&seed) % 2 != 0;
                if (is_there && due[entry][w] < 0)
                    due[entry][w] = rand_r(&seed) % 1000;
                if (is_there)
                    values[count++] = value_at(words[w], due[entry][w]);
                else
                    due[entry][w] = -1;
            }
            schedule_tell(schedule, dn, values, count);
        }
        int64_t least = INT64_MAX;
        size_t waiting = 0;
        for (int e = 0; e < ENTRIES; e++) {
            for (int w = 0; w < 3; w++) {
                waiting += due[e][w] >= 0;
                least = due[e][w] >= 0 && due[e][w] < least ? due[e][w] : least;
            }
        }
        assert_int_equal(schedule_waiting(schedule), waiting);
        assert_int_equal(schedule_next(schedule), least);
        const struct schedule_item *item = schedule_take(schedule, 500);
        if (least > 500) {
            assert_null(item);
            continue;
        }
        const int taken = atoi(item->dn + strlen("entry "));
        const int word = item->value[1] - '0';
        assert_int_equal(due[taken][word], least);
        due[taken][word] = rand_r(&seed) % 2 == 0 ? -1 : 1 + rand_r(&seed) % 1000;
        schedule_done(schedule, item, due[taken][word] < 0 ? 0 : due[taken][word], 500);
    }
    schedule_free(schedule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_in_the_order_in_which_they_are_due),
        cmocka_unit_test(what_is_told_twice_waits_once),
        cmocka_unit_test(what_an_entry_no_longer_holds_is_forgotten),
        cmocka_unit_test(what_is_told_while_in_hand_is_looked_at_again),
        cmocka_unit_test(told_and_withdrawn_while_in_hand_is_not),
        cmocka_unit_test(an_item_may_come_back_later),
        cmocka_unit_test(a_reminder_stays_while_the_entry_holds_its_value),
        cmocka_unit_test(what_is_held_is_not_counted_and_yet_comes_due),
        cmocka_unit_test(memory_is_bounded_and_what_was_left_out_is_asked_for),
        cmocka_unit_test(what_is_due_later_gives_way),
        cmocka_unit_test(what_was_left_out_is_asked_for_when_it_would_be_the_next),
        cmocka_unit_test(values_of_any_length_are_told_apart),
        cmocka_unit_test(a_long_random_life),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
