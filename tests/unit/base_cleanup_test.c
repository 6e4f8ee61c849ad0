/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static void a_taken_pointer_leaves_null_behind(void **state)
{
    (void) state;
    char value = 'x';
    char *owned = &value;
    char *taken = LK_TAKE(owned);
    assert_ptr_equal(taken, &value);
    assert_null(owned);
}

static void a_taken_descriptor_leaves_none_behind(void **state)
{
    (void) state;
    int owned = 7;
    assert_int_equal(lk_take_descriptor(&owned), 7);
    assert_int_equal(owned, -1);
}

static void memory_is_freed_when_the_scope_is_left(void **state)
{
    (void) state;
    char *handed_on = NULL;
    {
        /* The leak checker of the asan preset sees it if the first is not freed, or the second is. */
        LK_CLEANUP(lk_cleanup_free) char *freed = malloc(10);
        LK_CLEANUP(lk_cleanup_free) unsigned char *nothing = NULL;
        LK_CLEANUP(lk_cleanup_free) char *kept = malloc(10);
        (void) nothing;
        handed_on = LK_TAKE(kept);
        assert_non_null(freed);
    }
    assert_non_null(handed_on);
    handed_on[9] = 'x';
    free(handed_on);
}

static void a_descriptor_is_closed_and_errno_kept(void **state)
{
    (void) state;
    int number = -1;
    {
        LK_CLEANUP(lk_cleanup_close) int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);
        LK_CLEANUP(lk_cleanup_close) int none = -1;
        (void) none;
        number = descriptor;
        assert_true(number >= 0);
        errno = EXDEV;
    }
    assert_int_equal(errno, EXDEV);
    assert_int_equal(fcntl(number, F_GETFD), -1);

    errno = EXDEV;
    lk_cleanup_close(&number); /* closing it again fails; that must not show either */
    assert_int_equal(errno, EXDEV);
    assert_int_equal(number, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_taken_pointer_leaves_null_behind),
        cmocka_unit_test(a_taken_descriptor_leaves_none_behind),
        cmocka_unit_test(memory_is_freed_when_the_scope_is_left),
        cmocka_unit_test(a_descriptor_is_closed_and_errno_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
