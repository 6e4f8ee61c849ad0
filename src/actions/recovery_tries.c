/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/recovery_tries.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/record.h"
#include "directory/names.h"

#include <sodium/randombytes.h>
#include <string.h>

const char *recovery_step_value(struct lk_arena *arena, const uint8_t id[static 16], int64_t until)
{
    char text[LK_BASE64URL_LEN(16) + 1];
    char when[LK_CLOCK_GENERALIZED_LEN + 1];
    lk_base64url_encode(id, 16, text);
    lk_clock_generalized(until, when);
    return lk_arena_format(arena, "step id=%s until=%s", text, when);
}

static bool holds(const struct directory_attribute *attempts, const char *value)
{
    for (size_t i = 0; i < attempts->count; i++)
        if (strcmp(attempts->values[i].bytes, value) == 0)
            return true;
    return false;
}

/* The value of the step with this id, as it stands on the entry; NULL: there is none that may still be used. */
static const char *find_step(struct lk_arena *arena, const struct directory_attribute *attempts, const uint8_t *id,
                             int64_t now)
{
    char text[LK_BASE64URL_LEN(16) + 1];
    lk_base64url_encode(id, 16, text);
    for (size_t i = 0; i < attempts->count; i++) {
        struct lk_record record;
        const struct directory_value *value = &attempts->values[i];
        if (lk_record_parse(arena, value->bytes, value->len, &record) != LK_OK || strcmp(record.kind, "step") != 0)
            continue;
        const char *found = lk_record_get(&record, "id");
        if (found != NULL && strcmp(found, text) == 0 && lk_record_time(&record, "until", 0) > now)
            return value->bytes;
    }
    return NULL;
}

/* Tries of windows that are over, and steps that nobody may use any more. */
static void drop_former(struct action_context *context, const struct directory_attribute *attempts, int64_t window,
                        const char *but, struct directory_change *change)
{
    for (size_t i = 0; i < attempts->count; i++) {
        struct lk_record record;
        const struct directory_value *value = &attempts->values[i];
        if (lk_record_parse(context->arena, value->bytes, value->len, &record) != LK_OK ||
            (but != NULL && strcmp(value->bytes, but) == 0))
            continue;
        const bool is_try = strcmp(record.kind, "person") == 0 || strcmp(record.kind, "answer") == 0;
        const bool is_step = strcmp(record.kind, "step") == 0;
        if ((is_try && lk_record_number(&record, "window", 0) < window) ||
            (is_step && lk_record_time(&record, "until", 0) <= context->now))
            directory_change_delete(change, NAME_ATTEMPT, value->bytes);
    }
}

static enum lk_status add_try(struct action_context *context, const char *dn,
                              const struct directory_attribute *attempts, const struct recovery_try *wanted,
                              const char *step, const char *value, bool tidy)
{
    const int64_t window = context->now / context->config->accounts_question_rest;
    struct directory_change *change = directory_change_new(context->arena);
    if (step != NULL)
        directory_change_delete(change, NAME_ATTEMPT, step);
    if (tidy)
        drop_former(context, attempts, window, step, change);
    directory_change_add(change, NAME_ATTEMPT, value);
    directory_change_add(change, NAME_ATTEMPT, recovery_step_value(context->arena, wanted->next, wanted->until));
    return directory_modify(context->directory, dn, change, &context->trouble);
}

enum lk_status recovery_tries_take(struct action_context *context, const char *dn,
                                   const struct directory_attribute *attempts, const struct recovery_try *wanted)
{
    const int64_t window = context->now / context->config->accounts_question_rest;
    const char *step = NULL;
    if (wanted->uses_up != NULL) {
        step = find_step(context->arena, attempts, wanted->uses_up, context->now);
        if (step == NULL)
            return LK_ABSENT;
    }
    bool tidy = true;
    for (int64_t i = 1; i <= context->config->accounts_question_tries;) {
        const char *value =
            lk_arena_format(context->arena, "%s window=%lld try=%lld", wanted->sort, (long long) window, (long long) i);
        enum lk_status status = LK_CONFLICT;
        if (!holds(attempts, value))
            status = add_try(context, dn, attempts, wanted, step, value, tidy);
        if (status == LK_ABSENT && tidy) { /* perhaps only something old that somebody else has taken away */
            tidy = false;
            continue;
        }
        if (status != LK_CONFLICT)
            return status == LK_REFUSED || status == LK_MALFORMED ? LK_BROKEN : status;
        i++;
    }
    return LK_BUSY;
}

enum lk_status recovery_tries_pretend(struct action_context *context)
{
    uint8_t id[16];
    randombytes_buf(id, sizeof id);
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_replace(change, NAME_SESSION, recovery_step_value(context->arena, id, context->now));
    const enum lk_status status =
        directory_modify(context->directory, context->config->directory_decoy, change, &context->trouble);
    return status == LK_OK ? LK_OK : LK_BROKEN;
}
