/* SPDX-License-Identifier: Apache-2.0 */
#include "dies.h"
#include "support.h"
#include "wipes.h"

#include "base/arena.h"
#include "base/cleanup.h"

#include <string.h>

static void assert_zero(const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < len; i++)
        assert_int_equal(at[i], 0);
}

static void bytes_are_zeroed_aligned_and_apart(void **state)
{
    (void) state;
    static const size_t SIZES[] = { 0, 1, 15, 16, 17, 100, 1000, 1900, 4000, 5000, 40000, 70000, 1000000, 3 };
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    unsigned char *made[200];
    size_t sizes[200];
    for (size_t i = 0; i < COUNT_OF(made); i++) {
        sizes[i] = SIZES[i % COUNT_OF(SIZES)];
        made[i] = lk_arena_alloc(arena, sizes[i]);
        assert_non_null(made[i]);
        assert_int_equal((uintptr_t) made[i] % _Alignof(max_align_t), 0);
        assert_zero(made[i], sizes[i]);
        memset(made[i], (int) (i + 1), sizes[i]);
    }
    for (size_t i = 0; i < COUNT_OF(made); i++) { /* nobody wrote over anybody else's */
        for (size_t at = 0; at < sizes[i]; at++)
            assert_int_equal(made[i][at], i + 1);
    }
}

static void reset_wipes_and_uses_the_first_block_again(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    char *first = lk_arena_words(arena, "correct horse battery staple");
    lk_arena_reset(arena);
    assert_zero(first, 28);
    assert_ptr_equal(lk_arena_alloc(arena, 28), first);
}

/* Fills an arena with blocks of every kind, and gives back where they lay. */
static void fill(struct lk_arena *arena, uintptr_t places[], size_t count)
{
    static const size_t SIZES[] = { 100, 1500, 9000, 1200, 30000, 200000, 3000, 800 };
    for (size_t i = 0; i < count; i++) {
        const size_t size = SIZES[i % COUNT_OF(SIZES)];
        void *bytes = lk_arena_alloc(arena, size);
        memset(bytes, 's', size);
        places[i] = (uintptr_t) bytes;
    }
}

static void everything_is_wiped_before_it_is_given_back(void **state)
{
    (void) state;
    uintptr_t places[64];
    struct lk_arena *arena = lk_arena_new();
    for (int round = 0; round < 3; round++) {
        fill(arena, places, COUNT_OF(places));
        wipe_count = 0;
        if (round < 2)
            lk_arena_reset(arena);
        else
            lk_arena_free(arena);
        for (size_t i = 0; i < COUNT_OF(places); i++)
            assert_true(was_wiped(places[i], 100));
    }
}

static void an_empty_arena_can_be_reset_and_freed(void **state)
{
    (void) state;
    struct lk_arena *arena = lk_arena_new();
    lk_arena_reset(arena);
    lk_arena_reset(arena);
    assert_non_null(lk_arena_alloc(arena, 100000)); /* only a block of its own */
    lk_arena_reset(arena);
    lk_arena_free(arena);
    lk_arena_free(NULL);
    struct lk_arena *none = NULL;
    lk_cleanup_arena(&none);
}

static void copies_are_terminated(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    const char bytes[] = { 'a', '\0', 'b' };
    assert_memory_equal(lk_arena_copy(arena, bytes, sizeof bytes), "a\0b", 4);
    assert_string_equal(lk_arena_copy(arena, NULL, 0), "");
    assert_string_equal(lk_arena_words(arena, "words"), "words");
    assert_null(lk_arena_words(arena, NULL));
    assert_string_equal(lk_arena_format(arena, "%s-%d", "a", 5), "a-5");
    assert_string_equal(lk_arena_format(arena, "%s", ""), "");
    assert_int_equal(strlen(lk_arena_format(arena, "%0100000d", 1)), 100000);
}

static void an_array_is_zeroed(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    const int64_t *numbers = lk_arena_array(arena, 1000, sizeof *numbers);
    assert_zero(numbers, 1000 * sizeof *numbers);
    assert_non_null(lk_arena_array(arena, 0, 8));
}

static void array_of_too_many(void)
{
    (void) lk_arena_array(lk_arena_new(), SIZE_MAX / 8 + 2, 8); /* eight bytes, if it wrapped around */
}

static void alloc_of_too_much(void)
{
    (void) lk_arena_alloc(lk_arena_new(), SIZE_MAX - 4);
}

static void copy_of_too_much(void)
{
    (void) lk_arena_copy(lk_arena_new(), "", SIZE_MAX);
}

static void sizes_that_overflow_end_the_process(void **state)
{
    (void) state;
    assert_true(dies(array_of_too_many, "out of memory"));
    assert_true(dies(alloc_of_too_much, "out of memory"));
    assert_true(dies(copy_of_too_much, "out of memory"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_zeroed_aligned_and_apart),
        cmocka_unit_test(reset_wipes_and_uses_the_first_block_again),
        cmocka_unit_test(everything_is_wiped_before_it_is_given_back),
        cmocka_unit_test(an_empty_arena_can_be_reset_and_freed),
        cmocka_unit_test(copies_are_terminated),
        cmocka_unit_test(an_array_is_zeroed),
        cmocka_unit_test(sizes_that_overflow_end_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
