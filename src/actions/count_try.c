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
    size_t found;           /* how many those are */
    bool is_marked;
    size_t names;          /* how many the decoy keeps */
    struct attempt oldest; /* of these; */
    const char *oldest_value;
    const char **dropped; /* marks that go */
    size_t dropped_count;
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

static bool holds(const struct directory_attribute *values, const char *text)
{
    for (size_t i = 0; i < values->count; i++)
        if (strcmp(values->values[i].bytes, text) == 0)
            return true;
    return false;
}

/* Two counts that nobody has joined yet have one mark between them. */
static bool is_dropped(const struct tally *tally, const char *mark)
{
    for (size_t i = 0; i < tally->dropped_count; i++)
        if (strcmp(tally->dropped[i], mark) == 0)
            return true;
    return false;
}

/* A count that is somebody else's goes, with its mark. */
static void drop(struct action_context *context, struct tally *tally, const struct directory_attribute *values,
                 const struct attempt *attempt, const char *value)
{
    const char *mark = attempt_mark(context->arena, attempt);
    directory_change_delete(tally->change, NAME_ATTEMPT, value);
    if (!holds(values, mark) || is_dropped(tally, mark))
        return;
    directory_change_delete(tally->change, NAME_ATTEMPT, mark);
    tally->dropped[tally->dropped_count++] = mark;
}

static void note_oldest(struct tally *tally, const struct attempt *found, const char *value)
{
    tally->names++;
    if (tally->oldest_value != NULL && found->at >= tally->oldest.at)
        return;
    tally->oldest = *found;
    tally->oldest_value = value;
}

/* Ours is taken out, whatever it says. What is over counts for nothing, and goes whosever it is. */
static void add_value(struct action_context *context, struct tally *tally, const struct directory_attribute *values,
                      const struct directory_value *value)
{
    struct attempt found;
    if (attempt_read(context->arena, value->bytes, value->len, &found) != LK_OK)
        return;
    const bool is_ours = strcmp(found.kind, tally->attempt.kind) == 0 && is_same_text(found.name, tally->attempt.name);
    const bool is_over = attempt_is_over(context->config, &found, context->now);
    if (is_ours && !is_over) {
        tally->attempt.count += found.count;
        tally->attempt.at = found.at > tally->attempt.at ? found.at : tally->attempt.at;
    }
    if (is_ours) {
        tally->found++;
        directory_change_delete(tally->change, NAME_ATTEMPT, value->bytes);
    } else if (is_over)
        drop(context, tally, values, &found, value->bytes);
    else if (found.name != NULL)
        note_oldest(tally, &found, value->bytes);
}

static enum lk_status read_tally(struct action_context *context, const char *dn, const char *mark, struct tally *tally)
{
    static const char *const attributes[] = { NAME_ATTEMPT, NULL };
    struct directory_entry entry;
    const enum lk_status status =
        directory_read(context->directory, context->arena, dn, NULL, attributes, &entry, &context->trouble);
    if (status != LK_OK)
        return status;
    tally->change = directory_change_new(context->arena);
    const struct directory_attribute *values = directory_attribute(&entry, NAME_ATTEMPT);
    if (values == NULL)
        return LK_OK;
    tally->is_marked = holds(values, mark);
    tally->dropped = lk_arena_array(context->arena, values->count, sizeof *tally->dropped);
    for (size_t i = 0; i < values->count; i++)
        add_value(context, tally, values, &values->values[i]);
    if (tally->names >= COUNT_TRY_NAMES_MOST)
        drop(context, tally, values, &tally->oldest, tally->oldest_value);
    return LK_OK;
}

/* One more. Something of what was seen always goes out, or the mark comes in: so of two who have seen the same one fails. */
static void add_try(struct action_context *context, struct tally *tally, const char *mark, struct counted_try *counted)
{
    tally->attempt.count++;
    tally->attempt.at = context->now > tally->attempt.at ? context->now : tally->attempt.at;
    counted->value = attempt_write(context->arena, &tally->attempt);
    counted->mark = tally->is_marked && tally->found == 0 ? NULL : mark;
    if (counted->mark == NULL)
        directory_change_delete(tally->change, NAME_ATTEMPT, mark);
    else if (!tally->is_marked)
        directory_change_add(tally->change, NAME_ATTEMPT, mark);
    directory_change_add(tally->change, NAME_ATTEMPT, counted->value);
}

/* One round. LK_ABSENT, LK_CONFLICT: somebody else was quicker. */
static enum lk_status count_once(struct action_context *context, const struct attempt *none, const char *mark,
                                 struct counted_try *counted)
{
    struct tally tally = { .attempt = *none };
    const enum lk_status status = read_tally(context, counted->dn, mark, &tally);
    if (status != LK_OK)
        return status == LK_ABSENT ? LK_REFUSED : status; /* the entry has gone */
    counted->wait = attempt_wait(context->config, &tally.attempt, context->now);
    if (counted->wait > 0)
        return LK_OK;
    add_try(context, &tally, mark, counted);
    return directory_modify(context->directory, counted->dn, tally.change, &context->trouble);
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

/* What it is called on the entry; NULL: it is the entry's own. */
static const char *name_of(struct action_context *context, const struct try_of *tried)
{
    return tried->account_dn == NULL ? digest_of_name(context, tried->name) : tried->session;
}

enum count_try_outcome count_try(struct action_context *context, const struct try_of *tried,
                                 struct counted_try *counted_out)
{
    const struct attempt none = { .kind = tried->kind, .name = name_of(context, tried) };
    const char *mark = attempt_mark(context->arena, &none);
    *counted_out =
        (struct counted_try){ .dn = tried->account_dn != NULL ? tried->account_dn : context->config->directory_decoy };
    if (context->config->limits_account_tries == 0)
        return COUNT_TRY_DONE;
    enum lk_status status = LK_CONFLICT;
    for (int i = 0; i < ROUNDS_MOST && (status == LK_ABSENT || status == LK_CONFLICT); i++)
        status = count_once(context, &none, mark, counted_out);
    if (status != LK_OK || counted_out->wait == 0)
        return outcome_of(status);
    metrics_count(METRIC_LIMITED, "account", NULL);
    return COUNT_TRY_TOO_SOON;
}

void forget_tries_in(const struct counted_try *counted, const struct directory_attribute *attempts,
                     struct directory_change *change)
{
    if (counted->value == NULL || (attempts != NULL && !holds(attempts, counted->value)))
        return;
    directory_change_delete(change, NAME_ATTEMPT, counted->value);
    if (counted->mark != NULL)
        directory_change_delete(change, NAME_ATTEMPT, counted->mark);
}

enum lk_status forget_tries(struct action_context *context, const struct counted_try *counted)
{
    if (counted->value == NULL)
        return LK_OK;
    struct directory_change *change = directory_change_new(context->arena);
    forget_tries_in(counted, NULL, change);
    const enum lk_status status = directory_modify(context->directory, counted->dn, change, &context->trouble);
    return status == LK_ABSENT ? LK_OK : status;
}
