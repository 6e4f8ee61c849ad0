/* SPDX-License-Identifier: Apache-2.0 */
/* web/form_token.h - the `csrf` field: proof that a form was filled in on a page that we gave to this very session.
 *
 * base64url of: key id 1 | time 8 (seconds, big endian) | tag 16. The tag is over the time and the session's id ("" without
 * one), under the forms' own subkey. One token serves every form of a page. Pure but for the key ring. */
#ifndef LATCHKEY_WEB_FORM_TOKEN_H
#define LATCHKEY_WEB_FORM_TOKEN_H

#include "base/encoding.h"
#include "base/status.h"
#include "tokens/key_ring.h"

#include <stddef.h>
#include <stdint.h>

#define WEB_FORM_TOKEN_BYTES (1 + 8 + KEY_RING_TAG_LEN)
#define WEB_FORM_TOKEN_LEN   LK_BASE64URL_LEN(WEB_FORM_TOKEN_BYTES)
#define WEB_FORM_TOKEN_AGE   (INT64_C(12) * 3600) /* seconds */

/* `session_id` may be NULL. */
void web_form_token_make(const struct key_ring *ring, const char *session_id, int64_t now,
                         char token_out[static WEB_FORM_TOKEN_LEN + 1]);

/*   LK_OK         ours, for this session, and young enough
 *   LK_MALFORMED  not a token's form
 *   LK_ABSENT     ours, but too old: the page must be loaded again
 *   LK_REFUSED    forged
 * A token for another session cannot be told from a forged one and is LK_REFUSED. */
LK_MUST_CHECK enum lk_status web_form_token_check(const struct key_ring *ring, const char *session_id,
                                                  const char *token, size_t len, int64_t now);

#endif
