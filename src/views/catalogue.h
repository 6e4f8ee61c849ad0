/* SPDX-License-Identifier: Apache-2.0 */
/* views/catalogue.h - a compiled message catalogue (gettext's .mo form, either byte order), read without trusting it.
 *
 * Owns:    nothing: it looks into the caller's bytes.
 * Limits:  CATALOGUE_MOST bytes; every offset and length is checked when it is opened, every text must be UTF-8 and the
 *          originals sorted, so that finding needs no more checks.
 * Threads: any may find. */
#ifndef LATCHKEY_VIEWS_CATALOGUE_H
#define LATCHKEY_VIEWS_CATALOGUE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CATALOGUE_MOST ((size_t) 4 * 1024 * 1024)

struct catalogue {
    const unsigned char *bytes;
    size_t len;
    uint32_t count;
    uint32_t originals, translations; /* offsets of the two tables */
    bool is_swapped;
};

/* LK_MALFORMED: not a catalogue; `trouble` says why. */
LK_MUST_CHECK enum lk_status catalogue_open(const void *bytes, size_t len, struct catalogue *catalogue_out,
                                            struct lk_trouble *trouble);

/* The translation of `original`; NULL where there is none or it is empty. */
const char *catalogue_find(const struct catalogue *catalogue, const char *original);

#endif
