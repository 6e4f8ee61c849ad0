/* SPDX-License-Identifier: Apache-2.0 */
#include "dies.h"
#include "support.h"

#include "base/cleanup.h"
#include "base/record.h"

#include <string.h>

static struct lk_arena *arena;

static int set_up(void **state)
{
    (void) state;
    arena = lk_arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    lk_arena_free(arena);
    return 0;
}

static void assert_written(const struct lk_record *record, const char *expected)
{
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(LK_RECORD_MOST);
    lk_record_write(record, &text);
    assert_true(lk_text_ok(&text));
    assert_string_equal(lk_text_string(&text), expected);
}

static void what_is_read_is_written_again(void **state)
{
    (void) state;
    static const char *const CASES[] = {
        "invite",
        "invite claim=b81f@20261122194103Z tries=2 after=20261122200000Z",
        "x-1.2_3~ a=b",
        "reset to=someone@example.org,other@example.org",
        "invite why=\"550 5.1.1 no such user\"",
        "invite by=\"Zo%C3%AB <zoe@acme.example> 'Z'; 100%25, %22quoted%22\" tries=2",
        "invite by=\"%20%20a %20%20b %20\"",
        "k a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8 i=9 j=10 k=11 l=12 m=13 n=14 o=15 p=16",
        "k eq=a%3Db pct=%25 sp=\"%20\" utf=%C3%A9 plain=@:/,+-._~",
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct lk_record record = { 0 };
        assert_int_equal(lk_record_parse(arena, CASES[i], strlen(CASES[i]), &record), LK_OK);
        assert_written(&record, CASES[i]);
    }
}

static void values_are_decoded(void **state)
{
    (void) state;
    static const char TEXT[] = "invite why=\"no such user\" a=b%3Dc d=no%20quotes e=\"needless\"";
    struct lk_record record = { 0 };
    assert_int_equal(lk_record_parse(arena, TEXT, sizeof TEXT - 1, &record), LK_OK);
    assert_string_equal(record.kind, "invite");
    assert_int_equal(record.count, 4);
    assert_string_equal(record.fields[0].name, "why");
    assert_string_equal(lk_record_get(&record, "why"), "no such user");
    assert_string_equal(lk_record_get(&record, "a"), "b=c");
    assert_string_equal(lk_record_get(&record, "d"), "no quotes");
    assert_string_equal(lk_record_get(&record, "e"), "needless");
    assert_null(lk_record_get(&record, "wh"));
    assert_null(lk_record_get(&record, "b"));
}

static void outer_blanks_are_forgiven(void **state)
{
    (void) state;
    struct lk_record record = { 0 };
    assert_int_equal(lk_record_parse(arena, LITERAL(" \t invite tries=2\t "), &record), LK_OK);
    assert_written(&record, "invite tries=2");
}

static void all_else_is_malformed(void **state)
{
    (void) state;

    static const struct {
        const char *text;
        size_t len;
    } CASES[] = {
        { LITERAL("") },
        { LITERAL("   ") },
        { LITERAL("=") },
        { LITERAL("a=b") }, /* no kind */
        { LITERAL("in vite") },
        { LITERAL("in%20vite") },
        { LITERAL("in\xC3\xA9") },
        { LITERAL("invite  a=b") },
        { LITERAL("invite\ta=b") },
        { LITERAL("invite\na=b") },
        { LITERAL("invite a=b\n") },
        { LITERAL("invite a") },
        { LITERAL("invite =b") },
        { LITERAL("invite a=") },
        { LITERAL("invite a= b=c") },
        { LITERAL("invite A=b") },
        { LITERAL("invite a1=b") },
        { LITERAL("invite a=b a=b") },
        { LITERAL("invite a=b c=d a=e") },
        { LITERAL("invite a=b=c") },
        { LITERAL("invite a=\"b c") },
        { LITERAL("invite a=\"") },
        { LITERAL("invite a=\"\"") },
        { LITERAL("invite a=b\"c d\"") },
        { LITERAL("invite a=\"b\"c") },
        { LITERAL("invite a=\"b\"\"c\"") },
        { LITERAL("invite a=\"b c\"d=e") },
        { LITERAL("invite a=\" b\"") },
        { LITERAL("invite a=\"b \"") },
        { LITERAL("invite a=\"b  c\"") }, /* the second would be lost */
        { LITERAL("invite a=\"b%20c\"") },
        { LITERAL("invite a=\"b\tc\"") },
        { LITERAL("invite a=\"b \xC3\xA9\"") },
        { LITERAL("\"in vite\"") },
        { LITERAL("invite a=\xC3\xA9") },
        { LITERAL("invite a=b;c") },
        { LITERAL("invite a=%") },
        { LITERAL("invite a=%4") },
        { LITERAL("invite a=%zz") },
        { LITERAL("invite a=%00") },
        { LITERAL("invite a=%3d") }, /* one spelling only: upper case */
        { LITERAL("invite a=%41") }, /* and none where none is needed */
        { LITERAL("invite a=%2F") },
        { LITERAL("inv\0ite") },
        { LITERAL("invite a\0=b") },
        { LITERAL("invite a=b\0") },
        { LITERAL("k a=1 b=2 c=3 d=4 e=5 f=6 g=7 h=8 i=9 j=10 k=11 l=12 m=13 n=14 o=15 p=16 q=17") },
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct lk_record record = { .kind = "untouched" };
        if (lk_record_parse(arena, CASES[i].text, CASES[i].len, &record) != LK_MALFORMED)
            fail_msg("accepted: %s", CASES[i].text);
        assert_string_equal(record.kind, "untouched");
    }
}

