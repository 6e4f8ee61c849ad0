/* SPDX-License-Identifier: Apache-2.0 */
/* courier/schedule.h - which lkSend values wait, and until when. Only a reminder: the outbox itself is in the directory, and
 * what is forgotten here is told again.
 *
 * Owns:    copies of DNs and values, at most `most` of them: those that are due first, so that what is due next year keeps nothing
 *          waiting that is due now. What was left out must be told again in time: it says when (schedule_is_short).
 * Threads: none of its own; its owner holds a lock around each call. An item taken belongs to the taker until
 *          schedule_done. */
#ifndef LATCHKEY_COURIER_SCHEDULE_H
#define LATCHKEY_COURIER_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct schedule;

struct schedule_item {
    const char *dn;
    const char *value; /* its first SCHEDULE_VALUE_MOST bytes, NUL-terminated */
    size_t len;        /* of the whole value */
};

#define SCHEDULE_VALUE_MOST 2049 /* one more than a value may have: what is longer is refused anyway */

/* What an entry holds now. */
struct schedule_value {
    const char *bytes;
    size_t len;
    int64_t due;
    bool is_held; /* carried through by somebody already, who may fail at it: not counted before that */
};

/* Never NULL. */
struct schedule *schedule_new(size_t most);
void schedule_free(struct schedule *schedule);

/* The entry `dn` holds these values and no others. A value that is in somebody's hands is looked at again after that. */
void schedule_tell(struct schedule *schedule, const char *dn, const struct schedule_value *values, size_t count);

/* The entry `dn` holds (or may hold) this value too. */
void schedule_add(struct schedule *schedule, const char *dn, const struct schedule_value *value);

/* The item that has been due longest at `now`; NULL: none is due. */
const struct schedule_item *schedule_take(struct schedule *schedule, int64_t now);

/* The taker is done with it. `again`: when to look at it once more; 0: not, unless it was told again meanwhile. */
void schedule_done(struct schedule *schedule, const struct schedule_item *item, int64_t again, int64_t now);

/* When the next item is due, be it one that was left out; INT64_MAX: nothing waits. */
int64_t schedule_next(const struct schedule *schedule);

/* How many wait, those in somebody's hands and those held not counted. */
size_t schedule_waiting(const struct schedule *schedule);

/* Was something left out that is wanted now: because there is room again, or because it is due at `now` and would be the next? Says so
 * once; then everything must be told again. */
bool schedule_is_short(struct schedule *schedule, int64_t now);

#endif
