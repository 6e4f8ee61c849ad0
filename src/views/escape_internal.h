/* SPDX-License-Identifier: Apache-2.0 */
/* views/escape_internal.h - the two ways in which a value reaches a text. There is no third.
 *
 * Each run of characters that would change how the text around them is read (controls, line ends, line and paragraph
 * separators, bidirectional embeddings, overrides and isolates) becomes one space. Input is UTF-8. */
#ifndef LATCHKEY_VIEWS_ESCAPE_INTERNAL_H
#define LATCHKEY_VIEWS_ESCAPE_INTERNAL_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* For HTML, in an element's content or in a quoted attribute: & < > " ' as references. */
void escape_html(struct lk_text *text, const char *bytes, size_t len);

/* For plain text. */
void escape_plain(struct lk_text *text, const char *bytes, size_t len);

#endif
