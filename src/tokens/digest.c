/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/digest.h"

#include "base/encoding.h"

#include <sodium/crypto_generichash.h>

void token_digest(const void *bytes, size_t len, uint8_t digest_out[static TOKEN_DIGEST_LEN])
{
    (void) crypto_generichash(digest_out, TOKEN_DIGEST_LEN, bytes, len, NULL, 0);
}

void token_digest_text(const void *bytes, size_t len, char *text_out)
{
    uint8_t digest[TOKEN_DIGEST_LEN];
    token_digest(bytes, len, digest);
    lk_base64url_encode(digest, sizeof digest, text_out);
}

bool token_digest_is_awkward(const void *bytes, size_t len)
{
    char text[TOKEN_DIGEST_TEXT_LEN + 1];
    token_digest_text(bytes, len, text);
    return text[0] == '-';
}
