/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/encoding.h"
#include "tokens/digest.h"
#include "tokens/link.h"
#include "unit/testing.h"

#include <sodium/core.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define KEY_B "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define NOW   INT64_C(1795000000)

static const uint8_t account_a[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

static struct key_ring *ring;       /* keys 1 and 2 */
static struct key_ring *old_ring;   /* key 1 only */
static struct key_ring *other_ring; /* another key 1 */

static struct key_ring *ring_of(const char *words)
{
    char path[] = "/tmp/latchkey-link-XXXXXX";
    struct key_ring *made = NULL;
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, words, strlen(words)), strlen(words));
    assert_int_equal(close(file), 0);
    assert_int_equal(key_ring_load(path, &made, NULL), LK_OK);
    assert_int_equal(unlink(path), 0);
    return made;
}

static int make_rings(void **state)
{
    (void) state;
    if (sodium_init() < 0)
        return -1;
    ring = ring_of("1 20260101000000Z check " KEY_A "\n2 20260201000000Z make " KEY_B "\n");
    old_ring = ring_of("1 20260101000000Z make " KEY_A "\n");
    other_ring = ring_of("1 20260101000000Z make " KEY_B "\n");
    return 0;
}

static int free_rings(void **state)
{
    (void) state;
    key_ring_free(ring);
    key_ring_free(old_ring);
    key_ring_free(other_ring);
    return 0;
}

static void assert_same_claim(const struct link_claim *a, const struct link_claim *b)
{
    assert_int_equal(a->purpose, b->purpose);
    assert_int_equal(a->expires, b->expires);
    assert_int_equal(a->key, b->key);
    assert_memory_equal(a->account, b->account, sizeof a->account);
    assert_memory_equal(a->address, b->address, sizeof a->address);
    assert_memory_equal(a->nonce, b->nonce, sizeof a->nonce);
}

static void test_round_trip(void **state)
{
    (void) state;
    for (enum link_purpose purpose = LINK_ASSOCIATE; purpose < LINK_PURPOSES; purpose++)
        for (int is_bound = 0; is_bound <= 1; is_bound++) {
            char text[LINK_TEXT_LEN + 1];
            char again[LINK_TEXT_LEN + 1];
            struct link_claim read;
            const struct link_claim claim =
                link_claim_new(ring, purpose, NOW + 60, is_bound ? account_a : NULL, "ada@example.org");
            assert_int_equal(claim.key, 2);
            assert_int_equal(link_write(ring, &claim, text), LK_OK);
            assert_int_equal(strlen(text), LINK_TEXT_LEN);
            assert_int_equal(link_read(ring, text, LINK_TEXT_LEN, NOW, &read), LK_OK);
            assert_same_claim(&claim, &read);
            assert_int_equal(link_is_for_any_account(&read), !is_bound);
            /* a message that is sent again carries the same link */
            assert_int_equal(link_write(ring, &read, again), LK_OK);
            assert_string_equal(text, again);
        }
}

static void test_two_claims_differ(void **state)
{
    (void) state;
    const struct link_claim a = link_claim_new(ring, LINK_INVITE, NOW, NULL, "ada@example.org");
    const struct link_claim b = link_claim_new(ring, LINK_INVITE, NOW, NULL, "ada@example.org");
    assert_memory_not_equal(a.nonce, b.nonce, sizeof a.nonce);
}

static void test_every_flipped_bit_is_refused(void **state)
{
    (void) state;
    uint8_t bytes[LINK_BYTES];
    char text[LINK_TEXT_LEN + 1];
    struct link_claim read;
    const struct link_claim claim = link_claim_new(ring, LINK_RESET, NOW + 60, account_a, "ada@example.org");
    assert_int_equal(link_write(ring, &claim, text), LK_OK);
    assert_int_equal(lk_base64url_decode(text, LINK_TEXT_LEN, bytes, sizeof bytes), LK_OK);
    for (size_t bit = 0; bit < LINK_BYTES * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t) (1u << bit % 8);
        lk_base64url_encode(bytes, sizeof bytes, text);
        const enum lk_status status = link_read(ring, text, LINK_TEXT_LEN, NOW, &read);
        const bool is_shortened = bit >= 16 && bit < 48; /* made to have expired, it is dead as well */
        if (status != LK_REFUSED && !(status == LK_MALFORMED && bit < 16) && !(status == LK_ABSENT && is_shortened))
            fail_msg("bit %zu: %s", bit, lk_status_name(status));
        bytes[bit / 8] ^= (uint8_t) (1u << bit % 8);
    }
    lk_base64url_encode(bytes, sizeof bytes, text);
    assert_int_equal(link_read(ring, text, LINK_TEXT_LEN, NOW, &read), LK_OK);
}

