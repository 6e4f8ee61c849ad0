/* SPDX-License-Identifier: Apache-2.0 */
/* tokens/key_file.h - the file of the key ring (tokens/key_ring.h), for those who keep it up.
 *
 * A change reads the file, writes a new one beside it (mode 0600, the former one's owner), sees that it is a ring, and puts it in its
 * place: whoever reads meanwhile has the whole former one or the whole new one. Two changes at once wait for each other. Comments stay.
 * Running daemons have the ring that they have read; they take up the new one when they are told to reload. */
#ifndef LATCHKEY_TOKENS_KEY_FILE_H
#define LATCHKEY_TOKENS_KEY_FILE_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key_file_entry {
    uint8_t id;
    int64_t created;
    bool makes;     /* make; otherwise check */
    bool is_newest; /* what new things are made with */
};

/* What the file holds, without the keys. LK_ABSENT, LK_REFUSED, LK_MALFORMED, LK_BROKEN as key_ring_load. */
LK_MUST_CHECK enum lk_status key_file_list(const char *path, struct lk_arena *arena,
                                           const struct key_file_entry **entries_out, size_t *count_out,
                                           struct lk_trouble *trouble);

enum key_file_act {
    KEY_FILE_ADD,     /* a new key that is only checked with, so that it can be copied to all daemons first */
    KEY_FILE_MAKE,    /* a new key that makes from now on */
    KEY_FILE_ROTATE,  /* the same, and all others are only checked with */
    KEY_FILE_PROMOTE, /* `id` makes from now on */
    KEY_FILE_RETIRE,  /* `id` is only checked with */
    KEY_FILE_REMOVE   /* `id` is gone, and what was made with it dead */
};

/* *id_in_out: of which; of KEY_FILE_ADD, _MAKE and _ROTATE the new one's is written there.
 *   LK_ABSENT     no such file, or no such key
 *   LK_REFUSED    others may read the file; or no key would be left that makes
 *   LK_CONFLICT   all 255 IDs are taken
 *   LK_MALFORMED  the file is none of a ring     LK_BROKEN  it cannot be written */
LK_MUST_CHECK enum lk_status key_file_change(const char *path, enum key_file_act act, uint8_t *id_in_out,
                                             struct lk_trouble *trouble);

#endif
