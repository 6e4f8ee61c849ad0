/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "unit/testing.h"
#include "views/catalogue.h"

#include <stdlib.h>
#include <string.h>

struct pair {
    const char *original, *translation;
};

static const struct pair pairs[] = {
    {"",        "Content-Type: text/plain; charset=UTF-8\n"},
    { "Apple",  "Apfel"                                    },
    { "Pear",   ""                                         },
    { "Quince", "Quitte \xc3\xa4"                          },
};
#define PAIRS (sizeof pairs / sizeof pairs[0])

static void put(unsigned char *at, uint32_t number, bool swapped)
{
    if (swapped)
        number = __builtin_bswap32(number);
    memcpy(at, &number, sizeof number);
}

/* A catalogue of `pairs`; the caller frees. */
static unsigned char *made(bool swapped, size_t *len_out)
{
    unsigned char *bytes = calloc(1, 1024);
    assert_non_null(bytes);
    const uint32_t originals = 28;
    const uint32_t translations = originals + 8 * PAIRS;
    uint32_t at = translations + 8 * PAIRS;
    put(bytes, UINT32_C(0x950412de), swapped);
    put(bytes + 8, PAIRS, swapped);
    put(bytes + 12, originals, swapped);
    put(bytes + 16, translations, swapped);
    for (size_t i = 0; i < 2 * PAIRS; i++) {
        const char *text = i < PAIRS ? pairs[i].original : pairs[i - PAIRS].translation;
        put(bytes + originals + 8 * i, (uint32_t) strlen(text), swapped);
        put(bytes + originals + 8 * i + 4, at, swapped);
        strcpy((char *) bytes + at, text);
        at += (uint32_t) strlen(text) + 1;
    }
    *len_out = at;
    return bytes;
}

static void test_both_byte_orders(void **state)
{
    (void) state;
    for (int swapped = 0; swapped < 2; swapped++) {
        size_t len;
        unsigned char *bytes = made(swapped, &len);
        struct catalogue catalogue;
        assert_int_equal(catalogue_open(bytes, len, &catalogue, NULL), LK_OK);
        assert_string_equal(catalogue_find(&catalogue, "Apple"), "Apfel");
        assert_string_equal(catalogue_find(&catalogue, "Quince"), "Quitte \xc3\xa4");
        assert_null(catalogue_find(&catalogue, "Pear")); /* not translated */
        assert_null(catalogue_find(&catalogue, "Plum"));
        assert_null(catalogue_find(&catalogue, "Zucchini"));
        free(bytes);
    }
}

/* One number at a place in the header or the tables, and it is refused. */
static void test_lies_are_refused(void **state)
{
    (void) state;

    static const struct {
        size_t at;
        uint32_t number;
    } lies[] = {
        {0,        0x950412df},
        { 4,       0x00020000},
        { 8,       0xffffffff},
        { 8,       60        },
        { 12,      0xfffffff0},
        { 16,      0xffffffff},
        { 28,      0xffffffff},
        { 28,      1         },
        { 32,      0xffffffff},
        { 32,      2000      },
        { 36,      4         },
        { 40,      0xfffffffe},
        { 28 + 32, 5         },
        { 28 + 36, 5000      },
        { 36 + 4,  28 + 64   },
    };

    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        size_t len;
        unsigned char *bytes = made(false, &len);
        put(bytes + lies[i].at, lies[i].number, false);
        /* An exact copy, so that a sanitizer sees a read behind the end. */
        unsigned char *exact = malloc(len);
        assert_non_null(exact);
        memcpy(exact, bytes, len);
        struct catalogue catalogue;
        struct lk_trouble trouble;
        if (catalogue_open(exact, len, &catalogue, &trouble) != LK_MALFORMED)
            fail_msg("lie %zu was believed", i);
        assert_true(strlen(trouble.words) > 0);
        free(exact);
        free(bytes);
    }
}

static void test_every_cut_is_refused_or_harmless(void **state)
{
    (void) state;
    size_t len;
    unsigned char *bytes = made(false, &len);
    for (size_t cut = 0; cut < len; cut++) {
        unsigned char *exact = malloc(cut + 1);
        assert_non_null(exact);
        memcpy(exact, bytes, cut);
        struct catalogue catalogue;
        assert_int_equal(catalogue_open(exact, cut, &catalogue, NULL), LK_MALFORMED);
        free(exact);
    }
    free(bytes);
}

static void test_not_utf8_is_refused(void **state)
{
    (void) state;
    size_t len;
    unsigned char *bytes = made(false, &len);
    char *apfel = memmem(bytes, len, "Apfel", 5);
    assert_non_null(apfel);
    apfel[2] = '\xff';
    struct catalogue catalogue;
    assert_int_equal(catalogue_open(bytes, len, &catalogue, NULL), LK_MALFORMED);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_byte_orders),
        cmocka_unit_test(test_lies_are_refused),
        cmocka_unit_test(test_every_cut_is_refused_or_harmless),
        cmocka_unit_test(test_not_utf8_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
