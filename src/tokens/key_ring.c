/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/key_ring.h"

#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/fatal.h"
#include "base/secret.h"
#include "tokens/key_line_internal.h"

#include <sodium/crypto_aead_xchacha20poly1305.h>
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_kdf.h>
#include <sodium/crypto_shorthash_siphash24.h>
#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <string.h>

#define KEY_LEN    crypto_kdf_KEYBYTES
#define SUBKEY_LEN crypto_generichash_KEYBYTES
#define USES       KEY_USE_LAST

/* Only subkeys are kept: no request pays for a derivation, and the keys themselves are gone once the file is read. */
struct key {
    uint8_t id;
    uint8_t subkeys[USES][SUBKEY_LEN];
};

struct key_ring {
    uint8_t newest;
    int64_t created; /* the newest */
    size_t count;
    uint8_t position[KEYS_MOST + 1]; /* of an id in `keys`, plus one; 0: no such key */
    struct key keys[];
};

static void derive(struct key *key, const uint8_t secret[static KEY_LEN])
{
    static const char context[crypto_kdf_CONTEXTBYTES] = { 'l', 'a', 't', 'c', 'h', 'k', 'e', 'y' };
    for (uint64_t use = KEY_USE_LINK; use <= USES; use++)
        if (crypto_kdf_derive_from_key(key->subkeys[use - 1], SUBKEY_LEN, use, context, secret) != 0)
            lk_fatal("a subkey could not be derived");
}

/* NULL, or what is wrong with the line. */
static const char *take_line(struct key_ring *ring, const char *text, size_t len)
{
    struct key_line line;
    uint8_t secret[KEY_LEN];
    const char *fault = key_line_read(text, len, &line);
    if (fault != NULL)
        return fault;
    if (ring->position[line.id] != 0)
        return "there is a key with this ID already";
    if (lk_base64url_decode(line.key, line.key_len, secret, sizeof secret) != LK_OK)
        return "KEY is 32 bytes in base64url, 43 characters";
    struct key *key = &ring->keys[ring->count++];
    key->id = line.id;
    derive(key, secret);
    sodium_memzero(secret, sizeof secret);
    ring->position[line.id] = (uint8_t) ring->count;
    if (line.makes) {
        ring->newest = line.id;
        ring->created = line.created;
    }
    return NULL;
}

static enum lk_status take_file(struct key_ring *ring, const char *path, const struct lk_secret *file,
                                struct lk_trouble *trouble)
{
    const char *bytes = lk_secret_bytes(file);
    const char *const end = bytes + lk_secret_len(file);
    for (size_t line = 1; bytes < end; line++) {
        const char *line_end = memchr(bytes, '\n', (size_t) (end - bytes));
        if (line_end == NULL)
            line_end = end;
        const size_t len = (size_t) (line_end - bytes);
        const char *fault = key_line_is_comment(bytes, len) ? NULL : take_line(ring, bytes, len);
        if (fault != NULL)
            return lk_fail(trouble, LK_MALFORMED, "%s:%zu: %s", path, line, fault);
        bytes = line_end + 1;
    }
    if (ring->newest == 0)
        return lk_fail(trouble, LK_MALFORMED, "%s: has no key to make new things with", path);
    return LK_OK;
}

static size_t count_lines(const struct lk_secret *file)
{
    size_t count = 1;
    const char *bytes = lk_secret_bytes(file);
    for (size_t i = 0; i < lk_secret_len(file); i++)
        count += bytes[i] == '\n';
    return count < KEYS_MOST ? count : KEYS_MOST;
}

static void cleanup_ring(struct key_ring **ring)
{
    key_ring_free(*ring);
}

enum lk_status key_ring_load(const char *path, struct key_ring **ring_out, struct lk_trouble *trouble)
{
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *file = NULL;
    enum lk_status status = lk_secret_read(path, KEY_FILE_MOST, &file, trouble);
    if (status != LK_OK)
        return status;
    /* An id is in the ring once at most, so no more than KEYS_MOST lines are ever taken. Guarded memory ends at a guard
     * page: only a round size makes it begin at an aligned address. */
    const size_t size = (sizeof(struct key_ring) + count_lines(file) * sizeof(struct key) + 15) & ~(size_t) 15;
    LK_CLEANUP(cleanup_ring) struct key_ring *ring = sodium_malloc(size);
    if (ring == NULL)
        return lk_fail(trouble, LK_BROKEN, "no memory for the key ring");
    memset(ring, 0, size);
    status = take_file(ring, path, file, trouble);
    if (status != LK_OK)
        return status;
    (void) sodium_mprotect_readonly(ring);
    *ring_out = LK_TAKE(ring);
    return LK_OK;
}

void key_ring_free(struct key_ring *ring)
{
    sodium_free(ring);
}

uint8_t key_ring_newest(const struct key_ring *ring)
{
    return ring->newest;
}

int64_t key_ring_newest_created(const struct key_ring *ring)
{
    return ring->created;
}

bool key_ring_has(const struct key_ring *ring, uint8_t id)
{
    return ring->position[id] != 0;
}

