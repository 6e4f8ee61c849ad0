/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "courier/errand_internal.h"
#include "directory/names.h"

#include <string.h>

#define LONGEST_PAUSE (4 * LK_CLOCK_SECOND)
#define READS_MOST    8

static struct directory_change *change_of(const struct errand *errand, const struct outbox_steps *steps)
{
    struct directory_change *change = directory_change_new(errand->worker->arena);
    for (size_t i = 0; i < steps->count; i++) {
        const struct outbox_step *step = &steps->items[i];
        if (step->is_delete)
            directory_change_delete(change, step->attribute, step->value);
        else
            directory_change_add(change, step->attribute, step->value);
    }
    return change;
}

enum lk_status errand_apply(struct errand *errand, const char *dn, const struct outbox_steps *steps)
{
    return directory_modify(errand->worker->directory, dn, change_of(errand, steps), &errand->trouble);
}

enum lk_status errand_apply_claim(struct errand *errand, const struct outbox_steps *steps)
{
    const struct worker *worker = errand->worker;
    const char *const addresses[] = { worker->config->directory_profile_mail, NAME_PENDING_MAIL, NULL };
    return directory_modify_read(worker->directory, worker->arena, errand->target.dn, change_of(errand, steps),
                                 addresses, &errand->claimed, &errand->trouble);
}

bool errand_may_ask_again(struct errand *errand, int64_t *pause)
{
    const int64_t now = lk_clock_now();
    if (errand->until > 0 && now >= errand->until)
        return false;
    if (!courier_pause(errand->worker->courier, *pause))
        return false;
    *pause = *pause * 2 > LONGEST_PAUSE ? LONGEST_PAUSE : *pause * 2;
    return true;
}

enum lk_status errand_persist(struct errand *errand, const char *dn, const struct outbox_steps *steps)
{
    int64_t pause = ERRAND_FIRST_PAUSE;
    enum lk_status status = LK_BROKEN;
    do {
        status = errand_apply(errand, dn, steps);
    } while ((status == LK_BROKEN || status == LK_BUSY) && errand_may_ask_again(errand, &pause));
    return status;
}

/* What is to become of the value; it is worked out again when the entry has changed. */
struct ending {
    enum {
        ENDING_SENT,
        ENDING_REFUSED,
        ENDING_DROPPED,
        ENDING_SWAPPED
    } what;

    const char *value; /* the one that ends */
    const char *other; /* the lkSendError, or the next lkSend */
};

static struct outbox_steps steps_of(const struct errand *errand, const struct ending *ending)
{
    struct lk_arena *arena = errand->worker->arena;
    const struct outbox_entry *entry = &errand->target.entry;
    switch (ending->what) {
    case ENDING_SENT: return outbox_steps_sent(arena, entry, ending->value, errand->kind, lk_clock_now());
    case ENDING_REFUSED: return outbox_steps_refused(arena, entry, ending->value, errand->token, ending->other);
    case ENDING_DROPPED: return outbox_steps_dropped(entry, ending->value, errand->token);
    case ENDING_SWAPPED: break;
    }
    return outbox_steps_swapped(ending->value, ending->other);
}

/* Also where it has been renamed: its values have gone along. */
static enum lk_status read_again(struct errand *errand, struct target *target_out)
{
    const struct worker *worker = errand->worker;
    const struct config *config = worker->config;
    const enum lk_status status =
        target_read(worker->directory, config, worker->arena, errand->target.dn, target_out, &errand->trouble);
    if (status != LK_ABSENT)
        return status;
    return target_find(worker->directory, config, worker->arena, errand->target.unique, target_out, &errand->trouble);
}

/* Reads the entry again, as often as the directory needs. LK_ABSENT: the value has gone. */
static enum lk_status look_again(struct errand *errand, const char *value)
{
    int64_t pause = ERRAND_FIRST_PAUSE;
    enum lk_status status = LK_BROKEN;
    do {
        struct target target;
        status = read_again(errand, &target);
        if (status == LK_OK)
            errand->target = target;
    } while ((status == LK_BROKEN || status == LK_BUSY) && errand_may_ask_again(errand, &pause));
    if (status == LK_OK && !outbox_holds(&errand->target.entry.sends, value))
        return LK_ABSENT;
    return status;
}

static enum lk_status write_ending(struct errand *errand, const struct ending *ending)
{
    enum lk_status status = LK_BROKEN;
    for (int i = 0; i < READS_MOST; i++) {
        const struct outbox_steps steps = steps_of(errand, ending);
        status = errand_persist(errand, errand->target.dn, &steps);
        if (status != LK_ABSENT && status != LK_CONFLICT)
            break;
        status = look_again(errand, ending->value);
        if (status != LK_OK)
            break;
    }
    /* The directory will not have what we wish to note. The value must go all the same, or the message would be sent for
     * ever. */
    if (status == LK_REFUSED && (ending->what == ENDING_SENT || ending->what == ENDING_REFUSED)) {
        const struct outbox_steps steps = outbox_steps_dropped(&errand->target.entry, ending->value, NULL);
        status = errand_persist(errand, errand->target.dn, &steps);
    }
    return status;
}

enum lk_status errand_write_sent(struct errand *errand)
{
    const struct ending ending = { .what = ENDING_SENT, .value = errand->value.bytes };
    return write_ending(errand, &ending);
}

enum lk_status errand_write_refused(struct errand *errand, const char *words)
{
    const struct ending ending = { .what = ENDING_REFUSED,
                                   .value = errand->value.bytes,
                                   .other = outbox_error(errand->worker->arena, errand->kind, lk_clock_now(), words) };
    return write_ending(errand, &ending);
}

enum lk_status errand_write_dropped(struct errand *errand)
{
    const struct ending ending = { .what = ENDING_DROPPED, .value = errand->value.bytes };
    return write_ending(errand, &ending);
}

enum lk_status errand_write_deferred(struct errand *errand, int64_t after, const char *words)
{
    struct lk_arena *arena = errand->worker->arena;
    const char *next = outbox_deferred(arena, &errand->request, after, words);
    if (next == NULL) /* no room for the words beside what else stands in it */
        next = outbox_deferred(arena, &errand->request, after, "");
    if (next == NULL)
        return lk_fail(&errand->trouble, LK_MALFORMED, "the request is too long");
    const struct ending ending = { .what = ENDING_SWAPPED, .value = errand->value.bytes, .other = next };
    return write_ending(errand, &ending);
}
