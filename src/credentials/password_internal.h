/* SPDX-License-Identifier: Apache-2.0 */
/* credentials/password_internal.h - what the files of this room share. */
#ifndef LATCHKEY_CREDENTIALS_PASSWORD_INTERNAL_H
#define LATCHKEY_CREDENTIALS_PASSWORD_INTERNAL_H

#include "credentials/gate.h"
#include "credentials/password.h"

#include <sodium/crypto_pwhash.h>
#include <stdatomic.h>
#include <stdint.h>

#define ARGON2_SCHEME "{ARGON2}"

struct credentials {
    const struct config *config;
    struct gate *gate;
    _Atomic int64_t breach_rest_until; /* lk_clock_monotonic() */
};

/* Neither empty nor longer than PASSWORD_MOST. */
bool password_fits(const struct lk_secret *password);

/* "$argon2id$..." into `text`, with today's parameters. The caller stands inside the gate. LK_BUSY: no memory for the hash now. */
LK_MUST_CHECK enum lk_status credentials_argon2(const struct credentials *credentials, const char *bytes, size_t len,
                                                char text[static crypto_pwhash_STRBYTES]);

#endif
