/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "credentials/password.h"
#include "credentials/quality.h"
#include "unit/testing.h"

#include <pthread.h>
#include <sodium/core.h>
#include <string.h>
#include <time.h>

static const char *const own_words[] = { "ada.lovelace@example.org", "Ada Lovelace", "K\xc3\xb6nigsberg", NULL };

static struct config *config;

static int make(void **state)
{
    (void) state;
    config = config_defaults();
    return sodium_init() < 0 ? -1 : 0;
}

static int unmake(void **state)
{
    (void) state;
    config_free(config);
    return 0;
}

static struct quality quality_of_words(const char *words)
{
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = lk_secret_new(words, strlen(words));
    return quality_of(config, password, own_words);
}

static const struct {
    const char *password;
    enum quality_verdict verdict;
    enum quality_reason reason; /* one of them; NONE: there is none */
} table[] = {
    {"",                                                                                                   QUALITY_TOO_SHORT, QUALITY_REASON_NONE      },
    { "xK9#mQ2$v",                                                                                         QUALITY_TOO_SHORT, QUALITY_REASON_NONE      },
    { "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa9",                                                          QUALITY_TOO_SHORT,
     QUALITY_REASON_NONE                                                                                                                               }, /* ten bytes, five characters */
    { "xK9#mQ2$vL",                                                                                        QUALITY_GOOD,      QUALITY_REASON_NONE      },
    { "correct horse battery staple",                                                                      QUALITY_GOOD,      QUALITY_REASON_NONE      },
    { "passwordpassword",                                                                                  QUALITY_TOO_WEAK,  QUALITY_REASON_DICTIONARY},
    { "passwordpassword",                                                                                  QUALITY_TOO_WEAK,  QUALITY_REASON_REPEAT    },
    { "p@ssw0rdp@ssw0rd",                                                                                  QUALITY_TOO_WEAK,  QUALITY_REASON_LEET      },
    { "aaaaaaaaaaaaaaaa",                                                                                  QUALITY_TOO_WEAK,  QUALITY_REASON_REPEAT    },
    { "abcdefghijklm",                                                                                     QUALITY_TOO_WEAK,  QUALITY_REASON_SEQUENCE  },
    { "9876543210",                                                                                        QUALITY_TOO_WEAK,  QUALITY_REASON_SEQUENCE  },
    { "zxcvbnm,./",                                                                                        QUALITY_TOO_WEAK,  QUALITY_REASON_KEYBOARD  },
    { "12.03.1984",                                                                                        QUALITY_TOO_WEAK,  QUALITY_REASON_DATE      },
    { "ada.lovelace@example.org",                                                                          QUALITY_IS_YOURS,  QUALITY_REASON_OWN_WORD  },
    { "AdaLovelace",                                                                                       QUALITY_IS_YOURS,  QUALITY_REASON_OWN_WORD  },
    { "lovelace1815",                                                                                      QUALITY_IS_YOURS,  QUALITY_REASON_OWN_WORD  },
    { "l0velacel0velace",                                                                                  QUALITY_IS_YOURS,  QUALITY_REASON_OWN_WORD  },
    { "lovelace xK9#mQ2$vL",                                                                               QUALITY_GOOD,      QUALITY_REASON_NONE      },
    { "k\xc3\xb6nigsberg",                                                                                 QUALITY_IS_YOURS,  QUALITY_REASON_OWN_WORD  },
    { "\xe3\x81\x82\xe3\x81\x82\xe3\x81\x82\xe3\x81\x82\xe3\x81\x82\xe3\x81\x82\xe3\x81\x82\xe3\x81\x82\xe3\x81\x82\xe3"
      "\x81\x82",                                                                                     QUALITY_TOO_WEAK,  QUALITY_REASON_REPEAT    },
    { "\xd0\xbc\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0 \xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c", QUALITY_GOOD,
     QUALITY_REASON_NONE                                                                                                                               },
    { "xK9#mQ2$vL\n",                                                                                      QUALITY_NOT_TEXT,  QUALITY_REASON_NONE      },
    { "xK9#mQ2$vL\xff",                                                                                    QUALITY_NOT_TEXT,  QUALITY_REASON_NONE      },
 /* what is strong only behind its first forty characters */
    { "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaxK9#mQ2$vLr!",                                              QUALITY_GOOD,      QUALITY_REASON_NONE      },
};

