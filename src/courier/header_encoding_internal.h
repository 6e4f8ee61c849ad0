/* SPDX-License-Identifier: Apache-2.0 */
/* courier/header_encoding_internal.h - header fields of a message (RFC 5322 section 2.2, RFC 2047).
 *
 * Each function appends one whole field with its CRLF, folded so that lines stay within 78 columns wherever the value can be
 * broken. What is not plain ASCII, or would not survive folding, becomes encoded words in the Q encoding: at most 75 columns
 * each, never cut inside a character. The callers have asked header_is_safe. Pure functions. */
#ifndef LATCHKEY_COURIER_HEADER_ENCODING_INTERNAL_H
#define LATCHKEY_COURIER_HEADER_ENCODING_INTERNAL_H

#include "base/text.h"

#include <stdbool.h>

#define HEADER_COLUMNS 78

/* May it stand in a header? Valid UTF-8 on one line; anything with CR, LF or another control is to be refused. */
bool header_is_safe(const char *value);

/* A field whose value is words for people, such as Subject. */
void header_words(struct lk_text *text, const char *name, const char *value);

/* A field with one mailbox: From, To, Reply-To. `display` may be NULL or empty. */
void header_mailbox(struct lk_text *text, const char *name, const char *display, const char *address);

/* A field whose value is made by the program: written as it is. */
void header_plain(struct lk_text *text, const char *name, const char *value);

#endif