static void test_expiry(void **state)
{
    (void) state;

    static const struct {
        int64_t expires;
        int64_t now;
        enum lk_status status;
    } table[] = {
        {NOW,               NOW - 1,                 LK_OK    },
        { NOW,              NOW,                     LK_ABSENT},
        { NOW,              NOW + 1,                 LK_ABSENT},
        { 0,                0,                       LK_ABSENT},
        { -5,               0,                       LK_ABSENT},
        { UINT32_MAX,       UINT32_MAX - INT64_C(1), LK_OK    },
        { INT64_MAX,        NOW,                     LK_OK    },
        { INT64_MAX,        UINT32_MAX,              LK_ABSENT},
        { INT64_C(1) << 32, NOW,                     LK_OK    },
        { NOW,              INT64_MAX,               LK_ABSENT},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[LINK_TEXT_LEN + 1];
        struct link_claim read = { .purpose = LINK_NONE };
        const struct link_claim claim = link_claim_new(ring, LINK_INVITE, table[i].expires, NULL, "ada@example.org");
        assert_int_equal(link_write(ring, &claim, text), LK_OK);
        assert_int_equal(link_read(ring, text, LINK_TEXT_LEN, table[i].now, &read), table[i].status);
        if (table[i].status == LK_OK)
            assert_same_claim(&claim, &read);
        else
            assert_int_equal(read.purpose, LINK_NONE); /* nobody has looked whether it is authentic */
    }
}

static void test_an_expired_link_cannot_be_prolonged(void **state)
{
    (void) state;
    uint8_t bytes[LINK_BYTES];
    char text[LINK_TEXT_LEN + 1];
    struct link_claim read;
    const struct link_claim claim = link_claim_new(ring, LINK_RESET, NOW, account_a, "ada@example.org");
    assert_int_equal(link_write(ring, &claim, text), LK_OK);
    assert_int_equal(link_read(ring, text, LINK_TEXT_LEN, NOW, &read), LK_ABSENT);
    assert_int_equal(lk_base64url_decode(text, LINK_TEXT_LEN, bytes, sizeof bytes), LK_OK);
    memset(bytes + 2, 0xFF, 4);
    lk_base64url_encode(bytes, sizeof bytes, text);
    assert_int_equal(link_read(ring, text, LINK_TEXT_LEN, NOW, &read), LK_REFUSED);
}

static void test_keys(void **state)
{
    (void) state;
    char text[LINK_TEXT_LEN + 1];
    struct link_claim read;
    const struct link_claim old = link_claim_new(old_ring, LINK_INVITE, NOW + 60, NULL, "ada@example.org");
    assert_int_equal(link_write(old_ring, &old, text), LK_OK);
    assert_int_equal(link_read(ring, text, LINK_TEXT_LEN, NOW, &read), LK_OK); /* a retired key still checks */
    assert_true(link_was_sent_to(ring, &read, "ada@example.org"));
    assert_int_equal(link_read(other_ring, text, LINK_TEXT_LEN, NOW, &read), LK_REFUSED);
    const struct link_claim new = link_claim_new(ring, LINK_INVITE, NOW + 60, NULL, "ada@example.org");
    assert_int_equal(link_write(ring, &new, text), LK_OK);
    assert_int_equal(link_read(old_ring, text, LINK_TEXT_LEN, NOW, &read), LK_MALFORMED);
    assert_int_equal(link_write(old_ring, &new, text), LK_ABSENT);
}

