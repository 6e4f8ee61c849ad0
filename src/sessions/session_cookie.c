/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encoding.h"
#include "sessions/cookie.h"
#include "sessions/sessions.h"

#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <string.h>

#define COOKIE_BYTES 49

enum cookie_part {
    AT_KEY = 0,
    AT_ACCOUNT = 1,
    AT_SECRET = 17,
    AT_TAG = 33
};

_Static_assert(AT_TAG + KEY_RING_TAG_LEN == COOKIE_BYTES, "the parts fill the cookie");
_Static_assert(LK_BASE64URL_LEN(COOKIE_BYTES) == SESSION_COOKIE_LEN, "the text's length is that of the bytes");

struct session_cookie session_cookie_new(const struct key_ring *ring, const uint8_t account[static 16])
{
    struct session_cookie cookie = { .key = key_ring_newest(ring) };
    memcpy(cookie.account, account, sizeof cookie.account);
    do
        randombytes_buf(cookie.secret, sizeof cookie.secret);
    while (token_digest_is_awkward(cookie.secret, sizeof cookie.secret));
    return cookie;
}

enum lk_status session_cookie_write(const struct key_ring *ring, const struct session_cookie *cookie, char *text_out)
{
    uint8_t bytes[COOKIE_BYTES];
    bytes[AT_KEY] = cookie->key;
    memcpy(bytes + AT_ACCOUNT, cookie->account, sizeof cookie->account);
    memcpy(bytes + AT_SECRET, cookie->secret, sizeof cookie->secret);
    const enum lk_status status = key_ring_tag(ring, cookie->key, KEY_USE_SESSION, bytes, AT_TAG, bytes + AT_TAG);
    if (status == LK_OK)
        lk_base64url_encode(bytes, sizeof bytes, text_out);
    sodium_memzero(bytes, sizeof bytes);
    return status;
}

enum lk_status session_cookie_read(const struct key_ring *ring, const char *text, size_t len,
                                   struct session_cookie *cookie_out)
{
    uint8_t bytes[COOKIE_BYTES];
    if (len != SESSION_COOKIE_LEN || lk_base64url_decode(text, len, bytes, sizeof bytes) != LK_OK)
        return LK_MALFORMED;
    enum lk_status status = LK_MALFORMED;
    if (key_ring_has(ring, bytes[AT_KEY]))
        status = key_ring_check(ring, bytes[AT_KEY], KEY_USE_SESSION, bytes, AT_TAG, bytes + AT_TAG);
    if (status == LK_OK) {
        cookie_out->key = bytes[AT_KEY];
        memcpy(cookie_out->account, bytes + AT_ACCOUNT, sizeof cookie_out->account);
        memcpy(cookie_out->secret, bytes + AT_SECRET, sizeof cookie_out->secret);
    }
    sodium_memzero(bytes, sizeof bytes);
    return status;
}

void session_cookie_id(const struct session_cookie *cookie, char *id_out)
{
    token_digest_text(cookie->secret, sizeof cookie->secret, id_out);
}
