/* SPDX-License-Identifier: Apache-2.0 */
#include "dies.h"
#include "support.h"

#include "base/fatal.h"
#include "base/status.h"

#include <string.h>

static void every_status_has_a_name(void **state)
{
    (void) state;

    static const struct {
        enum lk_status status;
        const char *name;
    } CASES[] = {
        {LK_OK,         "ok"       },
        { LK_ABSENT,    "absent"   },
        { LK_REFUSED,   "refused"  },
        { LK_MALFORMED, "malformed"},
        { LK_CONFLICT,  "conflict" },
        { LK_BUSY,      "busy"     },
        { LK_BROKEN,    "broken"   },
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++)
        assert_string_equal(lk_status_name(CASES[i].status), CASES[i].name);
    assert_string_equal(lk_status_name((enum lk_status) 99), "unknown");
}

static void failing_gives_back_the_status_and_fills_the_words(void **state)
{
    (void) state;
    struct lk_trouble trouble = { "older" };
    assert_int_equal(lk_fail(&trouble, LK_BUSY, "%s: %d", "queue", 7), LK_BUSY);
    assert_string_equal(trouble.words, "queue: 7");
    assert_int_equal(lk_fail(NULL, LK_BROKEN, "%s", "nobody listens"), LK_BROKEN);
}

static void older_words_may_be_among_the_new(void **state)
{
    (void) state;
    struct lk_trouble trouble = { "inner" };
    assert_int_equal(lk_fail(&trouble, LK_BROKEN, "outer: %s", trouble.words), LK_BROKEN);
    assert_string_equal(trouble.words, "outer: inner");
}

/* `filling` times "x", then `character`: where the whole does not fit, no part of the character may be left. */
static void assert_cut(size_t filling, const char *character, size_t expected_len)
{
    char given[400];
    memset(given, 'x', filling);
    memcpy(given + filling, character, strlen(character) + 1);
    struct lk_trouble trouble = { "" };
    assert_int_equal(lk_fail(&trouble, LK_BROKEN, "%s", given), LK_BROKEN);
    assert_int_equal(strlen(trouble.words), expected_len);
    assert_memory_equal(trouble.words, given, expected_len);
}

static void long_words_are_cut_at_a_whole_character(void **state)
{
    (void) state;
    assert_cut(300, "", 255);
    assert_cut(255, "", 255);
    assert_cut(254, "yz", 255);
    assert_cut(253, "\xC3\xA9", 255); /* é just fits */
    assert_cut(254, "\xC3\xA9", 254);
    assert_cut(252, "\xE2\x82\xAC", 255); /* € */
    assert_cut(253, "\xE2\x82\xAC", 253);
    assert_cut(254, "\xE2\x82\xAC", 254);
    assert_cut(251, "\xF0\x9F\x94\x91", 255); /* a key */
    assert_cut(252, "\xF0\x9F\x94\x91", 252);
    assert_cut(254, "\xF0\x9F\x94\x91", 254);
    assert_cut(250, "\x80\x80\x80\x80\x80\x80\x80", 255); /* no UTF-8 at all: cut, not searched for ever */
}

static void end_it(void)
{
    lk_fatal("some words");
}

static void fatal_says_why_and_aborts(void **state)
{
    (void) state;
    assert_true(dies(end_it, "level=error event=fatal why=\"some words\"\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_name),
        cmocka_unit_test(failing_gives_back_the_status_and_fills_the_words),
        cmocka_unit_test(older_words_may_be_among_the_new),
        cmocka_unit_test(long_words_are_cut_at_a_whole_character),
        cmocka_unit_test(fatal_says_why_and_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
