/* SPDX-License-Identifier: Apache-2.0 */
/* limits/buckets.h - token buckets in a table of fixed size.
 *
 * A bucket is one number: when it will be full again. It holds `most` tokens and gets one back every `pause` nanoseconds; one
 * that is full is as good as none, so nothing needs to be swept. Where the table is full, the bucket that was used least
 * recently gives way. A key is a digest: what strangers typed is not kept. Each step costs O(1).
 * Threads: one at a time; limits.c locks. Pure but for the table: the time comes in. */
#ifndef LATCHKEY_LIMITS_BUCKETS_H
#define LATCHKEY_LIMITS_BUCKETS_H

#include <stddef.h>
#include <stdint.h>

#define BUCKET_KEY_LEN 16

struct buckets;

struct bucket_rule {
    int64_t most;  /* tokens of a full bucket; 0: no limit */
    int64_t pause; /* nanoseconds until one comes back */
};

/* Never NULL. `count`: how many buckets there may be. */
struct buckets *buckets_new(size_t count);

/* Accepts NULL. */
void buckets_free(struct buckets *buckets);

/* Nanoseconds until there is a token; 0: there is one. Changes nothing. */
int64_t buckets_wait(const struct buckets *buckets, const uint8_t key[static BUCKET_KEY_LEN],
                     const struct bucket_rule *rule, int64_t now);

void buckets_take(struct buckets *buckets, const uint8_t key[static BUCKET_KEY_LEN], const struct bucket_rule *rule,
                  int64_t now);
void buckets_give_back(struct buckets *buckets, const uint8_t key[static BUCKET_KEY_LEN],
                       const struct bucket_rule *rule);

#endif
