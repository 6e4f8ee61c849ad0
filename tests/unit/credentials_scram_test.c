/* SPDX-License-Identifier: Apache-2.0 */
/* The example exchanges of RFC 5802 and RFC 7677, seen from a server that holds our verifier: the client's proof must verify
 * against StoredKey, and the server's signature must follow from ServerKey. */
#include "base/cleanup.h"
#include "credentials/scram.h"
#include "unit/testing.h"
#include "unit/wipes.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sodium/core.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>

#define KEY_MOST 64

struct exchange {
    enum scram_mechanism mechanism;
    gnutls_mac_algorithm_t mac;
    gnutls_digest_algorithm_t digest;
    size_t len;
    const char *name;
    const char *salt;
    const char *client_first, *server_first, *client_final; /* client_final without the proof */
    const char *proof, *signature;
};

static const struct exchange exchanges[] = {
    {.mechanism = SCRAM_SHA_1,
     .mac = GNUTLS_MAC_SHA1,
     .digest = GNUTLS_DIG_SHA1,
     .len = 20,
     .name = "SCRAM-SHA-1",   /* RFC 5802 section 5 */
      .salt = "QSXCR+Q6sek8bf92",
     .client_first = "n=user,r=fyko+d2lbbFgONRv9qkxdawL",
     .server_first = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
     .client_final = "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j",
     .proof = "v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
     .signature = "rmF9pqV8S7suAoZWja4dJRkFsKQ="                },
    { .mechanism = SCRAM_SHA_256,
     .mac = GNUTLS_MAC_SHA256,
     .digest = GNUTLS_DIG_SHA256,
     .len = 32,
     .name = "SCRAM-SHA-256", /* RFC 7677 section 3 */
      .salt = "W22ZaJ0SNY7soEsUEjb6gQ==",
     .client_first = "n=user,r=rOprNGfwEbeRWgbNEkqO",
     .server_first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
     .client_final = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
     .proof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
     .signature = "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="},
};

static int make(void **state)
{
    (void) state;
    return sodium_init() < 0 ? -1 : 0;
}

static size_t decode(const char *text, size_t len, uint8_t bytes[static KEY_MOST])
{
    size_t count = 0;
    assert_int_equal(sodium_base642bin(bytes, KEY_MOST, text, len, NULL, &count, NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    return count;
}

static const char *verifier_of(struct lk_arena *arena, enum scram_mechanism mechanism, const char *password,
                               const char *salt_text)
{
    uint8_t salt[KEY_MOST];
    const size_t salt_len = decode(salt_text, strlen(salt_text), salt);
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *secret = lk_secret_new(password, strlen(password));
    return scram_verifier(arena, mechanism, secret, salt, salt_len, 4096);
}

static void walk(const struct exchange *exchange)
{
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    const char *verifier = verifier_of(arena, exchange->mechanism, "pencil", exchange->salt);
    const char *front = lk_arena_format(arena, "%s$4096:%s$", exchange->name, exchange->salt);
    assert_memory_equal(verifier, front, strlen(front));
    const char *stored_text = verifier + strlen(front);
    const char *server_text = strchr(stored_text, ':') + 1;
    uint8_t stored[KEY_MOST], server[KEY_MOST], proof[KEY_MOST], wanted[KEY_MOST], client[KEY_MOST],
        signature[KEY_MOST];
    assert_int_equal(decode(stored_text, (size_t) (server_text - stored_text) - 1, stored), exchange->len);
    assert_int_equal(decode(server_text, strlen(server_text), server), exchange->len);
    assert_int_equal(decode(exchange->proof, strlen(exchange->proof), proof), exchange->len);
    assert_int_equal(decode(exchange->signature, strlen(exchange->signature), wanted), exchange->len);
    const char *words =
        lk_arena_format(arena, "%s,%s,%s", exchange->client_first, exchange->server_first, exchange->client_final);
    assert_int_equal(gnutls_hmac_fast(exchange->mac, stored, exchange->len, words, strlen(words), signature), 0);
    for (size_t i = 0; i < exchange->len; i++)
        proof[i] ^= signature[i]; /* ClientKey */
    assert_int_equal(gnutls_hash_fast(exchange->digest, proof, exchange->len, client), 0);
    assert_memory_equal(client, stored, exchange->len);
    assert_int_equal(gnutls_hmac_fast(exchange->mac, server, exchange->len, words, strlen(words), signature), 0);
    assert_memory_equal(signature, wanted, exchange->len);
}

static void test_exchanges_of_the_rfcs(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof exchanges / sizeof *exchanges; i++)
        walk(&exchanges[i]);
}

/* No RFC has an example for SHA-512: worked out with Python's hashlib. */
static void test_sha_512(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    assert_string_equal(verifier_of(arena, SCRAM_SHA_512, "pencil", "W22ZaJ0SNY7soEsUEjb6gQ=="),
                        "SCRAM-SHA-512$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
                        "6AAub3065EYRmyFpM2RNwqK+eGnrkYuEWbXn19LsEmBqzu8QaCXNc1FwpnX9NhH2hK/60dzj9DoO5DvVkOHbvg==:"
                        "jZHbYjC1aHh0/hKbxyBuGFjDrgjgKTT1esA7awWiKcRZ0o/0b1yWEebBeSVkkCFewf91nLDfKF24mvD5nmE6rA==");
}

/* All four, of the longest kind: whoever had the first would need no password. */
static void test_keys_are_wiped(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    wipe_count = 0;
    assert_non_null(verifier_of(arena, SCRAM_SHA_256, "pencil", "W22ZaJ0SNY7soEsUEjb6gQ=="));
    assert_int_equal(wipes[0].len, 4 * KEY_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchanges_of_the_rfcs),
        cmocka_unit_test(test_sha_512),
        cmocka_unit_test(test_keys_are_wiped),
    };
    return cmocka_run_group_tests(tests, make, NULL);
}
