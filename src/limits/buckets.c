/* SPDX-License-Identifier: Apache-2.0 */
#include "limits/buckets.h"

#include "base/fatal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define NOBODY UINT32_MAX

/* Links are indices into the table. A bucket is in one chain (of its key's row) and in the list by last use. */
struct bucket {
    uint8_t key[BUCKET_KEY_LEN];
    int64_t full; /* when */
    uint32_t next_in_row;
    uint32_t newer, older;
};

struct buckets {
    uint32_t most;
    uint32_t count;
    uint32_t rows_mask;
    uint32_t newest, oldest;
    uint32_t *rows; /* each its first bucket */
    struct bucket *items;
};

struct buckets *buckets_new(size_t count)
{
    struct buckets *buckets = calloc(1, sizeof *buckets);
    uint32_t rows = 1;
    while (rows < count)
        rows *= 2;
    if (buckets == NULL)
        lk_fatal("out of memory");
    buckets->most = (uint32_t) count;
    buckets->rows_mask = rows - 1;
    buckets->newest = buckets->oldest = NOBODY;
    buckets->rows = malloc(rows * sizeof *buckets->rows);
    buckets->items = calloc(count, sizeof *buckets->items);
    if (buckets->rows == NULL || buckets->items == NULL)
        lk_fatal("out of memory");
    for (uint32_t i = 0; i < rows; i++)
        buckets->rows[i] = NOBODY;
    return buckets;
}

void buckets_free(struct buckets *buckets)
{
    if (buckets == NULL)
        return;
    free(buckets->rows);
    free(buckets->items);
    free(buckets);
}

/* Keys are digests, so any bytes of one are as good as a hash. */
static uint32_t *row_of(const struct buckets *buckets, const uint8_t *key)
{
    uint32_t hash = 0;
    memcpy(&hash, key, sizeof hash);
    return &buckets->rows[hash & buckets->rows_mask];
}

static uint32_t find(const struct buckets *buckets, const uint8_t *key)
{
    uint32_t at = *row_of(buckets, key);
    while (at != NOBODY && memcmp(buckets->items[at].key, key, BUCKET_KEY_LEN) != 0)
        at = buckets->items[at].next_in_row;
    return at;
}

/* ---- the list by last use ---- */

static void leave_list(struct buckets *buckets, uint32_t at)
{
    const struct bucket *bucket = &buckets->items[at];
    if (bucket->newer != NOBODY)
        buckets->items[bucket->newer].older = bucket->older;
    else
        buckets->newest = bucket->older;
    if (bucket->older != NOBODY)
        buckets->items[bucket->older].newer = bucket->newer;
    else
        buckets->oldest = bucket->newer;
}

static void join_list(struct buckets *buckets, uint32_t at)
{
    struct bucket *bucket = &buckets->items[at];
    bucket->newer = NOBODY;
    bucket->older = buckets->newest;
    if (buckets->newest != NOBODY)
        buckets->items[buckets->newest].newer = at;
    else
        buckets->oldest = at;
    buckets->newest = at;
}

static void leave_row(const struct buckets *buckets, uint32_t at)
{
    uint32_t *place = row_of(buckets, buckets->items[at].key);
    while (*place != at)
        place = &buckets->items[*place].next_in_row;
    *place = buckets->items[at].next_in_row;
}

/* A free one, or the one that was not used for longest. */
static uint32_t make(struct buckets *buckets, const uint8_t *key)
{
    uint32_t at = buckets->oldest;
    if (buckets->count < buckets->most) {
        at = buckets->count++;
    } else {
        leave_list(buckets, at);
        leave_row(buckets, at);
    }
    uint32_t *row = row_of(buckets, key);
    struct bucket *bucket = &buckets->items[at];
    memcpy(bucket->key, key, BUCKET_KEY_LEN);
    bucket->full = INT64_MIN;
    bucket->next_in_row = *row;
    *row = at;
    join_list(buckets, at);
    return at;
}

/* ---- tokens ---- */

int64_t buckets_wait(const struct buckets *buckets, const uint8_t key[static BUCKET_KEY_LEN],
                     const struct bucket_rule *rule, int64_t now)
{
    const uint32_t at = rule->most == 0 ? NOBODY : find(buckets, key);
    if (at == NOBODY || buckets->items[at].full <= now)
        return 0;
    const int64_t wait = buckets->items[at].full - now - (rule->most - 1) * rule->pause;
    return wait > 0 ? wait : 0;
}

void buckets_take(struct buckets *buckets, const uint8_t key[static BUCKET_KEY_LEN], const struct bucket_rule *rule,
                  int64_t now)
{
    if (rule->most == 0)
        return;
    uint32_t at = find(buckets, key);
    if (at == NOBODY) {
        at = make(buckets, key);
    } else {
        leave_list(buckets, at);
        join_list(buckets, at);
    }
    struct bucket *bucket = &buckets->items[at];
    bucket->full = (bucket->full > now ? bucket->full : now) + rule->pause;
}

void buckets_give_back(struct buckets *buckets, const uint8_t key[static BUCKET_KEY_LEN],
                       const struct bucket_rule *rule)
{
    const uint32_t at = rule->most == 0 ? NOBODY : find(buckets, key);
    if (at != NOBODY)
        buckets->items[at].full -= rule->pause;
}
