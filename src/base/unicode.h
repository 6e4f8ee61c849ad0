/* SPDX-License-Identifier: Apache-2.0 */
/* base/unicode.h - is it UTF-8, and is it the same name? (Unicode through libunistring.)
 *
 * Pure functions. Results live in the arena. */
#ifndef LATCHKEY_BASE_UNICODE_H
#define LATCHKEY_BASE_UNICODE_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Valid UTF-8 without NUL, C0/C1 controls, DEL, line or paragraph separators, or bidirectional embeddings, overrides
 * and isolates: a single line that a person may have typed and that another may be shown. */
bool lk_unicode_is_line(const char *text, size_t len);

/* Valid UTF-8 that may also hold TAB, LF and CR LF. */
bool lk_unicode_is_lines(const char *text, size_t len);

/* Without characters that are not seen (Default_Ignorable_Code_Point: zero-width ones, soft hyphen): two names that look alike would
 * differ by them. Valid UTF-8. */
bool lk_unicode_is_seen(const char *text, size_t len);

/* How many characters (code points), for limits told to people. Invalid UTF-8 counts bytes. */
size_t lk_unicode_length(const char *text, size_t len);

/* NFKC, default case folding, invisible characters (Default_Ignorable_Code_Point: zero-width ones, soft hyphen) taken
 * out, NFKC again, outer blanks cut and inner runs of blanks made one space: the form in which names and answers are
 * compared. It may come out empty. LK_MALFORMED if not UTF-8, or with a NUL. */
LK_MUST_CHECK enum lk_status lk_unicode_fold(struct lk_arena *arena, const char *text, size_t len, char **text_out);

/* NFC with outer blanks cut: the form in which what people type is stored. LK_MALFORMED if not lk_unicode_is_line. */
LK_MUST_CHECK enum lk_status lk_unicode_tidy(struct lk_arena *arena, const char *text, size_t len, char **text_out);

/* As UTF-16, the low byte first, without a mark in front. LK_MALFORMED if not UTF-8. */
LK_MUST_CHECK enum lk_status lk_unicode_utf16le(struct lk_arena *arena, const char *text, size_t len,
                                                unsigned char **bytes_out, size_t *len_out);

#endif
