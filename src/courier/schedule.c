/* SPDX-License-Identifier: Apache-2.0 */
/* Items stand in chains by a hash of their DN, so that all of an entry's are found at once; those that wait stand also in a
 * binary heap by due time. */
#include "courier/schedule.h"

#include "base/fatal.h"

#include <stdlib.h>
#include <string.h>

#define CHAINS  1024
#define NOWHERE SIZE_MAX

struct item {
    struct schedule_item shown; /* what the taker sees */
    struct item *next;          /* in its chain */
    int64_t due;
    size_t place; /* in the heap; NOWHERE: in somebody's hands */
    bool told_again;
    bool is_held;
    bool is_mentioned; /* by the telling under way */
};

struct schedule {
    struct item *chains[CHAINS];
    struct item **heap;
    size_t waiting, room;
    size_t held;        /* of those that wait */
    size_t count, most; /* items of all kinds */
    bool is_short;
};

struct schedule *schedule_new(size_t most)
{
    struct schedule *schedule = calloc(1, sizeof *schedule);
    if (schedule == NULL)
        lk_fatal("out of memory");
    schedule->most = most;
    return schedule;
}

static void free_item(struct item *item)
{
    free(item); /* its strings stand in the same block */
}

void schedule_free(struct schedule *schedule)
{
    if (schedule == NULL)
        return;
    for (size_t i = 0; i < CHAINS; i++) {
        while (schedule->chains[i] != NULL) {
            struct item *item = schedule->chains[i];
            schedule->chains[i] = item->next;
            free_item(item);
        }
    }
    free(schedule->heap);
    free(schedule);
}

/* ---- the heap ---- */

static void put(struct schedule *schedule, size_t place, struct item *item)
{
    schedule->heap[place] = item;
    item->place = place;
}

