/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "unit/support.h"
#include "web/queue.h"

#include <pthread.h>

#define WORKERS 4
#define ITEMS   2000

static void count_hold(struct web_queue_item *item)
{
    item->next = item; /* a mark that hold has run, which web_queue_add overwrites */
}

static void items_come_out_as_they_went_in_and_no_more_than_so_many(void **state)
{
    (void) state;
    struct web_queue *queue = web_queue_new(2);
    struct web_queue_item items[3];
    assert_true(web_queue_add(queue, &items[0], count_hold));
    assert_true(web_queue_add(queue, &items[1], count_hold));
    items[2].next = NULL;
    assert_false(web_queue_add(queue, &items[2], count_hold));
    assert_null(items[2].next); /* it was not held */
    assert_ptr_equal(web_queue_take(queue), &items[0]);
    assert_true(web_queue_add(queue, &items[2], count_hold));
    assert_ptr_equal(web_queue_take(queue), &items[1]);
    assert_ptr_equal(web_queue_take(queue), &items[2]);
    web_queue_close(queue);
    assert_null(web_queue_take(queue));
    web_queue_free(queue);
}

static void what_has_waited_too_long_is_found(void **state)
{
    (void) state;
    struct web_queue *queue = web_queue_new(8);
    struct web_queue_item items[2];
    const int64_t before = lk_clock_monotonic() - 1;
    assert_true(web_queue_add(queue, &items[0], count_hold));
    assert_true(web_queue_add(queue, &items[1], count_hold));
    assert_null(web_queue_expired(queue, before));
    assert_ptr_equal(web_queue_expired(queue, items[0].since), &items[0]);
    assert_ptr_equal(web_queue_expired(queue, INT64_MAX), &items[1]);
    assert_null(web_queue_expired(queue, INT64_MAX));
    web_queue_close(queue);
    web_queue_free(queue);
}

static void a_closed_queue_takes_nothing_but_gives_what_it_has(void **state)
{
    (void) state;
    struct web_queue *queue = web_queue_new(8);
    struct web_queue_item items[2];
    assert_true(web_queue_add(queue, &items[0], count_hold));
    web_queue_close(queue);
    assert_false(web_queue_add(queue, &items[1], count_hold));
    assert_ptr_equal(web_queue_take(queue), &items[0]);
    assert_null(web_queue_take(queue));
    web_queue_free(queue);
}

static void *take_all(void *argument)
{
    size_t count = 0;
    while (web_queue_take(argument) != NULL)
        count++;
    return (void *) count; // NOLINT(performance-no-int-to-ptr)
}

static void every_item_is_taken_by_exactly_one(void **state)
{
    (void) state;
    static struct web_queue_item items[ITEMS];
    struct web_queue *queue = web_queue_new(ITEMS);
    pthread_t workers[WORKERS];
    size_t taken = 0;
    for (size_t i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&workers[i], NULL, take_all, queue), 0);
    for (size_t i = 0; i < ITEMS; i++)
        assert_true(web_queue_add(queue, &items[i], count_hold));
    web_queue_close(queue);
    for (size_t i = 0; i < WORKERS; i++) {
        void *count = NULL;
        assert_int_equal(pthread_join(workers[i], &count), 0);
        taken += (size_t) count;
    }
    assert_int_equal(taken, ITEMS);
    web_queue_free(queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_as_they_went_in_and_no_more_than_so_many),
        cmocka_unit_test(what_has_waited_too_long_is_found),
        cmocka_unit_test(a_closed_queue_takes_nothing_but_gives_what_it_has),
        cmocka_unit_test(every_item_is_taken_by_exactly_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
