/* SPDX-License-Identifier: Apache-2.0 */
/* credentials/scram.h - what a server keeps of a password for SASL SCRAM (RFC 5802), written as RFC 5803 has it.
 *
 * HMAC, hashes and PBKDF2 are GnuTLS's.
 * Threads: any. Wipes what it works with. */
#ifndef LATCHKEY_CREDENTIALS_SCRAM_H
#define LATCHKEY_CREDENTIALS_SCRAM_H

#include "base/arena.h"
#include "base/secret.h"

#include <stddef.h>
#include <stdint.h>

enum scram_mechanism {
    SCRAM_SHA_1, /* only because RFC 5802's own example has it: nobody is given such a verifier */
    SCRAM_SHA_256,
    SCRAM_SHA_512
};

#define SCRAM_SALT_LEN 16

/* "SCRAM-SHA-256$15000:salt$StoredKey:ServerKey" for authPassword, in the arena; NULL if GnuTLS would not. `password` is in
 * its prepared form (credentials/prepare.h). Takes `iterations` times two hashes: behind the gate. */
const char *scram_verifier(struct lk_arena *arena, enum scram_mechanism mechanism, const struct lk_secret *password,
                           const uint8_t *salt, size_t salt_len, unsigned iterations);

#endif
