/* SPDX-License-Identifier: Apache-2.0 */
#include "web/form_token.h"

#include "base/fatal.h"

#include <string.h>

#define TIME_LEN   8
#define ID_MOST    128
#define AHEAD_MOST 60 /* seconds that another daemon's clock may be ahead of ours */

/* What the tag is over. Returns its length. */
static size_t sealed_bytes(const uint8_t time[static TIME_LEN], const char *session_id,
                           uint8_t bytes_out[static TIME_LEN + ID_MOST])
{
    const size_t id_len = session_id == NULL ? 0 : strnlen(session_id, ID_MOST);
    memcpy(bytes_out, time, TIME_LEN);
    if (id_len > 0)
        memcpy(bytes_out + TIME_LEN, session_id, id_len);
    return TIME_LEN + id_len;
}

void web_form_token_make(const struct key_ring *ring, const char *session_id, int64_t now,
                         char token_out[static WEB_FORM_TOKEN_LEN + 1])
{
    uint8_t token[WEB_FORM_TOKEN_BYTES];
    uint8_t sealed[TIME_LEN + ID_MOST];
    token[0] = key_ring_newest(ring);
    for (size_t i = 0; i < TIME_LEN; i++)
        token[1 + i] = (uint8_t) ((uint64_t) now >> (8 * (TIME_LEN - 1 - i)));
    const size_t len = sealed_bytes(token + 1, session_id, sealed);
    if (key_ring_tag(ring, token[0], KEY_USE_FORM, sealed, len, token + 1 + TIME_LEN) != LK_OK)
        lk_fatal("the key ring has lost its newest key");
    lk_base64url_encode(token, sizeof token, token_out);
}

enum lk_status web_form_token_check(const struct key_ring *ring, const char *session_id, const char *token, size_t len,
                                    int64_t now)
{
    uint8_t bytes[WEB_FORM_TOKEN_BYTES];
    uint8_t sealed[TIME_LEN + ID_MOST];
    if (lk_base64url_decode(token, len, bytes, sizeof bytes) != LK_OK)
        return LK_MALFORMED;
    const size_t sealed_len = sealed_bytes(bytes + 1, session_id, sealed);
    if (key_ring_check(ring, bytes[0], KEY_USE_FORM, sealed, sealed_len, bytes + 1 + TIME_LEN) != LK_OK)
        return LK_REFUSED;
    uint64_t when = 0;
    for (size_t i = 0; i < TIME_LEN; i++)
        when = when << 8 | bytes[1 + i];
    const int64_t made = (int64_t) when;
    return now - made > WEB_FORM_TOKEN_AGE || made - now > AHEAD_MOST ? LK_ABSENT : LK_OK;
}
