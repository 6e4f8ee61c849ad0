/* SPDX-License-Identifier: Apache-2.0 */
/* base/encoding.h - base64url without padding (RFC 4648 section 5), UUIDs (RFC 4122), percent (RFC 3986).
 *
 * Decoders are exact: another length, another alphabet, trailing bits that are not zero, or anything behind the end
 * is LK_MALFORMED. Pure functions. */
#ifndef LATCHKEY_BASE_ENCODING_H
#define LATCHKEY_BASE_ENCODING_H

#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

#define LK_BASE64URL_LEN(bytes) ((4 * (bytes) + 2) / 3)

/* Writes LK_BASE64URL_LEN(len) characters and a NUL. */
void lk_base64url_encode(const uint8_t *bytes, size_t len, char *text_out);

/* Decodes exactly `len` bytes from exactly LK_BASE64URL_LEN(len) characters. LK_MALFORMED: what was written of them means
 * nothing. */
LK_MUST_CHECK enum lk_status lk_base64url_decode(const char *text, size_t text_len, uint8_t *bytes_out, size_t len);

#define LK_UUID_LEN      16
#define LK_UUID_TEXT_LEN 36

/* Lower-case, with hyphens, and a NUL: text_out has LK_UUID_TEXT_LEN + 1 characters. */
void lk_uuid_format(const uint8_t uuid[static LK_UUID_LEN], char *text_out);

/* Either case. */
LK_MUST_CHECK enum lk_status lk_uuid_parse(const char *text, size_t text_len, uint8_t uuid_out[static LK_UUID_LEN]);

/* Appends `bytes` with everything outside RFC 3986's unreserved set, and outside `also` (may be ""), as %XX. */
void lk_percent_encode(struct lk_text *text, const void *bytes, size_t len, const char *also);

/* Decodes %XX (and, where `plus_is_space`, '+'). LK_MALFORMED: a '%' that two hexadecimal digits do not follow, or
 * a decoded NUL. *text_out is NUL-terminated and lives in the arena. */
LK_MUST_CHECK enum lk_status lk_percent_decode(struct lk_arena *arena, const char *text, size_t len, int plus_is_space,
                                               char **text_out, size_t *len_out);

#endif
