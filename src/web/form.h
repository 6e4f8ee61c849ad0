/* SPDX-License-Identifier: Apache-2.0 */
/* web/form.h - application/x-www-form-urlencoded: bytes of a stranger to names and values (WHATWG URL section 5.1, but strict).
 *
 * Bytes that a browser would never send are refused instead of guessed at: a '%' without two hexadecimal digits, NUL, an empty
 * name, the same name twice.
 * Memory:  names and values live in the arena; `len` bounds them (decoding never grows).
 * Pure functions. */
#ifndef LATCHKEY_WEB_FORM_H
#define LATCHKEY_WEB_FORM_H

#include "base/arena.h"
#include "base/status.h"

#include <stddef.h>

#define WEB_FORM_PAIRS 64

struct web_pair {
    const char *name; /* never empty */
    const char *value;
    size_t value_len; /* the value holds no NUL */
};

struct web_pairs {
    size_t count;
    struct web_pair items[WEB_FORM_PAIRS];
};

/* *why_out (written on failure only) is the key of the problem: form_malformed, repeated_field, too_many_fields.
 * Nothing between two '&' is nothing: "a=1&&b=2&" has two pairs. */
LK_MUST_CHECK enum lk_status web_form_parse(struct lk_arena *arena, const char *bytes, size_t len,
                                            struct web_pairs *pairs_out, const char **why_out);

const struct web_pair *web_pairs_find(const struct web_pairs *pairs, const char *name);

#endif
