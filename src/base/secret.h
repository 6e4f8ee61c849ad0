/* SPDX-License-Identifier: Apache-2.0 */
/* base/secret.h - passwords, answers and keys while they are in memory.
 *
 * Owns:    bytes in libsodium's guarded memory (guard pages, locked where the system lets us, left out of core dumps),
 *          wiped when the last secret that has them is freed. There is no way to print one.
 * Needs:   sodium_init() has been called.
 * Threads: any; a secret is not changed after it is made. */
#ifndef LATCHKEY_BASE_SECRET_H
#define LATCHKEY_BASE_SECRET_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct lk_secret;

/* A copy of `len` bytes (with a NUL behind them, not counted). The caller wipes its own. */
struct lk_secret *lk_secret_new(const void *bytes, size_t len);

/* The same bytes once more, without a copy: guarded memory costs system calls. Each is freed; the last one wipes them. */
struct lk_secret *lk_secret_again(const struct lk_secret *secret);

/* Reads a file of at most `most` bytes, one trailing line end cut. LK_REFUSED: readable or writable by group or
 * others, or owned by neither us nor root; LK_ABSENT: no such file; LK_MALFORMED: empty or too long; LK_BROKEN: it
 * could not be read, or is no regular file. */
LK_MUST_CHECK enum lk_status lk_secret_read(const char *path, size_t most, struct lk_secret **secret_out,
                                            struct lk_trouble *trouble);

const char *lk_secret_bytes(const struct lk_secret *secret); /* NUL-terminated; only for the function that uses it up */
size_t lk_secret_len(const struct lk_secret *secret);

/* In constant time for equal lengths. */
bool lk_secret_equals(const struct lk_secret *a, const struct lk_secret *b);

/* Accepts NULL. */
void lk_secret_free(struct lk_secret *secret);
void lk_cleanup_secret(struct lk_secret **secret);

#endif
