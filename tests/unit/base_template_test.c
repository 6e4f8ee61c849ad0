/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/template.h"
#include "unit/testing.h"

#include <string.h>

static const struct lk_template_word words[] = {
    {"SUFFIX", "dc=example,dc=com"},
    { "EMPTY", ""                 },
    { NULL,    NULL               }
};

static void test_words_are_filled_in(void **state)
{
    (void) state;

    static const struct {
        const char *source, *filled;
    } cases[] = {
        {"",                                 ""                                          },
        { "plain\ntext\n",                   "plain\ntext\n"                             },
        { "@SUFFIX@",                        "dc=example,dc=com"                         },
        { "ou=x,@SUFFIX@\n@EMPTY@@SUFFIX@,", "ou=x,dc=example,dc=com\ndc=example,dc=com,"},
        { "mail: a@b.example @@ @lower@ @",  "mail: a@b.example @@ @lower@ @"            },
        { "a@SUFFIX b@SUFFIX@",              "a@SUFFIX bdc=example,dc=com"               },
        { "member+memberOf@groupOfNames",    "member+memberOf@groupOfNames"              },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(256);
        assert_int_equal(lk_template_fill(cases[i].source, words, &text, NULL), LK_OK);
        assert_string_equal(lk_text_string(&text), cases[i].filled);
    }
}

static void test_unknown_words_are_named(void **state)
{
    (void) state;
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(256);
    struct lk_trouble trouble = { "" };
    assert_int_equal(lk_template_fill("dn: @SUFFX@", words, &text, &trouble), LK_MALFORMED);
    assert_non_null(strstr(trouble.words, "@SUFFX@"));
}

static void test_what_grows_too_large_is_refused(void **state)
{
    (void) state;
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(10);
    assert_int_equal(lk_template_fill("@SUFFIX@", words, &text, NULL), LK_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_are_filled_in),
        cmocka_unit_test(test_unknown_words_are_named),
        cmocka_unit_test(test_what_grows_too_large_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
