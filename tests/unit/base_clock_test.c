/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/clock.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void now_is_now(void **state)
{
    (void) state;
    const int64_t before = (int64_t) time(NULL);
    const int64_t now = lk_clock_now();
    assert_in_range(now, before - 1, before + 60);

    const int64_t first = lk_clock_monotonic();
    const int64_t second = lk_clock_monotonic();
    assert_true(second >= first);
    assert_true(second - first < 60 * LK_CLOCK_SECOND);
}

static void generalized_time_is_written(void **state)
{
    (void) state;

    static const struct {
        int64_t when;
        const char *text;
    } CASES[] = {
        {0,                      "19700101000000Z"},
        { 1795376463,            "20261122194103Z"},
        { 951782400,             "20000229000000Z"},
        { 4107542399,            "21000228235959Z"},
        { -1,                    "19691231235959Z"},
        { INT64_C(253402300799), "99991231235959Z"},
        { INT64_C(-62167219200), "00000101000000Z"},
        { INT64_MAX,             "99991231235959Z"}, /* four digits say no more */
        { INT64_MIN,             "00000101000000Z"},
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char text[LK_CLOCK_GENERALIZED_LEN + 1];
        lk_clock_generalized(CASES[i].when, text);
        assert_string_equal(text, CASES[i].text);
        int64_t again = 1;
        assert_int_equal(lk_clock_parse_generalized(text, strlen(text), &again), LK_OK);
        lk_clock_generalized(again, text);
        assert_string_equal(text, CASES[i].text);
    }
}

static void generalized_time_is_read(void **state)
{
    (void) state;

    static const struct {
        const char *text;
        int64_t when;
    } CASES[] = {
        {"20261122194103Z",               1795376463},
        { "20261122194103.5Z",            1795376463},
        { "20261122194103,999999999999Z", 1795376463},
        { "202611221941Z",                1795376460},
        { "202611221941.05Z",             1795376463}, /* a fraction of a minute */
        { "2026112219Z",                  1795374000},
        { "2026112219.5Z",                1795375800}, /* of an hour */
        { "20261122204103+0100",          1795376463},
        { "20261122204103+01",            1795376463},
        { "20261122141103-0530",          1795376463},
        { "20261122194103.25+0000",       1795376463},
        { "20240229120000Z",              1709208000},
        { "20161231235960Z",              1483228800}, /* a leap second */
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        int64_t when = 0;
        assert_int_equal(lk_clock_parse_generalized(CASES[i].text, strlen(CASES[i].text), &when), LK_OK);
        assert_int_equal(when, CASES[i].when);
    }
}

static void anything_else_is_malformed(void **state)
{
    (void) state;

    static const struct {
        const char *text;
        size_t len;
    } CASES[] = {
        { LITERAL("") },
        { LITERAL("Z") },
        { LITERAL("20261122194103") }, /* no zone */
        { LITERAL("20261122194103Z ") },
        { LITERAL(" 20261122194103Z") },
        { LITERAL("20261122194103z") },
        { LITERAL("20261122194103ZZ") },
        { LITERAL("20261122194103Z\0") },
        { LITERAL("2026112219410Z") },
        { LITERAL("202611221Z") },
        { LITERAL("20261122Z") },
        { LITERAL("20261322194103Z") },
        { LITERAL("20260022194103Z") },
        { LITERAL("20261100194103Z") },
        { LITERAL("20261131194103Z") },
        { LITERAL("20250229000000Z") },
        { LITERAL("21000229000000Z") },
        { LITERAL("20261122244103Z") },
        { LITERAL("20261122196003Z") },
        { LITERAL("20261122194161Z") },
        { LITERAL("20261122194103.Z") },
        { LITERAL("20261122194103.") },
        { LITERAL("20261122194103+") },
        { LITERAL("20261122194103+1") },
        { LITERAL("20261122194103+2400") },
        { LITERAL("20261122194103+0160") },
        { LITERAL("20261122194103+01000") },
        { LITERAL("20261122194103+0100Z") },
        { LITERAL("2026-11-22T19:41:03Z") },
        { LITERAL("-0261122194103Z") },
        { LITERAL("+0261122194103Z") },
        { LITERAL("2026112219410\xB2Z") },
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        int64_t when = 42;
        if (lk_clock_parse_generalized(CASES[i].text, CASES[i].len, &when) != LK_MALFORMED)
            fail_msg("accepted: %s", CASES[i].text);
        assert_int_equal(when, 42);
    }
    /* The length counts, not a NUL. */
    int64_t when = 42;
    assert_int_equal(lk_clock_parse_generalized("20261122194103Z", 14, &when), LK_MALFORMED);
    assert_int_equal(lk_clock_parse_generalized("20261122194103Zgarbage", 15, &when), LK_OK);
}

static void mail_dates_are_english_everywhere(void **state)
{
    (void) state;

    static const struct {
        int64_t when;
        const char *text;
    } CASES[] = {
        {1795376463, "Sun, 22 Nov 2026 19:41:03 +0000"},
        { 0,         "Thu, 01 Jan 1970 00:00:00 +0000"},
        { 951782400, "Tue, 29 Feb 2000 00:00:00 +0000"},
        { INT64_MAX, "Fri, 31 Dec 9999 23:59:59 +0000"},
    };

    static const char *const ZONES[] = { "UTC", "America/New_York", "<+14>-14" };
    (void) setlocale(LC_ALL, "");
    for (size_t zone = 0; zone < COUNT_OF(ZONES); zone++) {
        assert_int_equal(setenv("TZ", ZONES[zone], 1), 0);
        tzset();
        for (size_t i = 0; i < COUNT_OF(CASES); i++) {
            char text[LK_CLOCK_MAIL_MOST];
            lk_clock_mail_date(CASES[i].when, text);
            assert_string_equal(text, CASES[i].text);
        }
        int64_t when = 0;
        assert_int_equal(lk_clock_parse_generalized("20261122194103Z", 15, &when), LK_OK);
        assert_int_equal(when, 1795376463);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(now_is_now),
        cmocka_unit_test(generalized_time_is_written),
        cmocka_unit_test(generalized_time_is_read),
        cmocka_unit_test(anything_else_is_malformed),
        cmocka_unit_test(mail_dates_are_english_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