/* What a key authenticates for another use is not a link. */
static void test_wrong_use(void **state)
{
    (void) state;
    uint8_t bytes[LINK_BYTES];
    char text[LINK_TEXT_LEN + 1];
    struct link_claim read;
    const struct link_claim claim = link_claim_new(ring, LINK_RESET, NOW + 60, NULL, "ada@example.org");
    assert_int_equal(link_write(ring, &claim, text), LK_OK);
    assert_int_equal(lk_base64url_decode(text, LINK_TEXT_LEN, bytes, sizeof bytes), LK_OK);
    const size_t signed_len = LINK_BYTES - KEY_RING_TAG_LEN;
    for (enum key_use use = KEY_USE_LINK; use <= KEY_USE_LAST; use++) {
        assert_int_equal(key_ring_tag(ring, 2, use, bytes, signed_len, bytes + signed_len), LK_OK);
        lk_base64url_encode(bytes, sizeof bytes, text);
        assert_int_equal(link_read(ring, text, LINK_TEXT_LEN, NOW, &read), use == KEY_USE_LINK ? LK_OK : LK_REFUSED);
    }
}

static void test_garbage(void **state)
{
    (void) state;
    char text[LINK_TEXT_LEN + 2];
    struct link_claim read;
    const struct link_claim claim = link_claim_new(ring, LINK_RESET, NOW + 60, NULL, "ada@example.org");
    assert_int_equal(link_write(ring, &claim, text), LK_OK);
    text[LINK_TEXT_LEN] = 'A';
    for (size_t len = 0; len <= LINK_TEXT_LEN + 1; len++)
        assert_int_equal(link_read(ring, text, len, NOW, &read), len == LINK_TEXT_LEN ? LK_OK : LK_MALFORMED);
    static const char strange[] = "+/=. \n%\0\xff";
    for (size_t i = 0; i < sizeof strange; i++) {
        const char kept = text[40];
        text[40] = strange[i];
        assert_int_equal(link_read(ring, text, LINK_TEXT_LEN, NOW, &read), LK_MALFORMED);
        text[40] = kept;
    }
    memset(text, 'A', LINK_TEXT_LEN);
    assert_int_equal(link_read(ring, text, LINK_TEXT_LEN, NOW, &read), LK_MALFORMED);
}

static void test_address(void **state)
{
    (void) state;
    char wide[400];
    const struct link_claim claim = link_claim_new(ring, LINK_INVITE, NOW, NULL, "Ada@Example.org");
    assert_true(link_was_sent_to(ring, &claim, "ada@example.ORG"));
    assert_false(link_was_sent_to(ring, &claim, "ada@example.com"));
    assert_false(link_was_sent_to(ring, &claim, ""));
    assert_false(link_was_sent_to(ring, &claim, NULL));
    /* CVE-2019-19844: what folds alike in Unicode is still another mailbox */
    assert_false(link_was_sent_to(ring, &claim, "ad\xc3\xa1@example.org"));
    const struct link_claim kelvin = link_claim_new(ring, LINK_INVITE, NOW, NULL, "kim@example.org");
    assert_false(link_was_sent_to(ring, &kelvin, "\xe2\x84\xaaim@example.org"));
    memset(wide, 'a', sizeof wide - 1);
    wide[sizeof wide - 1] = '\0';
    const struct link_claim endless = link_claim_new(ring, LINK_INVITE, NOW, NULL, wide);
    assert_false(link_was_sent_to(ring, &endless, wide));
    const struct link_claim nobody = link_claim_new(ring, LINK_INVITE, NOW, NULL, NULL);
    assert_false(link_was_sent_to(ring, &nobody, NULL));
}

#define MANY 500 /* one in sixty of them would do it by chance */

static void test_they_are_easy_to_hand_on(void **state)
{
    (void) state;
    for (size_t i = 0; i < MANY; i++) {
        uint8_t bytes[LINK_BYTES];
        char text[LINK_TEXT_LEN + 1], digest[TOKEN_DIGEST_TEXT_LEN + 1];
        const struct link_claim claim = link_claim_new(ring, LINK_INVITE, NOW, NULL, "ada@example.org");
        assert_int_equal(link_write(ring, &claim, text), LK_OK);
        assert_true(text[LINK_TEXT_LEN - 1] != '-' && text[LINK_TEXT_LEN - 1] != '_');
        assert_int_equal(lk_base64url_decode(text, LINK_TEXT_LEN, bytes, sizeof bytes), LK_OK);
        token_digest_text(bytes, sizeof bytes, digest);
        assert_int_not_equal(digest[0], '-');
    }
}

