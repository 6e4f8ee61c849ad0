/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"
#include "wipes.h"

#include "base/cleanup.h"
#include "base/unicode.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>

static struct lk_arena *arena;

static int set_up(void **state)
{
    (void) state;
    /* A locale in which I and i are not the same letter, where the machine has one. */
    if (setlocale(LC_ALL, "tr_TR.UTF-8") == NULL)
        (void) setlocale(LC_ALL, "");
    arena = lk_arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    lk_arena_free(arena);
    return 0;
}

static void what_a_line_may_hold(void **state)
{
    (void) state;

    static const struct {
        const char *text;
        size_t len;
        bool is_line;
        bool is_lines;
    } CASES[] = {
        {LITERAL(""),                                          true,  true },
        { LITERAL("plain ~"),                                  true,  true },
        { LITERAL("gr\xC3\xBC\xC3\x9F dich \xF0\x9F\x94\x91"), true,  true },
        { LITERAL("\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D"),         true,  true }, /* Hebrew */
        { LITERAL("\xE2\x80\x8F"),                             true,  true }, /* right-to-left mark */
        { LITERAL("a\nb"),                                     false, true },
        { LITERAL("a\r\nb"),                                   false, true },
        { LITERAL("a\tb"),                                     false, true },
        { LITERAL("\n\n\t\r\n"),                               false, true },
        { LITERAL("a\rb"),                                     false, false},
        { LITERAL("a\r"),                                      false, false},
        { LITERAL("a\r\r\n"),                                  false, false},
        { LITERAL("a\0b"),                                     false, false},
        { LITERAL("a\n\0"),                                    false, false},
        { LITERAL("\x01"),                                     false, false},
        { LITERAL("\x1B[31m"),                                 false, false},
        { LITERAL("\x7F"),                                     false, false},
        { LITERAL("\xC2\x80"),                                 false, false},
        { LITERAL("\xC2\x85"),                                 false, false}, /* NEL */
        { LITERAL("\xC2\x9B"),                                 false, false}, /* CSI */
        { LITERAL("\xC2\xA0"),                                 true,  true }, /* no-break space */
        { LITERAL("\xE2\x80\xA8"),                             false, false},
        { LITERAL("\xE2\x80\xA9"),                             false, false},
        { LITERAL("a\xE2\x80\xAE"
                  "b"),
         false,                                                       false}, /* right-to-left override */
        { LITERAL("\xE2\x80\xAA"),                             false, false},
        { LITERAL("\xE2\x81\xA6"),                             false, false},
        { LITERAL("\xE2\x81\xA9"),                             false, false},
        { LITERAL("a\xC3"),                                    false, false}, /* torn */
        { LITERAL("\xC3("),                                    false, false},
        { LITERAL("\x80"),                                     false, false},
        { LITERAL("\xC0\xAF"),                                 false, false}, /* overlong */
        { LITERAL("\xE0\x80\xAF"),                             false, false},
        { LITERAL("\xED\xA0\x80"),                             false, false}, /* surrogate */
        { LITERAL("\xF4\x90\x80\x80"),                         false, false}, /* beyond U+10FFFF */
        { LITERAL("\xFF"),                                     false, false},
        { LITERAL("one\n\xFF"),                                false, false},
        { LITERAL("\xFF\none"),                                false, false},
        { LITERAL("one\n\xC3"),                                false, false},
        { LITERAL("\xC3\n\xA9"),                               false, false},
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        if (lk_unicode_is_line(CASES[i].text, CASES[i].len) != CASES[i].is_line ||
            lk_unicode_is_lines(CASES[i].text, CASES[i].len) != CASES[i].is_lines)
            fail_msg("row %zu", i);
    }
}

static void length_counts_characters(void **state)
{
    (void) state;
    assert_int_equal(lk_unicode_length("", 0), 0);
    assert_int_equal(lk_unicode_length(LITERAL("abc")), 3);
    assert_int_equal(lk_unicode_length(LITERAL("gr\xC3\xBC\xC3\x9F")), 4);
    assert_int_equal(lk_unicode_length(LITERAL("\xF0\x9F\x94\x91")), 1);
    assert_int_equal(lk_unicode_length(LITERAL("a\xFF\xFF")), 3);
    assert_int_equal(lk_unicode_length(LITERAL("\xC3\xA9\xC3")), 3);
}

