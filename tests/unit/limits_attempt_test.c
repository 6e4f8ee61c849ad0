/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "limits/attempt.h"
#include "unit/testing.h"

#include <string.h>

#define NOW INT64_C(1795000000)

static void test_written_and_read(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    const struct attempt attempt = { .kind = "signin", .at = NOW, .count = 3 };
    const char *text = attempt_write(arena, &attempt);
    assert_string_equal(text, "signin at=20261118110640Z count=3");
    struct attempt read;
    assert_int_equal(attempt_read(arena, text, strlen(text), &read), LK_OK);
    assert_string_equal(read.kind, "signin");
    assert_null(read.name);
    assert_int_equal(read.at, NOW);
    assert_int_equal(read.count, 3);
    const struct attempt named = { .kind = "signin", .name = "abc", .at = NOW, .count = INT64_MAX };
    assert_string_equal(attempt_write(arena, &named), "signin at=20261118110640Z count=1000000 name=abc");
    static const char *const foreign[] = { "",
                                           "signin",
                                           "signin at=then count=1",
                                           "signin at=20261118110640Z",
                                           "signin at=20261118110640Z count=-1",
                                           "counting kind=signin" };
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        assert_int_equal(attempt_read(arena, foreign[i], strlen(foreign[i]), &read), LK_MALFORMED);
}

static void test_one_mark_whatever_was_counted(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    const struct attempt first = { .kind = "signin", .at = NOW, .count = 3 };
    const struct attempt later = { .kind = "signin", .at = NOW + 60, .count = 4 };
    const struct attempt named = { .kind = "own", .name = "abc", .at = NOW, .count = 1 };
    assert_string_equal(attempt_mark(arena, &first), "counting kind=signin");
    assert_string_equal(attempt_mark(arena, &later), "counting kind=signin");
    assert_string_equal(attempt_mark(arena, &named), "counting kind=own name=abc");
}

static int64_t wait_after(const struct config *config, int64_t count, int64_t passed)
{
    const struct attempt attempt = { .kind = "signin", .at = NOW, .count = count };
    return attempt_wait(config, &attempt, NOW + passed);
}

static void test_waits(void **state)
{
    (void) state;
    static const int64_t waits[] = { 0, 0, 0, 0, 0, 2, 4, 8, 16, 32, 60, 60 };
    struct config *config = config_defaults();
    for (size_t i = 0; i < sizeof waits / sizeof *waits; i++)
        assert_int_equal(wait_after(config, (int64_t) i, 0), waits[i]);
    assert_int_equal(wait_after(config, 1000000, 0), 60);
    assert_int_equal(wait_after(config, 8, 10), 6);
    assert_int_equal(wait_after(config, 8, 16), 0);
    assert_int_equal(wait_after(config, 8, -1000), 16); /* counted by a machine whose clock is ahead */
    const struct attempt attempt = { .kind = "signin", .at = NOW, .count = 9 };
    assert_false(attempt_is_over(config, &attempt, NOW + config->limits_account_forget - 1));
    assert_true(attempt_is_over(config, &attempt, NOW + config->limits_account_forget));
    config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_and_read),
        cmocka_unit_test(test_one_mark_whatever_was_counted),
        cmocka_unit_test(test_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
