/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/cleanup.h"
#include "base/encoding.h"

#include <sodium/randombytes.h>
#include <string.h>

static void base64url_vectors(void **state)
{
    (void) state;

    /* RFC 4648 section 10, in the alphabet of its section 5 and without padding. */
    static const struct {
        const char *bytes;
        size_t len;
        const char *text;
    } CASES[] = {
        {LITERAL(""),                  ""        },
        { LITERAL("f"),                "Zg"      },
        { LITERAL("fo"),               "Zm8"     },
        { LITERAL("foo"),              "Zm9v"    },
        { LITERAL("foob"),             "Zm9vYg"  },
        { LITERAL("fooba"),            "Zm9vYmE" },
        { LITERAL("foobar"),           "Zm9vYmFy"},
        { LITERAL("\xFB\xEF\xFF\xFE"), "--___g"  },
        { LITERAL("\0\0\0"),           "AAAA"    },
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char text[16];
        memset(text, 'x', sizeof text);
        assert_int_equal(strlen(CASES[i].text), LK_BASE64URL_LEN(CASES[i].len));
        lk_base64url_encode((const uint8_t *) CASES[i].bytes, CASES[i].len, text);
        assert_string_equal(text, CASES[i].text);

        uint8_t bytes[16];
        assert_int_equal(lk_base64url_decode(text, strlen(text), bytes, CASES[i].len), LK_OK);
        assert_memory_equal(bytes, CASES[i].bytes, CASES[i].len);
    }
}

static void base64url_round_trip_of_every_length(void **state)
{
    (void) state;
    uint8_t bytes[200];
    uint8_t again[200];
    char text[LK_BASE64URL_LEN(200) + 1];
    randombytes_buf(bytes, sizeof bytes);
    for (size_t len = 0; len <= sizeof bytes; len++) {
        lk_base64url_encode(bytes, len, text);
        assert_int_equal(strlen(text), LK_BASE64URL_LEN(len));
        assert_int_equal(lk_base64url_decode(text, strlen(text), again, len), LK_OK);
        assert_memory_equal(again, bytes, len);
    }
}

static void base64url_refuses_all_else(void **state)
{
    (void) state;

    static const struct {
        const char *text;
        size_t text_len;
        size_t len;
    } CASES[] = {
        {LITERAL("Zm9"),         3       }, /* too short */
        { LITERAL("Zm9vYg"),     3       }, /* too long */
        { LITERAL("Zm9v"),       2       }, /* another length */
        { LITERAL("Zg=="),       1       }, /* padding */
        { LITERAL("Zh"),         1       }, /* trailing bits that are not zero */
        { LITERAL("Zm9"),        2       }, /* the same, with two bytes */
        { LITERAL("Zm+v"),       3       }, /* base64's own alphabet */
        { LITERAL("Zm/v"),       3       },
        { LITERAL("Zm v"),       3       },
        { LITERAL("Zm9\n"),      3       },
        { LITERAL("Zm\0v"),      3       },
        { LITERAL("Zm\xC3\xA9"), 3       },
        { LITERAL("A"),          0       },
        { LITERAL("A"),          SIZE_MAX},
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        uint8_t bytes[] = "untouched";
        assert_int_equal(lk_base64url_decode(CASES[i].text, CASES[i].text_len, bytes, CASES[i].len), LK_MALFORMED);
        assert_string_equal((char *) bytes + 3, "ouched"); /* no case has room for more than three */
    }
}

static void base64url_finds_garbage_wherever_it_stands(void **state)
{
    (void) state;
    for (size_t len = 97; len <= 99; len++) { /* with one, two and no bytes behind the last group of four letters */
        uint8_t bytes[99] = { 0 };
        uint8_t out[100];
        char text[LK_BASE64URL_LEN(99) + 1];
        lk_base64url_encode(bytes, len, text);
        const size_t text_len = strlen(text);
        for (size_t at = 0; at < text_len; at++) {
            text[at] = '!';
            memset(out, 7, sizeof out);
            assert_int_equal(lk_base64url_decode(text, text_len, out, len), LK_MALFORMED);
            assert_int_equal(out[len], 7); /* nothing behind the end */
            text[at] = 'A';
        }
        assert_int_equal(lk_base64url_decode(text, text_len, out, len), LK_OK);
        assert_memory_equal(out, bytes, len);
    }
}

/* One text for each value, and one value for each text: what is compared or looked up has no second spelling. */
static void base64url_knows_exactly_64_characters(void **state)
{
    (void) state;
    static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t at = 0; at < 4; at++) {
        for (int byte = 0; byte < 256; byte++) {
            char text[] = "AAAA";
            text[at] = (char) byte;
            uint8_t bytes[3];
            const bool is_known = byte != 0 && strchr(ALPHABET, byte) != NULL;
            assert_int_equal(lk_base64url_decode(text, 4, bytes, 3), is_known ? LK_OK : LK_MALFORMED);
        }
    }
}

static const uint8_t UUID[LK_UUID_LEN] = { 0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3,
                                           0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x0f };

static void uuid_round_trip(void **state)
{
    (void) state;
    char text[LK_UUID_TEXT_LEN + 1];
    lk_uuid_format(UUID, text);
    assert_string_equal(text, "123e4567-e89b-12d3-a456-42661417400f");

    static const char *const FORMS[] = { "123e4567-e89b-12d3-a456-42661417400f",
                                         "123E4567-E89B-12D3-A456-42661417400F" };
    for (size_t i = 0; i < COUNT_OF(FORMS); i++) {
        uint8_t uuid[LK_UUID_LEN] = { 0 };
        assert_int_equal(lk_uuid_parse(FORMS[i], LK_UUID_TEXT_LEN, uuid), LK_OK);
        assert_memory_equal(uuid, UUID, sizeof uuid);
    }
}