static void folding(void **state)
{
    (void) state;

    static const struct {
        const char *text;
        const char *folded;
    } CASES[] = {
        {"",                                                          ""              },
        { "   ",                                                      ""              },
        { "Alice",                                                    "alice"         },
        { "  Alice \t B.\n\n Smith ",                                 "alice b. smith"},
        { "STRASSE",                                                  "strasse"       },
        { "Stra\xC3\x9F"
          "e",                                               "strasse"       },
        { "\xE1\xBA\x9E",                                             "ss"            }, /* capital sharp s */
        { "\xEF\xAC\x81sh",                                           "fish"          }, /* the ligature fi */
        { "\xEF\xBC\xA1\xEF\xBD\x82\xEF\xBC\x91",                     "ab1"           }, /* full width */
        { "\xE2\x84\xAA",                                             "k"             }, /* the Kelvin sign */
        { "e\xCC\x81",                                                "\xC3\xA9"      }, /* composed */
        { "E\xCC\x81",                                                "\xC3\xA9"      },
        { "\xC3\x89",                                                 "\xC3\xA9"      },
        { "\xCE\xA3\xCE\xAF\xCF\x83\xCF\x85\xCF\x86\xCE\xBF\xCF\x82",
         "\xCF\x83\xCE\xAF\xCF\x83\xCF\x85\xCF\x86\xCE\xBF\xCF\x83"                   }, /* every sigma alike */
        { "TITLE I",                                                  "title i"       }, /* whatever the locale */
        { "\xC4\xB0",                                                 "i\xCC\x87"     }, /* I with a dot */
        { "\xC4\xB1",                                                 "\xC4\xB1"      }, /* dotless i is a letter of its own */
        { "a\xC2\xA0\xE3\x80\x80\xE2\x80\x83"
          "b",                                               "a b"           }, /* no-break, ideographic, em space */
        { "\xE2\x80\xA8"
          "a\xE2\x80\xA9",                                   "a"             },
        { "al\xE2\x80\x8Bice",                                        "alice"         }, /* zero-width space */
        { "al\xC2\xADice\xEF\xBB\xBF",                                "alice"         }, /* soft hyphen, byte order mark */
        { "\xE2\x80\x8D",                                             ""              },
        { "\xE3\x8E\x8F",                                             "kg"            },
        { "x\xC2\xB2",                                                "x2"            },
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char *folded = NULL;
        assert_int_equal(lk_unicode_fold(arena, CASES[i].text, strlen(CASES[i].text), &folded), LK_OK);
        assert_string_equal(folded, CASES[i].folded);
    }
}

static void tidying(void **state)
{
    (void) state;

    static const struct {
        const char *text;
        const char *tidied;
    } CASES[] = {
        {"",                        ""            },
        { "  ",                     ""            },
        { "  Alice  Smith ",        "Alice  Smith"}, /* what stands inside is the person's own affair */
        { "e\xCC\x81",              "\xC3\xA9"    },
        { "\xEF\xAC\x81",           "\xEF\xAC\x81"}, /* NFC keeps a ligature */
        { "\xC2\xA0"
          "a\xE3\x80\x80", "a"           },
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char *tidied = NULL;
        assert_int_equal(lk_unicode_tidy(arena, CASES[i].text, strlen(CASES[i].text), &tidied), LK_OK);
        assert_string_equal(tidied, CASES[i].tidied);
    }
}

static void what_is_not_text_is_malformed(void **state)
{
    (void) state;

    static const struct {
        const char *text;
        size_t len;
        bool folds;
    } CASES[] = {
        {LITERAL("\xFF"),   false},
        { LITERAL("a\xC3"), false},
        { LITERAL("a\0b"),  false},
        { LITERAL("\0"),    false},
        { LITERAL("a\nb"),  true },
        { LITERAL("a\x01"), true },
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char *text = NULL;
        assert_int_equal(lk_unicode_fold(arena, CASES[i].text, CASES[i].len, &text),
                         CASES[i].folds ? LK_OK : LK_MALFORMED);
        text = NULL;
        assert_int_equal(lk_unicode_tidy(arena, CASES[i].text, CASES[i].len, &text), LK_MALFORMED);
        assert_null(text);
    }
}

