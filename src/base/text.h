/* SPDX-License-Identifier: Apache-2.0 */
/* base/text.h - growing text with a ceiling, and failure that sticks.
 *
 * Appending returns nothing: the first append that would pass the ceiling marks the text as failed and changes
 * nothing, and later ones do nothing. Ask lk_text_ok once, before the text leaves the function.
 * What is appended must not lie in the text itself.
 * Owns:    its bytes (heap), wiped when freed.
 * Threads: one text belongs to one thread at a time. */
#ifndef LATCHKEY_BASE_TEXT_H
#define LATCHKEY_BASE_TEXT_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct lk_text {
    char *data; /* `len` bytes and a NUL; NULL while nothing has been added */
    size_t len;
    size_t room;
    size_t limit; /* most bytes it may hold */
    bool failed;
};

#define LK_TEXT(most) ((struct lk_text){ .limit = (most) })

void lk_text_add(struct lk_text *text, const void *bytes, size_t len);
void lk_text_words(struct lk_text *text, const char *words); /* NULL adds nothing */
void lk_text_char(struct lk_text *text, char c);
void lk_text_format(struct lk_text *text, const char *format, ...) LK_PRINTF(2, 3);

/* Only a string literal compiles here. */
#define lk_text_literal(text, literal) lk_text_add((text), "" literal "", sizeof(literal) - 1)

bool lk_text_ok(const struct lk_text *text);

/* The text as a NUL-terminated string; "" while empty. Valid until the next append. */
const char *lk_text_string(const struct lk_text *text);

/* Empties it and forgets a failure, but keeps (wiped) room and ceiling. */
void lk_text_reset(struct lk_text *text);

/* Frees; the text may be used again. For LK_CLEANUP. Accepts a text that was never used. */
void lk_text_done(struct lk_text *text);

#endif
