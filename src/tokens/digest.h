/* SPDX-License-Identifier: Apache-2.0 */
/* tokens/digest.h - the digest under which the directory knows a secret that only a browser or an e-mail holds.
 *
 * BLAKE2b-256, without a key: what goes in has at least 128 random bits. Threads: any; pure. */
#ifndef LATCHKEY_TOKENS_DIGEST_H
#define LATCHKEY_TOKENS_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKEN_DIGEST_LEN      32
#define TOKEN_DIGEST_TEXT_LEN 43

void token_digest(const void *bytes, size_t len, uint8_t digest_out[static TOKEN_DIGEST_LEN]);

/* The same in base64url and a NUL: text_out has TOKEN_DIGEST_TEXT_LEN + 1 characters. */
void token_digest_text(const void *bytes, size_t len, char *text_out);

/* Does the text begin with "-"? People give it to commands, which would take it for an option: whoever makes a secret makes another
 * one then. */
bool token_digest_is_awkward(const void *bytes, size_t len);

#endif
