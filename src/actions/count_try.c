/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/count_try.h"

#include "base/encoding.h"
#include "directory/names.h"
#include "limits/attempt.h"
#include "logging/metrics.h"

#include <string.h>

/* Each round somebody wins: so many tries of one name at once are counted without anybody being sent away. */
#define ROUNDS_MOST 24

/* What the entry says, and what is to be written in its place. */
struct tally {
    struct attempt attempt; /* the latest of its values, and the sum */
    size_t names;           /* how many the decoy keeps */
    const char *oldest;     /* of these */
    int64_t oldest_at;
    struct directory_change *change;
};

/* Not the name itself: people type passwords where names belong. NULL: no key. */
static const char *digest_of_name(struct action_context *context, const char *name)
{
    uint8_t tag[KEY_RING_TAG_LEN];
    if (key_ring_tag(context->ring, key_ring_newest(context->ring), KEY_USE_TRIED, name, strlen(name), tag) != LK_OK)
        return NULL;
    char *text = lk_arena_alloc(context->arena, LK_BASE64URL_LEN(sizeof tag) + 1);
    lk_base64url_encode(tag, sizeof tag, text);
    return text;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void note_oldest(struct tally *tally, const struct attempt *found, const char *value)
{
    tally->names++;
    if (tally->oldest != NULL && found->at >= tally->oldest_at)
        return;
    tally->oldest = value;
    tally->oldest_at = found->at;
}

/* Two daemons may each have written a first value: they count together. Values of this kind that are over go. */
static void add_value(struct action_context *context, struct tally *tally, const char *value, size_t len)
{
    struct attempt found;
    if (attempt_read(context->arena, value, len, &found) != LK_OK)
        return;
    const bool is_ours = strcmp(found.kind, tally->attempt.kind) == 0 && is_same_text(found.name, tally->attempt.name);
    const bool is_over = attempt_is_over(context->config, &found, context->now);
    if (is_ours && !is_over) {
        tally->attempt.count += found.count;
        tally->attempt.at = found.at > tally->attempt.at ? found.at : tally->attempt.at;
    }
    if (is_ours || is_over)
        directory_change_delete(tally->change, NAME_ATTEMPT, value);
    else if (found.name != NULL)
        note_oldest(tally, &found, value);
}

static enum lk_status read_tally(struct action_context *context, const char *dn, struct tally *tally)
{
    static const char *const attributes[] = { NAME_ATTEMPT, NULL };
    struct directory_entry entry;
    const enum lk_status status =
        directory_read(context->directory, context->arena, dn, NULL, attributes, &entry, &context->trouble);
    if (status != LK_OK)
        return status;
    tally->change = directory_change_new(context->arena);
    const struct directory_attribute *values = directory_attribute(&entry, NAME_ATTEMPT);
    for (size_t i = 0; values != NULL && i < values->count; i++)
        add_value(context, tally, values->values[i].bytes, values->values[i].len);
    if (tally->names >= COUNT_TRY_NAMES_MOST)
        directory_change_delete(tally->change, NAME_ATTEMPT, tally->oldest);
    return LK_OK;
}

/* A first value has no former one to take out, so others may have come in beside ours unseen. Whoever finds more than it knows of
 * goes on only if all of them together are few enough: so never more are made than may be, whatever the order. */
static enum lk_status look_again(struct action_context *context, const struct attempt *none, int64_t expected,
                                 struct counted_try *counted)
{
    struct tally tally = { .attempt = *none };
    const enum lk_status status = read_tally(context, counted->dn, &tally);
    if (status == LK_OK && tally.attempt.count > expected &&
        tally.attempt.count > context->config->limits_account_tries)
        counted->wait = attempt_wait(context->config, &tally.attempt, context->now);
    return status == LK_ABSENT ? LK_REFUSED : status;
}

/* One round. LK_ABSENT, LK_CONFLICT: somebody else was quicker. */
static enum lk_status count_once(struct action_context *context, const struct attempt *none,
                                 struct counted_try *counted)
{
    struct tally tally = { .attempt = *none };
    enum lk_status status = read_tally(context, counted->dn, &tally);
    if (status != LK_OK)
        return status == LK_ABSENT ? LK_REFUSED : status; /* the entry has gone */
    counted->wait = attempt_wait(context->config, &tally.attempt, context->now);
    if (counted->wait > 0)
        return LK_OK;
    tally.attempt.count++;
    tally.attempt.at = context->now > tally.attempt.at ? context->now : tally.attempt.at;
    counted->value = attempt_write(context->arena, &tally.attempt);
    directory_change_add(tally.change, NAME_ATTEMPT, counted->value);
    status = directory_modify(context->directory, counted->dn, tally.change, &context->trouble);
    return status == LK_OK ? look_again(context, none, tally.attempt.count, counted) : status;
}

static enum count_try_outcome outcome_of(enum lk_status status)
{
    switch (status) {
    case LK_OK: return COUNT_TRY_DONE;
    case LK_ABSENT:
    case LK_CONFLICT:
    case LK_BUSY: return COUNT_TRY_BUSY;
    case LK_REFUSED:
    case LK_MALFORMED:
    case LK_BROKEN: break;
    }
    return COUNT_TRY_TROUBLE;
}

enum count_try_outcome count_try(struct action_context *context, const char *kind, const char *account_dn,
                                 const char *name, struct counted_try *counted_out)
{
    const struct attempt none = { .kind = kind, .name = account_dn == NULL ? digest_of_name(context, name) : NULL };
    *counted_out = (struct counted_try){ .dn = account_dn != NULL ? account_dn : context->config->directory_decoy };
    if (context->config->limits_account_tries == 0)
        return COUNT_TRY_DONE;
    enum lk_status status = LK_CONFLICT;
    for (int i = 0; i < ROUNDS_MOST && (status == LK_ABSENT || status == LK_CONFLICT); i++)
        status = count_once(context, &none, counted_out);
    if (status != LK_OK || counted_out->wait == 0)
        return outcome_of(status);
    metrics_count(METRIC_LIMITED, "account", NULL);
    return COUNT_TRY_TOO_SOON;
}

enum lk_status forget_tries(struct action_context *context, const struct counted_try *counted)
{
    if (counted->value == NULL)
        return LK_OK;
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_delete(change, NAME_ATTEMPT, counted->value);
    const enum lk_status status = directory_modify(context->directory, counted->dn, change, &context->trouble);
    return status == LK_ABSENT ? LK_OK : status;
}
