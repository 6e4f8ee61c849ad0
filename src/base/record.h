/* SPDX-License-Identifier: Apache-2.0 */
/* base/record.h - how lkSend, lkToken and lkSession values are written: a word, then name=value pairs.
 *
 *   invite claim=b81f…@20261122194103Z tries=2 after=20261122200000Z
 *
 *   invite at=20261122194103Z words="550 5.1.1 no such user"
 *
 * Parts are separated by single spaces. The word is of RFC 3986's unreserved characters. Names are [a-z]+, each at most
 * once. Values are never empty; every byte outside RFC 3986's unreserved set and "@:/,+" is written %XX
 * (base/encoding.h), so that a value survives LDIF, a filter and a sysadmin's eye. A value with a blank in it is written in
 * quotes, in which all of printable ASCII stands as it is but %, the quote itself, and blanks that matching rules would
 * drop: the first, the last, and those behind another. Order is kept.
 * A record read lives in the arena it was read into. Pure functions. */
#ifndef LATCHKEY_BASE_RECORD_H
#define LATCHKEY_BASE_RECORD_H

#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"

#include <stddef.h>
#include <stdint.h>

#define LK_RECORD_FIELDS 16
#define LK_RECORD_MOST   2048 /* bytes of a whole value */

struct lk_record {
    const char *kind; /* the first word */
    size_t count;

    struct {
        const char *name;
        const char *value; /* decoded */
    } fields[LK_RECORD_FIELDS];
};

/* Outer blanks are forgiven, and quotes where none are needed, and %20 without quotes (people type these); anything else
 * outside the grammar is LK_MALFORMED, a needless or lower-case %xx too. */
LK_MUST_CHECK enum lk_status lk_record_parse(struct lk_arena *arena, const char *text, size_t len,
                                             struct lk_record *record_out);

/* The value of `name`, or NULL. */
const char *lk_record_get(const struct lk_record *record, const char *name);

/* The value as a non-negative number / GeneralizedTime; `otherwise` where it is absent or not one. */
int64_t lk_record_number(const struct lk_record *record, const char *name, int64_t otherwise);
int64_t lk_record_time(const struct lk_record *record, const char *name, int64_t otherwise);

/* Sets (replaces or appends) a field; NULL or "" removes it. `value` is kept by reference. More than LK_RECORD_FIELDS
 * ends the process: names come from the code, not from data. */
void lk_record_set(struct lk_record *record, const char *name, const char *value);

/* Appends the written form. */
void lk_record_write(const struct lk_record *record, struct lk_text *text);

#endif