static void uuid_refuses_all_else(void **state)
{
    (void) state;
    static const char *const CASES[] = {
        "",
        "123e4567-e89b-12d3-a456-42661417400",   /* short */
        "123e4567-e89b-12d3-a456-42661417400f0", /* long */
        "123e4567ee89b-12d3-a456-42661417400f",  /* no hyphen */
        "123e4567-e89b-12d3-a456-42661417400g",  /* no digit */
        "{23e4567-e89b-12d3-a456-42661417400}",
        "123e-567-e89b-12d3-a456-42661417400f",
        "123e4567e89b12d3a45642661417400f0000",
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        uint8_t uuid[LK_UUID_LEN + 1] = "0123456789abcdef";
        assert_int_equal(lk_uuid_parse(CASES[i], strlen(CASES[i]), uuid), LK_MALFORMED);
        assert_string_equal((char *) uuid, "0123456789abcdef");
    }
}

static void percent_encodes_all_but_the_unreserved(void **state)
{
    (void) state;

    static const struct {
        const char *bytes;
        size_t len;
        const char *also;
        const char *text;
    } CASES[] = {
        {LITERAL("AZaz09-._~"),      "",   "AZaz09-._~"           },
        { LITERAL("a b/c?d=e&f"),    "",   "a%20b%2Fc%3Fd%3De%26f"},
        { LITERAL("a b/c@d"),        "/@", "a%20b/c@d"            },
        { LITERAL("%+\"\r\n"),       "",   "%25%2B%22%0D%0A"      },
        { LITERAL("\0\x7F\x80\xFF"), "",   "%00%7F%80%FF"         },
        { LITERAL("a\0b"),           "/",  "a%00b"                }, /* the NUL that ends `also` is not one of its characters */
        { LITERAL(""),               "",   ""                     },
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(100);
        lk_percent_encode(&text, CASES[i].bytes, CASES[i].len, CASES[i].also);
        assert_string_equal(lk_text_string(&text), CASES[i].text);
    }
}

static void percent_decodes(void **state)
{
    (void) state;

    static const struct {
        const char *text;
        int plus_is_space;
        const char *bytes;
        size_t len;
    } CASES[] = {
        {"",                 0, LITERAL("")           },
        { "plain",           0, LITERAL("plain")      },
        { "a+b%2B",          0, LITERAL("a+b+")       },
        { "a+b%2B",          1, LITERAL("a b+")       },
        { "%20%7e%7E%ff%FF", 0, LITERAL(" ~~\xFF\xFF")},
        { "%2525",           0, LITERAL("%25")        }, /* once, not twice */
        { "a\xC3\xA9",       0, LITERAL("a\xC3\xA9")  },
        { "%41",             0, LITERAL("A")          },
    };
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char *text = NULL;
        size_t len = 99;
        assert_int_equal(
            lk_percent_decode(arena, CASES[i].text, strlen(CASES[i].text), CASES[i].plus_is_space, &text, &len), LK_OK);
        assert_int_equal(len, CASES[i].len);
        assert_memory_equal(text, CASES[i].bytes, len + 1);
    }
}

static void percent_refuses_garbage(void **state)
{
    (void) state;

    static const struct {
        const char *text;
        size_t len;
    } CASES[] = {
        { LITERAL("%") },    { LITERAL("a%") },    { LITERAL("%4") },   { LITERAL("%4g") },    { LITERAL("%g4") },
        { LITERAL("%%41") }, { LITERAL("%-1") },   { LITERAL("% 1") },  { LITERAL("%+1") },    { LITERAL("%0x41") },
        { LITERAL("%00") },  { LITERAL("a%00b") }, { LITERAL("a\0b") }, { LITERAL("\0") },     { LITERAL("%u0041") },
        { LITERAL("ok%4") }, { LITERAL("%\0\0") }, { LITERAL("ok%") },  { LITERAL("%zz%41") },
    };
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char *text = NULL;
        size_t len = 99;
        assert_int_equal(lk_percent_decode(arena, CASES[i].text, CASES[i].len, 1, &text, &len), LK_MALFORMED);
        assert_null(text);
        assert_int_equal(len, 99);
    }
    /* The two digits must lie within the length, not behind it. */
    char *text = NULL;
    size_t len = 99;
    assert_int_equal(lk_percent_decode(arena, "%41", 2, 0, &text, &len), LK_MALFORMED);
    assert_int_equal(lk_percent_decode(arena, "%41", 1, 0, &text, &len), LK_MALFORMED);
}

static void percent_round_trip_of_every_byte(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    for (int byte = 1; byte < 256; byte++) {
        const char c = (char) byte;
        LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(10);
        lk_percent_encode(&text, &c, 1, "");
        char *again = NULL;
        size_t len = 0;
        assert_int_equal(lk_percent_decode(arena, text.data, text.len, 1, &again, &len), LK_OK);
        assert_int_equal(len, 1);
        assert_int_equal(again[0], c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64url_vectors),
        cmocka_unit_test(base64url_round_trip_of_every_length),
        cmocka_unit_test(base64url_refuses_all_else),
        cmocka_unit_test(base64url_finds_garbage_wherever_it_stands),
        cmocka_unit_test(base64url_knows_exactly_64_characters),
        cmocka_unit_test(uuid_round_trip),
        cmocka_unit_test(uuid_refuses_all_else),
        cmocka_unit_test(percent_encodes_all_but_the_unreserved),
        cmocka_unit_test(percent_decodes),
        cmocka_unit_test(percent_refuses_garbage),
        cmocka_unit_test(percent_round_trip_of_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