static size_t write_utf8(uint32_t character, char *text)
{
    if (character < 0x80) {
        text[0] = (char) character;
        return 1;
    }
    const size_t len = character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const unsigned LEADS[] = { 0, 0, 0xC0, 0xE0, 0xF0 };
    for (size_t i = len - 1; i > 0; i--) {
        text[i] = (char) (0x80 | (character & 0x3F));
        character >>= 6;
    }
    text[0] = (char) (LEADS[len] | character);
    return len;
}

/* What is stored folded must compare equal to itself folded again. Each letter between two others, since a mark may
 * join with its neighbour. */
static void folding_twice_changes_nothing(void **state)
{
    (void) state;
    for (uint32_t character = 1; character < 0x30000; character++) {
        if (character >= 0xD800 && character < 0xE000)
            continue;
        char text[8] = "a";
        size_t len = 1 + write_utf8(character, text + 1);
        text[len++] = 'b';
        char *once = NULL;
        char *twice = NULL;
        assert_int_equal(lk_unicode_fold(arena, text, len, &once), LK_OK);
        assert_int_equal(lk_unicode_fold(arena, once, strlen(once), &twice), LK_OK);
        if (strcmp(once, twice) != 0)
            fail_msg("U+%04X", (unsigned) character);
        lk_arena_reset(arena);
    }
}

/* An invisible character is left out of what is folded, and makes it go the long way. */
static void plain_text_is_folded_as_any_other(void **state)
{
    (void) state;
    unsigned chance = 20261126;
    for (size_t round = 0; round < 20000; round++) {
        char text[24];
        const size_t len = round % (sizeof text - 3);
        for (size_t i = 0; i < len; i++) {
            chance = chance * 1664525U + 1013904223U;
            /* Every third is a blank, so that they come in runs and at the ends. */
            text[i] = (chance >> 16) % 3 == 0 ? ' ' : (char) (' ' + (chance >> 18) % ('~' - ' ' + 1));
        }
        memcpy(text + len, "\xE2\x80\x8B", 3);
        char *plain = NULL;
        char *folded = NULL;
        assert_int_equal(lk_unicode_fold(arena, text, len, &plain), LK_OK);
        assert_int_equal(lk_unicode_fold(arena, text, len + 3, &folded), LK_OK);
        assert_string_equal(plain, folded);
        lk_arena_reset(arena);
    }
}

static void long_text_comes_through(void **state)
{
    (void) state;
    char text[3000];
    for (size_t i = 0; i + 3 <= sizeof text; i += 3)
        memcpy(text + i, "\xEF\xB7\xBA", 3); /* one character, eighteen when decomposed */
    char *folded = NULL;
    assert_int_equal(lk_unicode_fold(arena, text, sizeof text, &folded), LK_OK);
    assert_int_equal(lk_unicode_length(folded, strlen(folded)), 18000);
}

/* A secret answer passes through here. */
static void what_was_folded_is_wiped(void **state)
{
    (void) state;
    char *folded = NULL;
    wipe_count = 0;
    assert_int_equal(lk_unicode_fold(arena, LITERAL("Rosebud Rose\xCC\x81tte"), &folded), LK_OK);
    size_t wiped = 0;
    for (size_t i = 0; i < wipe_count; i++)
        wiped += wipes[i].len;
    assert_true(wiped >= (size_t) 4 * 16); /* the copy, and what each of the three steps made of it */
}

static void test_seen(void **state)
{
    (void) state;
    assert_true(lk_unicode_is_seen("", 0));
    assert_true(lk_unicode_is_seen("Zo\xc3\xab 7", 7));
    assert_false(lk_unicode_is_seen("a\xe2\x80\x8b"
                                    "b",
                                    5));              /* zero-width space */
    assert_false(lk_unicode_is_seen("a\xc2\xad", 3)); /* soft hyphen */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_line_may_hold),
        cmocka_unit_test(length_counts_characters),
        cmocka_unit_test(folding),
        cmocka_unit_test(tidying),
        cmocka_unit_test(what_is_not_text_is_malformed),
        cmocka_unit_test(folding_twice_changes_nothing),
        cmocka_unit_test(plain_text_is_folded_as_any_other),
        cmocka_unit_test(long_text_comes_through),
        cmocka_unit_test(what_was_folded_is_wiped),
        cmocka_unit_test(test_seen),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