static void tag_by_siphash(const uint8_t subkey[static SUBKEY_LEN], const void *bytes, size_t len, uint8_t *tag_out)
{
    (void) crypto_shorthash_siphashx24(tag_out, bytes, len, subkey);
}

static void tag_by_blake2b(const uint8_t subkey[static SUBKEY_LEN], const void *bytes, size_t len, uint8_t *tag_out)
{
    LK_UNINITIALIZED crypto_generichash_state state;
    (void) crypto_generichash_init(&state, NULL, 0, KEY_RING_TAG_LEN);
    (void) crypto_generichash_update(&state, subkey, SUBKEY_LEN);
    (void) crypto_generichash_update(&state, bytes, len);
    (void) crypto_generichash_final(&state, tag_out, KEY_RING_TAG_LEN);
    sodium_memzero(&state, sizeof state);
}

_Static_assert(crypto_shorthash_siphashx24_BYTES == KEY_RING_TAG_LEN, "either way a tag is as long");
_Static_assert(crypto_shorthash_siphashx24_KEYBYTES <= SUBKEY_LEN, "a subkey is long enough for both");

enum lk_status key_ring_tag(const struct key_ring *ring, uint8_t id, enum key_use use, const void *bytes, size_t len,
                            uint8_t tag_out[static KEY_RING_TAG_LEN])
{
    if (!key_ring_has(ring, id) || use < KEY_USE_LINK || use > USES)
        return LK_ABSENT;
    const uint8_t *subkey = ring->keys[ring->position[id] - 1].subkeys[use - 1];
    (use == KEY_USE_LINK ? tag_by_siphash : tag_by_blake2b)(subkey, bytes, len, tag_out);
    return LK_OK;
}

enum lk_status key_ring_check(const struct key_ring *ring, uint8_t id, enum key_use use, const void *bytes, size_t len,
                              const uint8_t tag[static KEY_RING_TAG_LEN])
{
    uint8_t right[KEY_RING_TAG_LEN];
    if (key_ring_tag(ring, id, use, bytes, len, right) != LK_OK)
        return LK_REFUSED;
    return sodium_memcmp(right, tag, sizeof right) == 0 ? LK_OK : LK_REFUSED;
}

/* ---- what only we may read ---- */

#define SEAL_NONCE crypto_aead_xchacha20poly1305_ietf_NPUBBYTES
#define SEAL_OVER  (1 + SEAL_NONCE + crypto_aead_xchacha20poly1305_ietf_ABYTES)

_Static_assert(crypto_aead_xchacha20poly1305_ietf_KEYBYTES == SUBKEY_LEN, "a subkey seals as well as it tags");
_Static_assert(LK_BASE64URL_LEN(SEAL_OVER) == KEY_RING_SEALED_LEN(0), "the header says how long a sealed text is");

const char *key_ring_seal(const struct key_ring *ring, struct lk_arena *arena, enum key_use use,
                          struct key_ring_about about, const void *plain, size_t len)
{
    uint8_t bytes[SEAL_OVER + KEY_RING_SEALED_MOST];
    if (len > KEY_RING_SEALED_MOST || use < KEY_USE_LINK || use > USES)
        lk_fatal("nothing is sealed that way");
    bytes[0] = ring->newest;
    const struct key *key = &ring->keys[ring->position[ring->newest] - 1];
    randombytes_buf(bytes + 1, SEAL_NONCE);
    (void) crypto_aead_xchacha20poly1305_ietf_encrypt(bytes + 1 + SEAL_NONCE, NULL, plain, len, about.bytes, about.len,
                                                      NULL, bytes + 1, key->subkeys[use - 1]);
    char *text = lk_arena_alloc(arena, KEY_RING_SEALED_LEN(len) + 1);
    lk_base64url_encode(bytes, SEAL_OVER + len, text);
    return text;
}

/* NOLINTNEXTLINE(readability-function-size): each parameter is a thing of its own */
enum lk_status key_ring_open(const struct key_ring *ring, enum key_use use, struct key_ring_about about,
                             const char *text, size_t text_len, void *plain_out, size_t len, uint8_t *key_out)
{
    uint8_t bytes[SEAL_OVER + KEY_RING_SEALED_MOST];
    if (len > KEY_RING_SEALED_MOST || use < KEY_USE_LINK || use > USES ||
        lk_base64url_decode(text, text_len, bytes, SEAL_OVER + len) != LK_OK)
        return LK_MALFORMED;
    if (!key_ring_has(ring, bytes[0]))
        return LK_ABSENT;
    const struct key *key = &ring->keys[ring->position[bytes[0]] - 1];
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain_out, NULL, NULL, bytes + 1 + SEAL_NONCE,
                                                   SEAL_OVER + len - 1 - SEAL_NONCE, about.bytes, about.len, bytes + 1,
                                                   key->subkeys[use - 1]) != 0)
        return LK_REFUSED;
    if (key_out != NULL)
        *key_out = bytes[0];
    return LK_OK;
}
