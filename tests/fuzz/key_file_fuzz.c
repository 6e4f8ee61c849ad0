/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a key ring: whatever the bytes, who loads it and who keeps it up see the same keys, and no words tell one. */
#include "tokens/key_file.h"
#include "tokens/key_ring.h"

#include <sodium/core.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A file in memory, private as a ring's must be. */
static int make_file(const uint8_t *data, size_t size)
{
    const int file = memfd_create("keys", MFD_CLOEXEC);
    if (file < 0 || fchmod(file, 0600) != 0 || write(file, data, size) != (ssize_t) size)
        abort();
    return file;
}

static void must_be_listed(const struct key_ring *ring, const struct key_file_entry *entries, size_t count)
{
    bool is_listed[256] = { false };
    size_t newest = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_listed[entries[i].id] || !key_ring_has(ring, entries[i].id))
            abort();
        is_listed[entries[i].id] = true;
        newest += entries[i].is_newest;
        if (entries[i].is_newest && (!entries[i].makes || entries[i].created != key_ring_newest_created(ring)))
            abort();
    }
    for (unsigned id = 1; id <= UINT8_MAX; id++) {
        if (is_listed[id] != key_ring_has(ring, (uint8_t) id))
            abort();
    }
    if (newest != 1)
        abort();
}

static void look_at(const char *path)
{
    struct lk_arena *arena = lk_arena_new();
    struct key_ring *ring = NULL;
    const struct key_file_entry *entries = NULL;
    struct lk_trouble trouble = { "" };
    size_t count = 0;
    const enum lk_status status = key_ring_load(path, &ring, &trouble);
    if (key_file_list(path, arena, &entries, &count, NULL) != status)
        abort();
    if (status == LK_OK)
        must_be_listed(ring, entries, count);
    else if (status != LK_MALFORMED || *trouble.words == '\0')
        abort();
    key_ring_free(ring);
    lk_arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    if (sodium_init() < 0)
        abort();
    const int file = make_file(data, size);
    (void) snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    look_at(path);
    (void) close(file);
    return 0;
}
