/* SPDX-License-Identifier: Apache-2.0 */
/* base/arena.h - memory with one lifetime: a request's, a message's.
 *
 * Owns:    every byte it hands out, until lk_arena_reset or lk_arena_free; nothing is freed singly. Bytes are wiped
 *          when they are given back. Nothing from an arena may be kept in a longer-lived structure: copy it.
 * Memory:  running out of it ends the process (a service manager starts it again; the outbox is in the directory).
 *          Whatever a stranger can make large is bounded before it comes here.
 * Threads: one arena belongs to one thread at a time. */
#ifndef LATCHKEY_BASE_ARENA_H
#define LATCHKEY_BASE_ARENA_H

#include "base/status.h"

#include <stddef.h>

struct lk_arena;

struct lk_arena *lk_arena_new(void);

/* Gives everything back but keeps the first block for the next request. */
void lk_arena_reset(struct lk_arena *arena);

/* Accepts NULL. */
void lk_arena_free(struct lk_arena *arena);
void lk_cleanup_arena(struct lk_arena **arena);

/* `size` zeroed bytes, aligned for any type. Never NULL; size 0 gives a valid pointer. */
void *lk_arena_alloc(struct lk_arena *arena, size_t size);

/* `count` zeroed elements of `size`; the product is checked. */
void *lk_arena_array(struct lk_arena *arena, size_t count, size_t size);

/* A copy of `len` bytes with a NUL behind them. */
char *lk_arena_copy(struct lk_arena *arena, const void *bytes, size_t len);

/* A copy of a NUL-terminated string; NULL stays NULL. */
char *lk_arena_words(struct lk_arena *arena, const char *words);

char *lk_arena_format(struct lk_arena *arena, const char *format, ...) LK_PRINTF(2, 3);

#endif
