/* SPDX-License-Identifier: Apache-2.0 */
/* What a link to sign up with carries: it comes back whole, and nobody else's does. */
#include "actions/sign_up_offer.h"
#include "base/cleanup.h"
#include "base/encoding.h"
#include "unit/web_rings.h"

#define FIRST  "1 20260101000000Z make " KEY_A "\n"
#define SECOND "1 20260101000000Z make " KEY_B "\n"
#define LATER  "1 20260101000000Z check " KEY_A "\n2 20260201000000Z make " KEY_B "\n"
#define NAME   "ada@home.example"
#define ONWARD "/t/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdEfGhIjKlMnOpQrStUvWxYz01234567"

static const struct key_ring_about nothing = { NULL, 0 };

static void assert_comes_back(const struct key_ring *ring, struct lk_arena *arena, const char *text, const char *name,
                              const char *onward)
{
    struct sign_up_offer offer;
    assert_int_equal(sign_up_offer_read(ring, arena, text, &offer), LK_OK);
    assert_string_equal(offer.name, name);
    assert_string_equal(offer.onward, onward);
}

/* Whoever takes the text apart does not find it. (To look for the letters would be no good: any three come up by chance.) */
static bool shows(const char *text, const char *words)
{
    uint8_t bytes[SIGN_UP_OFFER_LEN_MOST];
    const size_t len = strlen(text) * 3 / 4;
    assert_int_equal(lk_base64url_decode(text, strlen(text), bytes, len), LK_OK);
    return memmem(bytes, len, words, strlen(words)) != NULL;
}

static void comes_back(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct key_ring *ring = ring_of(FIRST), *later = ring_of(LATER);
    char longest[255];
    memset(longest, 'n', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';

    const struct {
        struct sign_up_offer offer;
        const char *onward;
    } rows[] = {
        {{ NAME, "" },         ""    },
        { { NAME, ONWARD },    ONWARD},
        { { "", "" },          ""    },
        { { longest, "" },     ""    },
        { { longest, ONWARD }, ""    }, /* too long together */
        { { NAME, longest },   ""    },
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *text = sign_up_offer_write(ring, arena, &rows[i].offer);
        assert_true(strlen(text) <= SIGN_UP_OFFER_LEN_MOST);
        assert_false(strlen(rows[i].offer.name) > 0 && shows(text, rows[i].offer.name));
        assert_comes_back(ring, arena, text, rows[i].offer.name, rows[i].onward);
        assert_comes_back(later, arena, text, rows[i].offer.name, rows[i].onward);
    }
    key_ring_free(later);
    key_ring_free(ring);
}

static void nobody_elses(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct key_ring *ring = ring_of(FIRST), *other = ring_of(SECOND);
    const struct sign_up_offer written = { .name = NAME, .onward = ONWARD };
    const char *text = sign_up_offer_write(ring, arena, &written);
    struct sign_up_offer offer;
    assert_int_equal(sign_up_offer_read(other, arena, text, &offer), LK_REFUSED);
    for (size_t i = 0; text[i] != '\0'; i++) {
        char *changed = lk_arena_words(arena, text);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_int_not_equal(sign_up_offer_read(ring, arena, changed, &offer), LK_OK);
        assert_int_not_equal(sign_up_offer_read(ring, arena, lk_arena_copy(arena, text, i), &offer), LK_OK);
    }
    assert_int_not_equal(sign_up_offer_read(ring, arena, lk_arena_format(arena, "%sA", text), &offer), LK_OK);
    const char *of_another_use = key_ring_seal(ring, arena, KEY_USE_RECOVERY, nothing, NAME "\0", sizeof NAME + 1);
    assert_int_equal(sign_up_offer_read(ring, arena, of_another_use, &offer), LK_REFUSED);
    key_ring_free(other);
    key_ring_free(ring);
}

/* Sealed by us, but not two strings to the end. */
static void odd_bytes(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct key_ring *ring = ring_of(FIRST);

    static const struct {
        const char *bytes;
        size_t len;
    } rows[] = {
        {"ab",       2},
        { "a\0",     2},
        { "a\0b",    3},
        { "a\0b\0c", 5},
        { "\0\0\0",  3},
        { "a\0\0\0", 4},
        { "abc\0de", 6},
    };
    struct sign_up_offer offer;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *text = key_ring_seal(ring, arena, KEY_USE_SIGN_UP, nothing, rows[i].bytes, rows[i].len);
        if (sign_up_offer_read(ring, arena, text, &offer) != LK_MALFORMED)
            fail_msg("row %zu", i);
    }
    key_ring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(nobody_elses),
        cmocka_unit_test(odd_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
