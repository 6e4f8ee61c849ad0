/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/testing.h"
#include "views/language.h"

#include <string.h>

static const char *const tags[] = { "en", "de", "de-AT", "pt-BR" };

static const struct {
    const char *wanted;
    const char *expected; /* NULL: nothing fits */
} cases[] = {
    {NULL,                                                                                                  NULL   },
    { "",                                                                                                   NULL   },
    { "de",                                                                                                 "de"   },
    { "DE",                                                                                                 "de"   },
    { "de-AT",                                                                                              "de-AT"},
    { "de-at, de;q=0.9",                                                                                    "de-AT"},
    { "de-CH",                                                                                              "de"   },
    { "de-CH-1996, en;q=0.2",                                                                               "de"   },
    { "pt",                                                                                                 "pt-BR"},
    { "pt-PT",                                                                                              NULL   },
    { "fr, de;q=0.5",                                                                                       "de"   },
    { "fr;q=1.0, en;q=0.4, de;q=0.7",                                                                       "de"   },
    { "en-US,en;q=0.9,de;q=0.8",                                                                            "en"   },
    { "de;q=0.5,en;q=0.5",                                                                                  "de"   },
    { "*",                                                                                                  "en"   },
    { "fr, *;q=0.1",                                                                                        "en"   },
    { "en;q=0, *",                                                                                          "de"   },
    { "de;q=0",                                                                                             NULL   },
    { "de;q=0.001, en;q=0.002",                                                                             "en"   },
    { "de;q=1.001, en;q=0.1",                                                                               "en"   },
    { "de;q=, en;q=0.1",                                                                                    "en"   },
    { "de;q=0.x, en;q=0.1",                                                                                 "en"   },
    { "de ; q=0.9 , en ; q=0.8",                                                                            "de"   },
    { "de;q=0.1234, en;q=0.1",                                                                              "en"   },
    { ",,,de,,",                                                                                            "de"   },
    { "d, e, -, de-, -de, d\xc3\xa9",                                                                       NULL   },
    { "abcdefghi",                                                                                          NULL   },
    { "fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,fr,de", NULL   },
};

static void test_best_language(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const size_t best = language_best(tags, 4, cases[i].wanted);
        const char *found = best == 4 ? "nothing" : tags[best];
        const char *expected = cases[i].expected == NULL ? "nothing" : cases[i].expected;
        if (strcmp(found, expected) != 0)
            fail_msg("\"%s\": %s instead of %s", cases[i].wanted, found, expected);
    }
}

static void test_only_one_kibibyte_is_looked_at(void **state)
{
    (void) state;
    char header[1024 + 3];
    memset(header, ' ', sizeof header);
    memcpy(header + 1024, "de", 3);
    assert_int_equal(language_best(tags, 4, header), 4);
    memcpy(header + 1022, "de", 3);
    assert_int_equal(language_best(tags, 4, header), 1);
}

static void test_tags(void **state)
{
    (void) state;
    static const char *const good[] = { "de", "de-AT", "zh-Hant-TW", "sr-Latn", "x1" };
    static const char *const bad[] = { "",      "d",  "de-",       "-de",   "de--AT",
                                       "de_AT", "..", "abcdefghi", "de/AT", "aa-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa" };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(language_is_tag(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(language_is_tag(bad[i], strlen(bad[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best_language),
        cmocka_unit_test(test_only_one_kibibyte_is_looked_at),
        cmocka_unit_test(test_tags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
