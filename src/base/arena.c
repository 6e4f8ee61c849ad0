/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/fatal.h"

#include <sodium/utils.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What malloc is asked for at a time, header included. */
#define FIRST_BLOCK   ((size_t) 4 * 1024)
#define LARGEST_BLOCK ((size_t) 64 * 1024)
#define ALIGNMENT     _Alignof(max_align_t)

/* Bytes past `used` are zero at all times, so handing out needs no clearing. */
struct block {
    struct block *next;
    size_t size;
    size_t used;
    _Alignas(max_align_t) unsigned char bytes[];
};

struct lk_arena {
    struct block *shared; /* newest first; small requests share a block. The last one is the first made */
    struct block *single; /* one big request each */
    size_t next_size;
};

static struct block *block_new(size_t size, struct block *next)
{
    struct block *block = calloc(1, sizeof *block + size);
    if (block == NULL)
        lk_fatal("out of memory");
    block->next = next;
    block->size = size;
    return block;
}

static void block_free(struct block *block)
{
    sodium_memzero(block->bytes, block->used);
    free(block);
}

/* Frees the list up to, not including, `kept`. */
static void blocks_free(struct block *block, const struct block *kept)
{
    while (block != kept) {
        struct block *next = block->next;
        block_free(block);
        block = next;
    }
}

struct lk_arena *lk_arena_new(void)
{
    struct lk_arena *arena = calloc(1, sizeof *arena);
    if (arena == NULL)
        lk_fatal("out of memory");
    arena->next_size = FIRST_BLOCK;
    return arena;
}

void lk_arena_reset(struct lk_arena *arena)
{
    blocks_free(arena->single, NULL);
    arena->single = NULL;

    struct block *first = arena->shared;
    while (first != NULL && first->next != NULL)
        first = first->next;
    blocks_free(arena->shared, first);
    arena->shared = first;
    arena->next_size = FIRST_BLOCK;
    if (first != NULL) {
        sodium_memzero(first->bytes, first->used);
        first->used = 0;
        arena->next_size = FIRST_BLOCK * 2;
    }
}

void lk_arena_free(struct lk_arena *arena)
{
    if (arena == NULL)
        return;
    blocks_free(arena->single, NULL);
    blocks_free(arena->shared, NULL);
    free(arena);
}

void lk_cleanup_arena(struct lk_arena **arena)
{
    lk_arena_free(*arena);
}

/* The block that has `size` bytes left, made if there is none. */
static struct block *block_for(struct lk_arena *arena, size_t size)
{
    if (arena->shared != NULL && size <= arena->shared->size - arena->shared->used)
        return arena->shared;
    const size_t fresh = arena->next_size - sizeof(struct block);
    if (size > fresh / 2) {
        arena->single = block_new(size, arena->single);
        return arena->single;
    }
    arena->shared = block_new(fresh, arena->shared);
    if (arena->next_size < LARGEST_BLOCK)
        arena->next_size *= 2;
    return arena->shared;
}

void *lk_arena_alloc(struct lk_arena *arena, size_t size)
{
    if (size > PTRDIFF_MAX / 2)
        lk_fatal("out of memory");
    const size_t wanted = size == 0 ? 1 : size;
    const size_t rounded = (wanted + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct block *block = block_for(arena, rounded);
    void *bytes = block->bytes + block->used;
    block->used += rounded;
    return bytes;
}

void *lk_arena_array(struct lk_arena *arena, size_t count, size_t size)
{
    size_t product = 0;
    if (__builtin_mul_overflow(count, size, &product))
        lk_fatal("out of memory");
    return lk_arena_alloc(arena, product);
}

char *lk_arena_copy(struct lk_arena *arena, const void *bytes, size_t len)
{
    if (len > PTRDIFF_MAX / 2)
        lk_fatal("out of memory");
    char *copy = lk_arena_alloc(arena, len + 1);
    if (len > 0)
        memcpy(copy, bytes, len);
    return copy;
}

char *lk_arena_words(struct lk_arena *arena, const char *words)
{
    return words == NULL ? NULL : lk_arena_copy(arena, words, strlen(words));
}

char *lk_arena_format(struct lk_arena *arena, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    const int len = vsnprintf(NULL, 0, format, values);
    va_end(values);
    if (len < 0)
        lk_fatal("a format that cannot be written");
    char *text = lk_arena_alloc(arena, (size_t) len + 1);
    va_start(values, format);
    const int written = vsnprintf(text, (size_t) len + 1, format, values);
    va_end(values);
    if (written != len)
        lk_fatal("a format that cannot be written");
    return text;
}