static void a_whole_value_is_bounded(void **state)
{
    (void) state;
    char text[LK_RECORD_MOST + 1];
    memset(text, 'x', sizeof text);
    memcpy(text, "k a=", 4);
    struct lk_record record = { 0 };
    assert_int_equal(lk_record_parse(arena, text, LK_RECORD_MOST, &record), LK_OK);
    assert_int_equal(strlen(lk_record_get(&record, "a")), LK_RECORD_MOST - 4);
    assert_int_equal(lk_record_parse(arena, text, LK_RECORD_MOST + 1, &record), LK_MALFORMED);
}

static void numbers_and_times(void **state)
{
    (void) state;

    static const struct {
        const char *value;
        int64_t number;
        int64_t when;
    } CASES[] = {
        {"0",                        0,              -1        },
        { "007",                     7,              -1        },
        { "9223372036854775807",     INT64_MAX,      -1        },
        { "9223372036854775808",     -1,             -1        },
        { "99999999999999999999999", -1,             -1        },
        { "-5",                      -1,             -1        },
        { "+5",                      -1,             -1        },
        { "5x",                      -1,             -1        },
        { "x",                       -1,             -1        },
        { " 5",                      -1,             -1        },
        { "20261122194103Z",         -1,             1795376463},
        { "20261122194103",          20261122194103, -1        },
        { NULL,                      -1,             -1        },
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        struct lk_record record = { .kind = "k" };
        lk_record_set(&record, "n", CASES[i].value);
        assert_int_equal(lk_record_number(&record, "n", -1), CASES[i].number);
        assert_int_equal(lk_record_time(&record, "n", -1), CASES[i].when);
    }
}

static void fields_are_set_replaced_and_removed(void **state)
{
    (void) state;
    struct lk_record record = { .kind = "invite" };
    lk_record_set(&record, "a", "1");
    lk_record_set(&record, "b", "two words");
    lk_record_set(&record, "c", "3");
    assert_written(&record, "invite a=1 b=\"two words\" c=3");
    lk_record_set(&record, "a", "one"); /* keeps its place */
    assert_written(&record, "invite a=one b=\"two words\" c=3");
    lk_record_set(&record, "b", NULL);
    assert_written(&record, "invite a=one c=3");
    lk_record_set(&record, "b", NULL);
    lk_record_set(&record, "c", "");
    assert_written(&record, "invite a=one");
    assert_null(lk_record_get(&record, "c"));
    lk_record_set(&record, "b", "\r\n\xFF=%");
    assert_written(&record, "invite a=one b=%0D%0A%FF%3D%25");
}

static const char *const NAMES[] = {
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q"
};

static void set_one_too_many(void)
{
    struct lk_record record = { .kind = "k" };
    for (size_t i = 0; i < COUNT_OF(NAMES); i++)
        lk_record_set(&record, NAMES[i], "v");
}

static void a_full_record_can_still_be_changed(void **state)
{
    (void) state;
    struct lk_record record = { .kind = "k" };
    for (size_t i = 0; i < LK_RECORD_FIELDS; i++)
        lk_record_set(&record, NAMES[i], "v");
    lk_record_set(&record, "p", "last");
    assert_string_equal(lk_record_get(&record, "p"), "last");
    lk_record_set(&record, "q", NULL);
    lk_record_set(&record, "a", NULL);
    lk_record_set(&record, "q", "now there is room");
    assert_int_equal(record.count, LK_RECORD_FIELDS);
    assert_string_equal(record.fields[LK_RECORD_FIELDS - 1].name, "q");
    assert_true(dies(set_one_too_many, "too many fields"));
}

static void a_text_that_is_too_short_fails(void **state)
{
    (void) state;
    struct lk_record record = { .kind = "invite" };
    lk_record_set(&record, "a", "1234567890");
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(10);
    lk_record_write(&record, &text);
    assert_false(lk_text_ok(&text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_written_again),
        cmocka_unit_test(values_are_decoded),
        cmocka_unit_test(outer_blanks_are_forgiven),
        cmocka_unit_test(all_else_is_malformed),
        cmocka_unit_test(a_whole_value_is_bounded),
        cmocka_unit_test(numbers_and_times),
        cmocka_unit_test(fields_are_set_replaced_and_removed),
        cmocka_unit_test(a_full_record_can_still_be_changed),
        cmocka_unit_test(a_text_that_is_too_short_fails),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
