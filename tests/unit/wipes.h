/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/wipes.h - stands in for sodium_memzero, and remembers what was wiped.
 *
 * Memory that has been freed cannot be looked at; that it was wiped before can be seen only this way. */
#ifndef LATCHKEY_TESTS_UNIT_WIPES_H
#define LATCHKEY_TESTS_UNIT_WIPES_H

#include <sodium/utils.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static struct {
    uintptr_t start;
    size_t len;
} wipes[256];

static size_t wipe_count;

void sodium_memzero(void *const bytes, const size_t len)
{
    if (wipe_count < sizeof wipes / sizeof wipes[0]) {
        wipes[wipe_count].start = (uintptr_t) bytes;
        wipes[wipe_count].len = len;
        wipe_count++;
    }
    explicit_bzero(bytes, len);
}

/* Were these bytes wiped, by one call, since wipe_count was last set to 0? The address need no longer be valid. */
static inline bool was_wiped(uintptr_t start, size_t len)
{
    for (size_t i = 0; i < wipe_count; i++) {
        if (wipes[i].start <= start && start + len <= wipes[i].start + wipes[i].len)
            return true;
    }
    return false;
}

#endif
