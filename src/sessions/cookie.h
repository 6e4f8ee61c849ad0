/* SPDX-License-Identifier: Apache-2.0 */
/* sessions/cookie.h - the text in the browser: key id 1 | account's entryUUID 16 | secret 16 | tag 16, base64url.
 *
 * Threads: any; pure but for the key ring and fresh random bytes. */
#ifndef LATCHKEY_SESSIONS_COOKIE_H
#define LATCHKEY_SESSIONS_COOKIE_H

#include "base/status.h"
#include "tokens/digest.h"
#include "tokens/key_ring.h"

#include <stddef.h>
#include <stdint.h>

struct session_cookie {
    uint8_t key;
    uint8_t account[16];
    uint8_t secret[16];
};

/* A fresh one, made with the newest key; its id does not begin with "-". */
struct session_cookie session_cookie_new(const struct key_ring *ring, const uint8_t account[static 16]);

/* text_out has SESSION_COOKIE_LEN + 1 characters. LK_ABSENT: the cookie's key is no longer in the ring. */
LK_MUST_CHECK enum lk_status session_cookie_write(const struct key_ring *ring, const struct session_cookie *cookie,
                                                  char *text_out);

/* LK_MALFORMED: another length or alphabet, or an unknown key. LK_REFUSED: forged. */
LK_MUST_CHECK enum lk_status session_cookie_read(const struct key_ring *ring, const char *text, size_t len,
                                                 struct session_cookie *cookie_out);

/* The id under which the directory knows it: TOKEN_DIGEST_TEXT_LEN + 1 characters. */
void session_cookie_id(const struct session_cookie *cookie, char *id_out);

#endif
