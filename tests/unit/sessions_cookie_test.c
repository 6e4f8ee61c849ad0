/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/encoding.h"
#include "sessions/cookie.h"
#include "sessions/sessions.h"
#include "unit/testing.h"

#include <sodium/core.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_A "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define KEY_B "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define BYTES 49

static const uint8_t account[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

static struct key_ring *ring;       /* keys 1 and 2 */
static struct key_ring *other_ring; /* another key 2 */

static struct key_ring *ring_of(const char *words)
{
    char path[] = "/tmp/latchkey-cookie-XXXXXX";
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
    other_ring = ring_of("2 20260101000000Z make " KEY_A "\n");
    return 0;
}

static int free_rings(void **state)
{
    (void) state;
    key_ring_free(ring);
    key_ring_free(other_ring);
    return 0;
}

static void test_round_trip(void **state)
{
    (void) state;
    char text[SESSION_COOKIE_LEN + 1];
    char id[TOKEN_DIGEST_TEXT_LEN + 1];
    char again[TOKEN_DIGEST_TEXT_LEN + 1];
    struct session_cookie read;
    const struct session_cookie cookie = session_cookie_new(ring, account);
    const struct session_cookie other = session_cookie_new(ring, account);
    assert_int_equal(cookie.key, 2);
    assert_memory_not_equal(cookie.secret, other.secret, sizeof cookie.secret);
    assert_int_equal(session_cookie_write(ring, &cookie, text), LK_OK);
    assert_int_equal(strlen(text), SESSION_COOKIE_LEN);
    assert_int_equal(session_cookie_read(ring, text, SESSION_COOKIE_LEN, &read), LK_OK);
    assert_memory_equal(read.account, account, sizeof account);
    assert_memory_equal(read.secret, cookie.secret, sizeof cookie.secret);
    session_cookie_id(&cookie, id);
    session_cookie_id(&read, again);
    assert_string_equal(id, again);
    session_cookie_id(&other, again);
    assert_string_not_equal(id, again);
    assert_int_equal(session_cookie_read(other_ring, text, SESSION_COOKIE_LEN, &read), LK_REFUSED);
}

#define MANY 500 /* one in sixty of them would do it by chance */

static void test_no_id_begins_like_an_option(void **state)
{
    (void) state;
    for (size_t i = 0; i < MANY; i++) {
        char id[TOKEN_DIGEST_TEXT_LEN + 1];
        const struct session_cookie cookie = session_cookie_new(ring, account);
        session_cookie_id(&cookie, id);
        assert_int_not_equal(id[0], '-');
    }
}

static void test_every_flipped_bit_is_refused(void **state)
{
    (void) state;
    char text[SESSION_COOKIE_LEN + 1];
    uint8_t bytes[BYTES];
    struct session_cookie read;
    const struct session_cookie cookie = session_cookie_new(ring, account);
    assert_int_equal(session_cookie_write(ring, &cookie, text), LK_OK);
    assert_int_equal(lk_base64url_decode(text, SESSION_COOKIE_LEN, bytes, sizeof bytes), LK_OK);
    for (size_t bit = 0; bit < sizeof bytes * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t) (1u << bit % 8);
        lk_base64url_encode(bytes, sizeof bytes, text);
        const enum lk_status status = session_cookie_read(ring, text, SESSION_COOKIE_LEN, &read);
        if (status != LK_REFUSED && !(status == LK_MALFORMED && bit < 8))
            fail_msg("bit %zu: %s", bit, lk_status_name(status));
        bytes[bit / 8] ^= (uint8_t) (1u << bit % 8);
    }
}

/* CVE-2026-19349: what the same key authenticates for another use is no cookie. */
static void test_other_uses_are_refused(void **state)
{
    (void) state;
    char text[SESSION_COOKIE_LEN + 1];
    uint8_t bytes[BYTES] = { 2 };
    struct session_cookie read;
    for (enum key_use use = KEY_USE_LINK; use <= KEY_USE_LAST; use++) {
        assert_int_equal(key_ring_tag(ring, 2, use, bytes, 33, bytes + 33), LK_OK);
        lk_base64url_encode(bytes, sizeof bytes, text);
        assert_int_equal(session_cookie_read(ring, text, SESSION_COOKIE_LEN, &read),
                         use == KEY_USE_SESSION ? LK_OK : LK_REFUSED);
    }
}

static void test_garbage(void **state)
{
    (void) state;
    char text[SESSION_COOKIE_LEN + 2];
    struct session_cookie read;
    const struct session_cookie cookie = session_cookie_new(ring, account);
    assert_int_equal(session_cookie_write(ring, &cookie, text), LK_OK);
    text[SESSION_COOKIE_LEN] = 'A';
    for (size_t len = 0; len <= SESSION_COOKIE_LEN + 1; len++)
        assert_int_equal(session_cookie_read(ring, text, len, &read), len == SESSION_COOKIE_LEN ? LK_OK : LK_MALFORMED);
    static const char strange[] = "+/=; \"\n\0\xff";
    for (size_t i = 0; i < sizeof strange; i++) {
        const char kept = text[30];
        text[30] = strange[i];
        assert_int_equal(session_cookie_read(ring, text, SESSION_COOKIE_LEN, &read), LK_MALFORMED);
        text[30] = kept;
    }
    /* the last character has two bits too many: only zeros are one spelling */
    text[SESSION_COOKIE_LEN - 1] = (char) (text[SESSION_COOKIE_LEN - 1] + 1);
    assert_int_not_equal(session_cookie_read(ring, text, SESSION_COOKIE_LEN, &read), LK_OK);
    memset(text, 'A', SESSION_COOKIE_LEN);
    assert_int_equal(session_cookie_read(ring, text, SESSION_COOKIE_LEN, &read), LK_MALFORMED); /* key 0 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_no_id_begins_like_an_option),
        cmocka_unit_test(test_every_flipped_bit_is_refused),
        cmocka_unit_test(test_other_uses_are_refused),
        cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, make_rings, free_rings);
}
