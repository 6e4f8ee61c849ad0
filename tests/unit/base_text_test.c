/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"
#include "wipes.h"

#include "base/cleanup.h"
#include "base/text.h"

#include <string.h>

static void every_way_of_appending(void **state)
{
    (void) state;
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(100);
    assert_string_equal(lk_text_string(&text), "");
    assert_true(lk_text_ok(&text));
    lk_text_add(&text, "a\0b", 3);
    lk_text_words(&text, "-words");
    lk_text_words(&text, NULL);
    lk_text_words(&text, "");
    lk_text_add(&text, NULL, 0);
    lk_text_char(&text, '!');
    lk_text_format(&text, "%d%s", 42, "x");
    lk_text_format(&text, "%s", "");
    lk_text_literal(&text, "<p>");
    assert_true(lk_text_ok(&text));
    assert_int_equal(text.len, 16);
    assert_memory_equal(text.data, "a\0b-words!42x<p>", 17);
}

static void long_text_keeps_its_beginning(void **state)
{
    (void) state;
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(1000000);
    for (int i = 0; i < 100000; i++)
        lk_text_format(&text, "%05d", i);
    assert_true(lk_text_ok(&text));
    assert_int_equal(text.len, 500000);
    assert_memory_equal(text.data + 5L * 77777, "77777", 5);
    assert_true(text.room <= 1000001);
}

static void the_ceiling_holds_and_failure_sticks(void **state)
{
    (void) state;
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(10);
    lk_text_words(&text, "0123456789"); /* just fits */
    assert_true(lk_text_ok(&text));
    assert_int_equal(text.room, 11);
    lk_text_char(&text, 'x');
    assert_false(lk_text_ok(&text));
    assert_string_equal(lk_text_string(&text), "0123456789");

    lk_text_reset(&text);
    assert_true(lk_text_ok(&text));
    assert_string_equal(lk_text_string(&text), "");
    lk_text_words(&text, "12345");
    lk_text_format(&text, "%s", "123456"); /* one too many: nothing of it is added */
    assert_false(lk_text_ok(&text));
    lk_text_char(&text, 'y'); /* would fit, but the text has failed */
    lk_text_format(&text, "y");
    lk_text_literal(&text, "y");
    assert_string_equal(lk_text_string(&text), "12345");
}

static void a_text_without_a_ceiling_of_its_own_refuses(void **state)
{
    (void) state;
    struct lk_text zero = { 0 };
    lk_text_char(&zero, 'x');
    assert_false(lk_text_ok(&zero));
    lk_text_done(&zero);

    LK_CLEANUP(lk_text_done) struct lk_text most = LK_TEXT(SIZE_MAX);
    lk_text_words(&most, "fits");
    lk_text_add(&most, "", SIZE_MAX);
    assert_false(lk_text_ok(&most));
    assert_string_equal(lk_text_string(&most), "fits");
}

static void growing_and_freeing_wipe(void **state)
{
    (void) state;
    struct lk_text text = LK_TEXT(10000);
    lk_text_words(&text, "a secret answer");
    const uintptr_t before = (uintptr_t) text.data;
    wipe_count = 0;
    lk_text_format(&text, "%0200d", 1);
    assert_true(was_wiped(before, 15));

    const uintptr_t after = (uintptr_t) text.data;
    wipe_count = 0;
    lk_text_done(&text);
    assert_true(was_wiped(after, 215));
    assert_null(text.data);
    assert_int_equal(text.limit, 10000);
    lk_text_words(&text, "used again");
    assert_string_equal(lk_text_string(&text), "used again");
    lk_text_done(&text);
    lk_text_done(&text);
}

static void reset_wipes_but_keeps_room(void **state)
{
    (void) state;
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(100);
    lk_text_reset(&text);
    lk_text_words(&text, "a secret answer");
    const char *data = text.data;
    const size_t room = text.room;
    lk_text_reset(&text);
    assert_ptr_equal(text.data, data);
    assert_int_equal(text.room, room);
    for (size_t i = 0; i < room; i++)
        assert_int_equal(data[i], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_of_appending),
        cmocka_unit_test(long_text_keeps_its_beginning),
        cmocka_unit_test(the_ceiling_holds_and_failure_sticks),
        cmocka_unit_test(a_text_without_a_ceiling_of_its_own_refuses),
        cmocka_unit_test(growing_and_freeing_wipe),
        cmocka_unit_test(reset_wipes_but_keeps_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
