/* SPDX-License-Identifier: Apache-2.0 */
/* tokens/key_ring.h - the keys that links, cookies and forms are authenticated with.
 *
 * A text file, mode 0600, one key a line, newest last:  ID CREATED USE KEY
 *   ID       1 to 255, decimal
 *   CREATED  GeneralizedTime
 *   USE      make (the last such key makes new things; all are checked with) or check (only checked with)
 *   KEY      32 bytes, base64url
 * Empty lines and lines that begin with # are skipped.
 * Each kind of secret has its own subkey (BLAKE2b key derivation), so that a link is never taken for a cookie.
 * Owns:    the keys, in guarded memory.
 * Threads: any may use a ring that is loaded; it does not change. */
#ifndef LATCHKEY_TOKENS_KEY_RING_H
#define LATCHKEY_TOKENS_KEY_RING_H

#include "base/arena.h"
#include "base/encoding.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_ring;

/* LK_ABSENT no such file; LK_REFUSED others may read it; LK_MALFORMED words say file:line; LK_BROKEN */
LK_MUST_CHECK enum lk_status key_ring_load(const char *path, struct key_ring **ring_out, struct lk_trouble *trouble);

/* Makes a ring with one key at `path` unless there is a file; safe when many daemons do it at once (a file is made beside
 * it and linked into place). LK_OK: there is one now. */
LK_MUST_CHECK enum lk_status key_ring_make(const char *path, struct lk_trouble *trouble);

/* Accepts NULL. */
void key_ring_free(struct key_ring *ring);

enum key_use {
    KEY_USE_LINK = 1,
    KEY_USE_SESSION,
    KEY_USE_FORM,
    KEY_USE_ADDRESS,
    KEY_USE_NAMES,
    KEY_USE_TRIED,
    KEY_USE_SEAL,
    KEY_USE_RECOVERY, /* what a form carries from step to step */
    KEY_USE_QUESTION,
    KEY_USE_SECOND_FACTOR, /* the shared secret on an account */
    KEY_USE_RECOVERY_CODE,
    KEY_USE_ENROLMENT,     /* a secret that is not confirmed yet, in a form */
    KEY_USE_SIGN_IN_STEP,  /* between the password and the code, in a form */
    KEY_USE_PASSWORD_STEP, /* between a password that has to be replaced and the new one, in a form */
    KEY_USE_SIGN_UP,       /* what a link to sign up with is about */
    KEY_USE_LAST = KEY_USE_SIGN_UP
};

/* The id of the key that new things are made with. */
uint8_t key_ring_newest(const struct key_ring *ring);
/* When that key was made, as its line says. */
int64_t key_ring_newest_created(const struct key_ring *ring);
bool key_ring_has(const struct key_ring *ring, uint8_t id);

#define KEY_RING_TAG_LEN 16
/* What vouches for `bytes`, under the subkey of `use` and key `id`. LK_ABSENT: no such key.
 *
 * A link's tag is SipHash-2-4 with 128 bits, whose key the first 16 bytes of the subkey are. SipHash is made to authenticate what is
 * short, and so little code that it is still there when the next link comes: strangers send links by the thousand, and turning a
 * forged one away must cost less than sending it. (DNS servers tell their cookies from forged ones by it, RFC 9018.) What a link opens
 * is not proven by it alone: the directory has the link's digest.
 *
 * All other tags are the BLAKE2b-128 of the subkey, which is always as long, and `bytes` behind it. BLAKE2 needs no more to
 * authenticate a message, for what is hashed cannot be gone on with; its keyed mode would fill a whole block with the key. */
LK_MUST_CHECK enum lk_status key_ring_tag(const struct key_ring *ring, uint8_t id, enum key_use use, const void *bytes,
                                          size_t len, uint8_t tag_out[static KEY_RING_TAG_LEN]);
/* LK_OK: the tag is right (compared in constant time). LK_REFUSED: it is not, or there is no such key. */
LK_MUST_CHECK enum lk_status key_ring_check(const struct key_ring *ring, uint8_t id, enum key_use use,
                                            const void *bytes, size_t len, const uint8_t tag[static KEY_RING_TAG_LEN]);

/* ---- what only we may read ----
 *
 * `plain` under the subkey of `use` and the newest key: base64url of key id 1 | nonce 24 | XChaCha20-Poly1305 of it. `about` is
 * authenticated with it and must be given again: a value moved to another entry does not open there. A use either seals or
 * tags, never both. */
#define KEY_RING_SEALED_LEN(plain) LK_BASE64URL_LEN(1 + 24 + (plain) + 16)
#define KEY_RING_SEALED_MOST       256 /* bytes of `plain` */

struct key_ring_about {
    const void *bytes;
    size_t len;
};

/* In the arena. `len` is at most KEY_RING_SEALED_MOST. */
const char *key_ring_seal(const struct key_ring *ring, struct lk_arena *arena, enum key_use use,
                          struct key_ring_about about, const void *plain, size_t len);

/* Exactly `len` bytes. *key_out (may be NULL): the key it was sealed with.
 *   LK_MALFORMED  not such a text     LK_ABSENT  its key is not in the ring     LK_REFUSED  forged, or about something else */
LK_MUST_CHECK enum lk_status key_ring_open(const struct key_ring *ring, enum key_use use, struct key_ring_about about,
                                           const char *text, size_t text_len, void *plain_out, size_t len,
                                           uint8_t *key_out);

#endif
