/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials/scram.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sodium/utils.h>
#include <stdbool.h>
#include <string.h>

#define KEY_MOST      64   /* SHA-512 */
#define STACK_OF_HASH 4096 /* more than GnuTLS needs below us; it leaves there what it worked with */

static const struct kind {
    const char *name;
    gnutls_mac_algorithm_t mac;
    gnutls_digest_algorithm_t digest;
    size_t len;
} kinds[] = {
    [SCRAM_SHA_1] = {"SCRAM-SHA-1",    GNUTLS_MAC_SHA1,   GNUTLS_DIG_SHA1,   20},
    [SCRAM_SHA_256] = { "SCRAM-SHA-256", GNUTLS_MAC_SHA256, GNUTLS_DIG_SHA256, 32},
    [SCRAM_SHA_512] = { "SCRAM-SHA-512", GNUTLS_MAC_SHA512, GNUTLS_DIG_SHA512, 64},
};

/* RFC 5802 section 3, by its names. Whoever has `salted` needs no password. */
struct keys {
    uint8_t salted[KEY_MOST];
    uint8_t client[KEY_MOST];
    uint8_t stored[KEY_MOST];
    uint8_t server[KEY_MOST];
};

/* GnuTLS takes its inputs as unsigned char * and only reads them. */
static gnutls_datum_t lend(const void *bytes, size_t len)
{
    union {
        const void *ours;
        unsigned char *theirs;
    } view = { .ours = bytes };

    return (gnutls_datum_t){ .data = view.theirs, .size = (unsigned) len };
}

static bool derive(const struct kind *kind, const struct lk_secret *password, const gnutls_datum_t *salt,
                   unsigned iterations, struct keys *keys)
{
    static const char client[] = "Client Key";
    static const char server[] = "Server Key";
    const gnutls_datum_t words = lend(lk_secret_bytes(password), lk_secret_len(password));
    return gnutls_pbkdf2(kind->mac, &words, salt, iterations, keys->salted, kind->len) == 0 &&
           gnutls_hmac_fast(kind->mac, keys->salted, kind->len, client, strlen(client), keys->client) == 0 &&
           gnutls_hash_fast(kind->digest, keys->client, kind->len, keys->stored) == 0 &&
           gnutls_hmac_fast(kind->mac, keys->salted, kind->len, server, strlen(server), keys->server) == 0;
}

static const char *base64(struct lk_arena *arena, const uint8_t *bytes, size_t len)
{
    const size_t room = sodium_base64_ENCODED_LEN(len, sodium_base64_VARIANT_ORIGINAL);
    char *text = lk_arena_alloc(arena, room);
    return sodium_bin2base64(text, room, bytes, len, sodium_base64_VARIANT_ORIGINAL);
}

const char *scram_verifier(struct lk_arena *arena, enum scram_mechanism mechanism, const struct lk_secret *password,
                           const uint8_t *salt, size_t salt_len, unsigned iterations)
{
    const struct kind *kind = &kinds[mechanism];
    const gnutls_datum_t salt_lent = lend(salt, salt_len);
    struct keys keys = { .salted = { 0 } };
    const char *verifier = NULL;
    if (derive(kind, password, &salt_lent, iterations, &keys))
        verifier = lk_arena_format(arena, "%s$%u:%s$%s:%s", kind->name, iterations, base64(arena, salt, salt_len),
                                   base64(arena, keys.stored, kind->len), base64(arena, keys.server, kind->len));
    sodium_memzero(&keys, sizeof keys);
    sodium_stackzero(STACK_OF_HASH);
    return verifier;
}