static void test_token_value(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    uint8_t bytes[LINK_BYTES];
    char text[LINK_TEXT_LEN + 1];
    char digest[TOKEN_DIGEST_TEXT_LEN + 1];
    struct link_token token;
    const struct link_claim bound = link_claim_new(ring, LINK_ASSOCIATE, NOW, account_a, "ada@example.org");
    const char *value = link_token_value(ring, arena, &bound);
    assert_int_equal(link_write(ring, &bound, text), LK_OK);
    assert_int_equal(lk_base64url_decode(text, LINK_TEXT_LEN, bytes, sizeof bytes), LK_OK);
    token_digest_text(bytes, sizeof bytes, digest);
    assert_string_equal(value, lk_arena_format(arena, "associate digest=%s until=20261118110640Z account=%s", digest,
                                               "01020304-0506-0708-090a-0b0c0d0e0f10"));
    assert_null(strstr(value, text));
    assert_int_equal(link_token_read(arena, value, strlen(value), &token), LK_OK);
    assert_int_equal(token.purpose, LINK_ASSOCIATE);
    assert_int_equal(token.expires, NOW);
    assert_true(token.has_account);
    assert_memory_equal(token.account, account_a, 16);
    const struct link_claim any = link_claim_new(ring, LINK_INVITE, NOW, NULL, "ada@example.org");
    value = link_token_value(ring, arena, &any);
    assert_null(strstr(value, "account="));
    assert_int_equal(link_token_read(arena, value, strlen(value), &token), LK_OK);
    assert_int_equal(token.purpose, LINK_INVITE);
    assert_false(token.has_account);
    assert_null(link_token_value(old_ring, arena, &any));
}

static void test_foreign_token_values(void **state)
{
    (void) state;
#define DIGEST "digest=" KEY_A
    static const char *const values[] = {
        "",
        "associate",
        "none " DIGEST " until=20261118110640Z",
        "password " DIGEST " until=20261118110640Z",
        "associate until=20261118110640Z",
        "associate " DIGEST,
        "associate " DIGEST " until=soon",
        "associate digest=short until=20261118110640Z",
        "associate " DIGEST " until=20261118110640Z account=me",
        "associate  " DIGEST " until=20261118110640Z",
    };
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct link_token token;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (link_token_read(arena, values[i], strlen(values[i]), &token) != LK_MALFORMED)
            fail_msg("'%s' is taken for a token", values[i]);
}

static void test_purposes(void **state)
{
    (void) state;
    static const char *const names[LINK_PURPOSES] = { "none",     "associate", "invite",    "reset",        "confirm",
                                                      "undo_tie", "new_mail",  "undo_mail", "undo_account", "sign_up" };
    for (enum link_purpose purpose = LINK_NONE; purpose < LINK_PURPOSES; purpose++) {
        assert_string_equal(link_purpose_name(purpose), names[purpose]);
        assert_int_equal(link_purpose_named(names[purpose]), purpose);
        assert_int_equal(link_purpose_leaves_token(purpose), purpose != LINK_NONE && purpose != LINK_SIGN_UP);
    }
    assert_string_equal(link_purpose_name((enum link_purpose) 77), "none");
    assert_int_equal(link_purpose_named("Invite"), LINK_NONE);
    assert_int_equal(link_purpose_named(""), LINK_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_two_claims_differ),
        cmocka_unit_test(test_every_flipped_bit_is_refused),
        cmocka_unit_test(test_expiry),
        cmocka_unit_test(test_an_expired_link_cannot_be_prolonged),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_wrong_use),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_address),
        cmocka_unit_test(test_they_are_easy_to_hand_on),
        cmocka_unit_test(test_token_value),
        cmocka_unit_test(test_foreign_token_values),
        cmocka_unit_test(test_purposes),
    };
    return cmocka_run_group_tests(tests, make_rings, free_rings);
}