static bool has_reason(const struct quality *quality, enum quality_reason reason)
{
    for (size_t i = 0; i < quality->reason_count; i++)
        if (quality->reasons[i] == reason)
            return true;
    return reason == QUALITY_REASON_NONE && quality->reason_count == 0;
}

static void test_table(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct quality quality = quality_of_words(table[i].password);
        if (quality.verdict != table[i].verdict || !has_reason(&quality, table[i].reason))
            fail_msg("'%s': verdict %d, score %d, %zu reasons, the first %s", table[i].password, (int) quality.verdict,
                     quality.score, quality.reason_count, quality_reason_name(quality.reasons[0]));
    }
}

static void test_strength_is_configured(void **state)
{
    (void) state;

    static const struct {
        int64_t strength;
        const char *password;
        enum quality_verdict verdict;
    } rows[] = {
        {0,  "aaaaaaaaaaaa",                 QUALITY_GOOD    },
        { 1, "aaaaaaaaaaaa",                 QUALITY_TOO_WEAK},
        { 0, "ada lovelace",                 QUALITY_IS_YOURS},
        { 2, "Sommer2024!",                  QUALITY_GOOD    },
        { 3, "Sommer2024!",                  QUALITY_TOO_WEAK},
        { 4, "Sommer2024!",                  QUALITY_TOO_WEAK},
        { 4, "correct horse battery staple", QUALITY_GOOD    },
    };

    const int64_t kept = config->accounts_password_strength;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        config->accounts_password_strength = rows[i].strength;
        const struct quality quality = quality_of_words(rows[i].password);
        if (quality.verdict != rows[i].verdict)
            fail_msg("%d '%s': verdict %d, score %d", (int) rows[i].strength, rows[i].password, (int) quality.verdict,
                     quality.score);
    }
    config->accounts_password_strength = kept;
}

static void test_too_long(void **state)
{
    (void) state;
    char wide[PASSWORD_MOST + 1];
    memset(wide, 'x', sizeof wide);
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *most = lk_secret_new(wide, PASSWORD_MOST);
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *more = lk_secret_new(wide, PASSWORD_MOST + 1);
    assert_int_equal(quality_of(config, most, NULL).verdict, QUALITY_TOO_WEAK);
    assert_int_equal(quality_of(config, more, NULL).verdict, QUALITY_TOO_LONG);
}

/* zxcvbn alone takes seconds for a hundred characters of these. */
static void test_cost_is_bounded(void **state)
{
    (void) state;
    static const char *const pairs[] = { "65", "58", "87", "11", "3$" };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char wide[PASSWORD_MOST];
        for (size_t at = 0; at < sizeof wide; at++)
            wide[at] = pairs[i][at % 2];
        LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = lk_secret_new(wide, sizeof wide);
        const clock_t begun = clock(); /* of the processor: how busy the machine is does not count */
        (void) quality_of(config, password, own_words);
        assert_true(clock() - begun < 3 * CLOCKS_PER_SEC / 2);
    }
}

static void test_many_and_long_own_words(void **state)
{
    (void) state;
    static const char *words[200];
    char wide[5000];
    memset(wide, 'a', sizeof wide - 1);
    wide[sizeof wide - 1] = '\0';
    for (size_t i = 0; i < 199; i++)
        words[i] = i % 2 == 0 ? wide : "@.\xc3\xa4-\xff";
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = lk_secret_new("xK9#mQ2$vL", 10);
    assert_int_equal(quality_of(config, password, words).verdict, QUALITY_GOOD);
}

static void *measure(void *context)
{
    for (int i = 0; i < 200; i++)
        if (quality_of_words("passwordpassword").verdict != QUALITY_TOO_WEAK ||
            quality_of_words("xK9#mQ2$vL").verdict != QUALITY_GOOD)
            *(bool *) context = false;
    return NULL;
}

/* zxcvbn keeps nothing between calls (its library has no data that can be written): many threads may ask at once. */
static void test_threads(void **state)
{
    (void) state;
    pthread_t threads[4];
    bool is_good[4] = { true, true, true, true };
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, measure, &is_good[i]), 0);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(is_good[i]);
    }
}

static void test_reason_names(void **state)
{
    (void) state;
    assert_string_equal(quality_reason_name(QUALITY_REASON_DICTIONARY), "dictionary");
    assert_string_equal(quality_reason_name(QUALITY_REASON_SHORT), "short");
    assert_string_equal(quality_reason_name((enum quality_reason) 77), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_strength_is_configured),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_cost_is_bounded),
        cmocka_unit_test(test_many_and_long_own_words),
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_reason_names),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