static void sift_up(struct schedule *schedule, struct item *item)
{
    size_t place = item->place;
    while (place > 0 && schedule->heap[(place - 1) / 2]->due > item->due) {
        put(schedule, place, schedule->heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(schedule, place, item);
}

static void sift_down(struct schedule *schedule, struct item *item)
{
    size_t place = item->place;
    for (;;) {
        size_t child = 2 * place + 1;
        if (child + 1 < schedule->waiting && schedule->heap[child + 1]->due < schedule->heap[child]->due)
            child++;
        if (child >= schedule->waiting || schedule->heap[child]->due >= item->due)
            break;
        put(schedule, place, schedule->heap[child]);
        place = child;
    }
    put(schedule, place, item);
}

static void wait_until(struct schedule *schedule, struct item *item, int64_t due)
{
    if (schedule->waiting == schedule->room) {
        const size_t room = schedule->room == 0 ? 16 : schedule->room * 2;
        struct item **heap = reallocarray(schedule->heap, room, sizeof(struct item *));
        if (heap == NULL)
            lk_fatal("out of memory");
        schedule->heap = heap;
        schedule->room = room;
    }
    item->due = due;
    put(schedule, schedule->waiting++, item);
    sift_up(schedule, item);
}

static void leave_heap(struct schedule *schedule, struct item *item)
{
    struct item *last = schedule->heap[--schedule->waiting];
    if (last != item) {
        put(schedule, item->place, last);
        sift_up(schedule, last);
        sift_down(schedule, last);
    }
    item->place = NOWHERE;
    schedule->held -= item->is_held ? 1 : 0;
    item->is_held = false;
    if (schedule->waiting == 0) { /* after a rush the memory goes back */
        free(schedule->heap);
        schedule->heap = NULL;
        schedule->room = 0;
    }
}

/* ---- the chains ---- */

/* FNV-1a over the DN as the server spells it; another spelling would only be looked at twice. */
static struct item **chain_of(struct schedule *schedule, const char *dn)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (; *dn != '\0'; dn++)
        hash = (hash ^ (unsigned char) *dn) * UINT64_C(1099511628211);
    return &schedule->chains[hash % CHAINS];
}

static size_t kept_len(size_t len)
{
    return len < SCHEDULE_VALUE_MOST ? len : SCHEDULE_VALUE_MOST;
}

static struct item *find(struct item *chain, const char *dn, const struct schedule_value *value)
{
    for (struct item *item = chain; item != NULL; item = item->next) {
        if (item->shown.len == value->len && memcmp(item->shown.value, value->bytes, kept_len(value->len)) == 0 &&
            strcmp(item->shown.dn, dn) == 0)
            return item;
    }
    return NULL;
}

static struct item *new_item(const char *dn, const struct schedule_value *value)
{
    const size_t dn_size = strlen(dn) + 1;
    const size_t kept = kept_len(value->len);
    struct item *item = calloc(1, sizeof *item + dn_size + kept + 1);
    if (item == NULL)
        lk_fatal("out of memory");
    char *words = (char *) (item + 1);
    memcpy(words, dn, dn_size);
    memcpy(words + dn_size, value->bytes, kept);
    item->shown = (struct schedule_item){ .dn = words, .value = words + dn_size, .len = value->len };
    item->place = NOWHERE;
    return item;
}

static void forget(struct schedule *schedule, struct item *item)
{
    struct item **link = chain_of(schedule, item->shown.dn);
    while (*link != item)
        link = &(*link)->next;
    *link = item->next;
    if (item->place != NOWHERE)
        leave_heap(schedule, item);
    free_item(item);
    schedule->count--;
}

/* NULL: no room. */
static struct item *add(struct schedule *schedule, const char *dn, const struct schedule_value *value)
{
    if (schedule->count == schedule->most) {
        schedule->is_short = true;
        return NULL;
    }
    struct item *item = new_item(dn, value);
    struct item **chain = chain_of(schedule, dn);
    item->next = *chain;
    *chain = item;
    schedule->count++;
    item->is_held = value->is_held;
    schedule->held += item->is_held ? 1 : 0;
    wait_until(schedule, item, value->due);
    return item;
}

static void mention(struct schedule *schedule, const char *dn, const struct schedule_value *value)
{
    struct item *item = find(*chain_of(schedule, dn), dn, value);
    if (item == NULL)
        item = add(schedule, dn, value);
    else if (item->place == NOWHERE)
        item->told_again = true;
    if (item != NULL)
        item->is_mentioned = true;
}

void schedule_tell(struct schedule *schedule, const char *dn, const struct schedule_value *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        mention(schedule, dn, &values[i]);
    struct item *next = NULL;
    for (struct item *item = *chain_of(schedule, dn); item != NULL; item = next) {
        next = item->next;
        if (strcmp(item->shown.dn, dn) != 0)
            continue;
        if (!item->is_mentioned && item->place != NOWHERE)
            forget(schedule, item);
        else if (!item->is_mentioned)
            item->told_again = false;
        else
            item->is_mentioned = false;
    }
}

void schedule_add(struct schedule *schedule, const char *dn, const struct schedule_value *value)
{
    struct item *item = find(*chain_of(schedule, dn), dn, value);
    if (item == NULL)
        (void) add(schedule, dn, value);
    else if (item->place == NOWHERE)
        item->told_again = true;
}

const struct schedule_item *schedule_take(struct schedule *schedule, int64_t now)
{
    if (schedule->waiting == 0 || schedule->heap[0]->due > now)
        return NULL;
    struct item *item = schedule->heap[0];
    leave_heap(schedule, item);
    item->told_again = false;
    return &item->shown;
}

void schedule_done(struct schedule *schedule, const struct schedule_item *item, int64_t again, int64_t now)
{
    const struct schedule_value value = { .bytes = item->value, .len = item->len };
    struct item *taken = find(*chain_of(schedule, item->dn), item->dn, &value);
    if (taken == NULL || taken->place != NOWHERE)
        lk_fatal("an item that was not taken is done");
    if (again > 0)
        wait_until(schedule, taken, again);
    else if (taken->told_again)
        wait_until(schedule, taken, now);
    else
        forget(schedule, taken);
}

int64_t schedule_next(const struct schedule *schedule)
{
    return schedule->waiting == 0 ? INT64_MAX : schedule->heap[0]->due;
}

size_t schedule_waiting(const struct schedule *schedule)
{
    return schedule->waiting - schedule->held;
}

bool schedule_is_short(struct schedule *schedule)
{
    if (!schedule->is_short || schedule->count > schedule->most / 2)
        return false;
    schedule->is_short = false;
    return true;
}
