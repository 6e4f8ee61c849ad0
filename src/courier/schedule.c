/* SPDX-License-Identifier: Apache-2.0 */
/* Items stand in chains by a hash of their DN, so that all of an entry's are found at once; those that wait stand also in two
 * binary heaps by due time: whose first is the next to be taken, and whose first is the next to give way. */
#include "courier/schedule.h"

#include "base/fatal.h"

#include <stdlib.h>
#include <string.h>

#define CHAINS  1024
#define NOWHERE SIZE_MAX

enum order {
    EARLIEST_FIRST,
    LATEST_FIRST,
    ORDERS
};

struct item {
    struct schedule_item shown; /* what the taker sees */
    struct item *next;          /* in its chain */
    int64_t due;
    size_t places[ORDERS]; /* in the heaps; NOWHERE: in somebody's hands */
    bool told_again;
    bool is_held;
    bool is_mentioned; /* by the telling under way */
};

struct schedule {
    struct item *chains[CHAINS];
    struct item **heaps[ORDERS];
    size_t waiting, room; /* of each heap */
    size_t held;          /* of those that wait */
    size_t count, most;   /* items of all kinds */
    int64_t left_out;     /* when the first of those is due that there was no room for; INT64_MAX: there was for all */
};

struct schedule *schedule_new(size_t most)
{
    struct schedule *schedule = calloc(1, sizeof *schedule);
    if (schedule == NULL)
        lk_fatal("out of memory");
    schedule->most = most;
    schedule->left_out = INT64_MAX;
    return schedule;
}

static void free_item(struct item *item)
{
    free(item); /* its strings stand in the same block */
}

static void free_heaps(struct schedule *schedule)
{
    for (size_t order = 0; order < ORDERS; order++) {
        free(schedule->heaps[order]);
        schedule->heaps[order] = NULL;
    }
    schedule->room = 0;
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
    free_heaps(schedule);
    free(schedule);
}

/* ---- the heaps ---- */

static bool is_waiting(const struct item *item)
{
    return item->places[EARLIEST_FIRST] != NOWHERE;
}

/* NULL: none waits. */
static struct item *first(const struct schedule *schedule, enum order order)
{
    return schedule->waiting == 0 ? NULL : schedule->heaps[order][0];
}

static bool goes_before(enum order order, const struct item *one, const struct item *other)
{
    return order == EARLIEST_FIRST ? one->due < other->due : one->due > other->due;
}

static void put(struct schedule *schedule, enum order order, size_t place, struct item *item)
{
    schedule->heaps[order][place] = item;
    item->places[order] = place;
}

static void sift_up(struct schedule *schedule, enum order order, struct item *item)
{
    struct item **heap = schedule->heaps[order];
    size_t place = item->places[order];
    while (place > 0 && goes_before(order, item, heap[(place - 1) / 2])) {
        put(schedule, order, place, heap[(place - 1) / 2]);
        place = (place - 1) / 2;
    }
    put(schedule, order, place, item);
}

static void sift_down(struct schedule *schedule, enum order order, struct item *item)
{
    struct item **heap = schedule->heaps[order];
    size_t place = item->places[order];
    for (;;) {
        size_t child = 2 * place + 1;
        if (child + 1 < schedule->waiting && goes_before(order, heap[child + 1], heap[child]))
            child++;
        if (child >= schedule->waiting || !goes_before(order, heap[child], item))
            break;
        put(schedule, order, place, heap[child]);
        place = child;
    }
    put(schedule, order, place, item);
}

static void make_room(struct schedule *schedule)
{
    if (schedule->waiting < schedule->room)
        return;
    const size_t room = schedule->room == 0 ? 16 : schedule->room * 2;
    for (size_t order = 0; order < ORDERS; order++) {
        struct item **heap = reallocarray(schedule->heaps[order], room, sizeof(struct item *));
        if (heap == NULL)
            lk_fatal("out of memory");
        schedule->heaps[order] = heap;
    }
    schedule->room = room;
}

static void wait_until(struct schedule *schedule, struct item *item, int64_t due)
{
    make_room(schedule);
    const size_t last = schedule->waiting++;
    item->due = due;
    for (enum order order = 0; order < ORDERS; order++) {
        put(schedule, order, last, item);
        sift_up(schedule, order, item);
    }
}

static void leave_heap(struct schedule *schedule, enum order order, struct item *item)
{
    struct item *last = schedule->heaps[order][schedule->waiting];
    if (last != item) {
        put(schedule, order, item->places[order], last);
        sift_up(schedule, order, last);
        sift_down(schedule, order, last);
    }
    item->places[order] = NOWHERE;
}

static void wait_no_longer(struct schedule *schedule, struct item *item)
{
    schedule->waiting--;
    for (enum order order = 0; order < ORDERS; order++)
        leave_heap(schedule, order, item);
    schedule->held -= item->is_held ? 1 : 0;
    item->is_held = false;
    if (schedule->waiting == 0) /* after a rush the memory goes back */
        free_heaps(schedule);
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
    for (size_t order = 0; order < ORDERS; order++)
        item->places[order] = NOWHERE;
    return item;
}

static void forget(struct schedule *schedule, struct item *item)
{
    struct item **link = chain_of(schedule, item->shown.dn);
    while (*link != item)
        link = &(*link)->next;
    *link = item->next;
    if (is_waiting(item))
        wait_no_longer(schedule, item);
    free_item(item);
    schedule->count--;
}

/* Whatever is due last gives way. False: that is what is due at `due` itself. */
static bool has_place(struct schedule *schedule, int64_t due)
{
    if (schedule->count < schedule->most)
        return true;
    struct item *latest = first(schedule, LATEST_FIRST);
    const bool gives_way = latest != NULL && latest->due > due;
    const int64_t left_out = gives_way ? latest->due : due;
    if (left_out < schedule->left_out)
        schedule->left_out = left_out;
    if (gives_way)
        forget(schedule, latest);
    return gives_way;
}

/* NULL: no room. */
static struct item *add(struct schedule *schedule, const char *dn, const struct schedule_value *value)
{
    if (!has_place(schedule, value->due))
        return NULL;
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
    else if (!is_waiting(item))
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
        if (!item->is_mentioned && is_waiting(item))
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
    else if (!is_waiting(item))
        item->told_again = true;
}

const struct schedule_item *schedule_take(struct schedule *schedule, int64_t now)
{
    struct item *item = first(schedule, EARLIEST_FIRST);
    if (item == NULL || item->due > now)
        return NULL;
    wait_no_longer(schedule, item);
    item->told_again = false;
    return &item->shown;
}

void schedule_done(struct schedule *schedule, const struct schedule_item *item, int64_t again, int64_t now)
{
    const struct schedule_value value = { .bytes = item->value, .len = item->len };
    struct item *taken = find(*chain_of(schedule, item->dn), item->dn, &value);
    if (taken == NULL || is_waiting(taken))
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
    const struct item *earliest = first(schedule, EARLIEST_FIRST);
    return earliest == NULL || earliest->due > schedule->left_out ? schedule->left_out : earliest->due;
}

size_t schedule_waiting(const struct schedule *schedule)
{
    return schedule->waiting - schedule->held;
}

bool schedule_is_short(struct schedule *schedule, int64_t now)
{
    const struct item *earliest = first(schedule, EARLIEST_FIRST);
    const bool has_room = schedule->left_out < INT64_MAX && schedule->count <= schedule->most / 2;
    const bool is_next = schedule->left_out <= now && (earliest == NULL || earliest->due > schedule->left_out);
    if (!has_room && !is_next)
        return false;
    schedule->left_out = INT64_MAX;
    return true;
}
