/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "credentials/password.h"
#include "credentials/prepare.h"
#include "unit/testing.h"
#include "unit/wipes.h"

#include <sodium/core.h>
#include <string.h>

static int make(void **state)
{
    (void) state;
    return sodium_init() < 0 ? -1 : 0;
}

static void assert_prepared(const char *typed, size_t typed_len, const char *wanted, size_t wanted_len)
{
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = lk_secret_new(typed, typed_len);
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *prepared = password_prepared(password);
    assert_int_equal(lk_secret_len(prepared), wanted_len);
    assert_memory_equal(lk_secret_bytes(prepared), wanted, wanted_len);
}

/* The examples of RFC 4013 section 3 come first. */
static void test_forms(void **state)
{
    (void) state;

    static const struct {
        const char *typed, *prepared;
    } table[] = {
        {"I\xc2\xadX",              "IX"                    }, /* SOFT HYPHEN mapped to nothing */
        { "user",                   "user"                  },
        { "USER",                   "USER"                  }, /* case preserved, will not match "user" */
        { "\xc2\xaa",               "a"                     }, /* output is NFKC */
        { "\xe2\x85\xa8",           "IX"                    },
        { "\x07",                   "\x07"                  }, /* prohibited: as typed */
        { "\xd8\xa7"
          "1",             "\xd8\xa7"
          "1"                        }, /* bidirectional check: as typed */
        { "stra\xc3\x9f"
          "e",             "stra\xc3\x9f"
          "e"                        },
        { "u\xcc\x88"
          "ber",           "\xc3\xbc"
          "ber"                    }, /* composed */
        { "a\xc2\xa0"
          "b",             "a b"                   }, /* a no-break space */
        { "\xf0\x9f\x90\x8e horse", "\xf0\x9f\x90\x8e horse"}, /* unassigned in Unicode 3.2 */
        { "\xff\xfe",               "\xff\xfe"              }, /* not UTF-8 */
        { "\xc2\xad",               "\xc2\xad"              }, /* nothing would be left */
        { "",                       ""                      },
    };

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        assert_prepared(table[i].typed, strlen(table[i].typed), table[i].prepared, strlen(table[i].prepared));
    assert_prepared("\xc3\xa4\0u\xcc\x88", 6, "\xc3\xa4\0u\xcc\x88", 6);
}

/* What would grow beyond the bound stays as it is: one character of three bytes is thirty-three after NFKC. */
static void test_bound(void **state)
{
    (void) state;
    char wide[PASSWORD_MOST - 1];
    for (size_t i = 0; i + 3 <= sizeof wide; i += 3)
        for (size_t at = 0; at < 3; at++)
            wide[i + at] = "\xef\xb7\xba"[at];
    assert_prepared(wide, sizeof wide / 3 * 3, wide, sizeof wide / 3 * 3);
    char most[PASSWORD_MOST];
    memset(most, 'x', sizeof most);
    most[0] = '\xc3';
    most[1] = '\xa4';
    assert_prepared(most, sizeof most, most, sizeof most);
}

/* Also where SASLprep refuses. */
static void test_copies_are_wiped(void **state)
{
    (void) state;
    wipe_count = 0;
    assert_prepared("\xc2\xaa", 2, "a", 1);
    assert_int_equal(wipes[0].len, PASSWORD_MOST + 1);
    wipe_count = 0;
    assert_prepared("\xff", 1, "\xff", 1);
    assert_int_equal(wipes[0].len, PASSWORD_MOST + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_copies_are_wiped),
    };
    return cmocka_run_group_tests(tests, make, NULL);
}
