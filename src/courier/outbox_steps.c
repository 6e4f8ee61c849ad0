/* SPDX-License-Identifier: Apache-2.0 */
#include "base/record.h"
#include "courier/outbox.h"
#include "courier/outbox_record.h"
#include "directory/names.h"

#include <string.h>

/* Room is kept for the steps that come last. What there is no room for stays on the entry until the next time. */
#define LAST_STEPS 4

#define OUTBOX_SENT_KEPT INT64_C(7776000) /* the longest links.undo_lifetime */

struct sent {
    const char *kind, *to;
    int64_t now;
};

static void add_step(struct outbox_steps *steps, bool is_delete, const char *attribute, const char *value)
{
    if (steps->count < OUTBOX_STEPS_MOST)
        steps->items[steps->count++] =
            (struct outbox_step){ .is_delete = is_delete, .attribute = attribute, .value = value };
}

static bool has_room(const struct outbox_steps *steps)
{
    return steps->count < OUTBOX_STEPS_MOST - LAST_STEPS;
}

bool outbox_holds(const struct directory_attribute *attribute, const char *value)
{
    const size_t len = strlen(value);
    for (size_t i = 0; i < attribute->count; i++) {
        if (attribute->values[i].len == len && memcmp(attribute->values[i].bytes, value, len) == 0)
            return true;
    }
    return false;
}

static bool is_being_deleted(const struct outbox_steps *steps, const char *attribute, const char *value)
{
    for (size_t i = 0; i < steps->count; i++) {
        if (steps->items[i].is_delete && strcmp(steps->items[i].attribute, attribute) == 0 &&
            strcmp(steps->items[i].value, value) == 0)
            return true;
    }
    return false;
}

/* ---- tokens ---- */

static bool is_same_account(const struct link_token *a, const struct link_token *b)
{
    return a->has_account == b->has_account &&
           (!a->has_account || memcmp(a->account, b->account, sizeof a->account) == 0);
}

/* Takes out the tokens that have ended and, for a fresh link, those that it replaces. */
static void delete_former(struct outbox_steps *steps, struct lk_arena *arena, const struct directory_attribute *tokens,
                          const char *token, const struct link_token *fresh, int64_t now)
{
    for (size_t i = 0; i < tokens->count && has_room(steps); i++) {
        struct link_token former;
        const char *value = tokens->values[i].bytes;
        if (strcmp(value, token) == 0 || link_token_read(arena, value, tokens->values[i].len, &former) != LK_OK)
            continue;
        if (former.expires <= now || (fresh != NULL && former.purpose == fresh->purpose &&
                                      !link_purpose_undoes(former.purpose) && is_same_account(&former, fresh)))
            add_step(steps, true, NAME_TOKEN, value);
    }
}

/* How readily a token gives way to one of `purpose`: one of the same purpose before others, and one that undoes after all. */
enum readiness {
    LAST_OF_ALL = 0,
    AFTER_ITS_LIKE,
    BEFORE_OTHERS
};

static enum readiness readiness_of(const struct link_token *token, enum link_purpose purpose)
{
    if (link_purpose_undoes(token->purpose))
        return LAST_OF_ALL;
    return token->purpose == purpose ? BEFORE_OTHERS : AFTER_ITS_LIKE;
}

/* Among those that are as ready: the one that ends first. Of those that undo, the one that ends last: or whoever has taken something
 * could make so many changes that the letter which tells its owner is worth nothing. */
static bool gives_way_before(const struct link_token *one, const struct link_token *other, enum link_purpose purpose)
{
    const enum readiness ready = readiness_of(one, purpose);
    if (ready != readiness_of(other, purpose))
        return ready > readiness_of(other, purpose);
    return ready == LAST_OF_ALL ? one->expires > other->expires : one->expires < other->expires;
}

/* The token that gives way to one of `purpose` among those that stay; NULL: none that can be read. */
static const char *next_to_go(const struct outbox_steps *steps, struct lk_arena *arena,
                              const struct directory_attribute *tokens, enum link_purpose purpose)
{
    const char *found = NULL;
    struct link_token best = { .purpose = LINK_NONE };
    for (size_t i = 0; i < tokens->count; i++) {
        struct link_token token;
        const char *value = tokens->values[i].bytes;
        if (link_token_read(arena, value, tokens->values[i].len, &token) != LK_OK ||
            is_being_deleted(steps, NAME_TOKEN, value))
            continue;
        if (found == NULL || gives_way_before(&token, &best, purpose)) {
            found = value;
            best = token;
        }
    }
    return found;
}

static void keep_within_cap(struct outbox_steps *steps, struct lk_arena *arena,
                            const struct directory_attribute *tokens, enum link_purpose purpose)
{
    size_t staying = tokens->count;
    for (size_t i = 0; i < steps->count; i++)
        staying -= steps->items[i].is_delete && strcmp(steps->items[i].attribute, NAME_TOKEN) == 0;
    while (staying >= OUTBOX_TOKENS_MOST && has_room(steps)) {
        const char *gives_way = next_to_go(steps, arena, tokens, purpose);
        if (gives_way == NULL)
            break;
        add_step(steps, true, NAME_TOKEN, gives_way);
        staying--;
    }
}

static void change_tokens(struct outbox_steps *steps, struct lk_arena *arena, const struct directory_attribute *tokens,
                          const char *token, bool is_fresh, int64_t now)
{
    struct link_token fresh;
    if (link_token_read(arena, token, strlen(token), &fresh) != LK_OK)
        return;
    delete_former(steps, arena, tokens, token, is_fresh ? &fresh : NULL, now);
    if (outbox_holds(tokens, token))
        return;
    keep_within_cap(steps, arena, tokens, fresh.purpose);
    add_step(steps, false, NAME_TOKEN, token);
}

/* ---- whole Modifies ---- */

struct outbox_steps outbox_steps_claim(struct lk_arena *arena, const struct outbox_entry *entry, const char *old_value,
                                       const char *new_value, const char *token, bool is_fresh, int64_t now)
{
    struct outbox_steps steps = outbox_steps_swapped(old_value, new_value);
    if (token != NULL)
        change_tokens(&steps, arena, &entry->tokens, token, is_fresh, now);
    return steps;
}

/* Where a value says that its letter goes, or went; NULL: it does not. */
static const char *address_of(struct lk_arena *arena, const char *value, size_t len)
{
    struct lk_record record;
    return lk_record_parse(arena, value, len, &record) == LK_OK ? lk_record_get(&record, "to") : NULL;
}

/* One of a kind is enough, but for letters that went to different addresses: as long as a link in one of them may live, the value
 * says whose it is. */
static void delete_sent(struct outbox_steps *steps, struct lk_arena *arena, const struct directory_attribute *sents,
                        const struct sent *sent)
{
    for (size_t i = 0; i < sents->count && has_room(steps); i++) {
        struct lk_record record;
        const char *value = sents->values[i].bytes;
        if (lk_record_parse(arena, value, sents->values[i].len, &record) != LK_OK ||
            strcmp(record.kind, sent->kind) != 0)
            continue;
        const char *to = lk_record_get(&record, "to");
        const bool has_ended = lk_record_time(&record, "at", 0) < sent->now - OUTBOX_SENT_KEPT;
        if (to == NULL || sent->to == NULL || strcmp(to, sent->to) == 0 || has_ended)
            add_step(steps, true, NAME_SENT, value);
    }
}

/* Takes out the values of `attribute` that begin with the kind. */
static void delete_kind(struct outbox_steps *steps, struct lk_arena *arena, const char *attribute,
                        const struct directory_attribute *values, const char *kind)
{
    for (size_t i = 0; i < values->count && has_room(steps); i++) {
        struct lk_record record;
        if (lk_record_parse(arena, values->values[i].bytes, values->values[i].len, &record) == LK_OK &&
            strcmp(record.kind, kind) == 0)
            add_step(steps, true, attribute, values->values[i].bytes);
    }
}

/* Is it an error about a value of no kind? *record_out: what it says. */
static bool is_of_no_kind(struct lk_arena *arena, const struct directory_value *error, struct lk_record *record_out)
{
    return lk_record_parse(arena, error->bytes, error->len, record_out) == LK_OK &&
           strcmp(record_out->kind, OUTBOX_UNKNOWN) == 0;
}

static bool says_the_same(const struct lk_record *a, const struct lk_record *b)
{
    const char *words_of_a = lk_record_get(a, "words");
    const char *words_of_b = lk_record_get(b, "words");
    return words_of_a != NULL && words_of_b != NULL && strcmp(words_of_a, words_of_b) == 0;
}

/* Values of no kind have nothing in common, so that one error does not answer for another: only one that says the same gives way, and
 * the oldest where there are too many. */
static void delete_of_no_kind(struct outbox_steps *steps, struct lk_arena *arena,
                              const struct directory_attribute *errors, const struct lk_record *fresh)
{
    size_t staying = 0;
    const char *oldest = NULL;
    int64_t earliest = INT64_MAX;
    for (size_t i = 0; i < errors->count && has_room(steps); i++) {
        struct lk_record record;
        if (!is_of_no_kind(arena, &errors->values[i], &record))
            continue;
        if (says_the_same(&record, fresh)) {
            add_step(steps, true, NAME_SEND_ERROR, errors->values[i].bytes);
            continue;
        }
        staying++;
        const int64_t at = lk_record_time(&record, "at", 0);
        if (at < earliest) {
            earliest = at;
            oldest = errors->values[i].bytes;
        }
    }
    if (staying >= OUTBOX_UNKNOWN_MOST)
        add_step(steps, true, NAME_SEND_ERROR, oldest);
}

static void delete_former_errors(struct outbox_steps *steps, struct lk_arena *arena,
                                 const struct directory_attribute *errors, const struct lk_record *fresh)
{
    if (strcmp(fresh->kind, OUTBOX_UNKNOWN) == 0)
        delete_of_no_kind(steps, arena, errors, fresh);
    else
        delete_kind(steps, arena, NAME_SEND_ERROR, errors, fresh->kind);
}

static void delete_token(struct outbox_steps *steps, const struct outbox_entry *entry, const char *token)
{
    if (token != NULL && outbox_holds(&entry->tokens, token))
        add_step(steps, true, NAME_TOKEN, token);
}

struct outbox_steps outbox_steps_sent(struct lk_arena *arena, const struct outbox_entry *entry, const char *value,
                                      const char *kind, int64_t now)
{
    struct outbox_steps steps = outbox_steps_dropped(entry, value, NULL);
    const struct sent sent = { .kind = kind, .to = address_of(arena, value, strlen(value)), .now = now };
    delete_sent(&steps, arena, &entry->sents, &sent);
    delete_kind(&steps, arena, NAME_SEND_ERROR, &entry->errors, kind);
    add_step(&steps, false, NAME_SENT, outbox_sent(arena, kind, sent.to, now));
    return steps;
}

struct outbox_steps outbox_steps_refused(struct lk_arena *arena, const struct outbox_entry *entry, const char *value,
                                         const char *token, const char *error)
{
    struct lk_record record;
    struct outbox_steps steps = outbox_steps_dropped(entry, value, token);
    if (lk_record_parse(arena, error, strlen(error), &record) == LK_OK)
        delete_former_errors(&steps, arena, &entry->errors, &record);
    add_step(&steps, false, NAME_SEND_ERROR, error);
    return steps;
}

struct outbox_steps outbox_steps_dropped(const struct outbox_entry *entry, const char *value, const char *token)
{
    struct outbox_steps steps = { .count = 0 };
    add_step(&steps, true, NAME_SEND, value);
    delete_token(&steps, entry, token);
    return steps;
}

struct outbox_steps outbox_steps_swapped(const char *value, const char *new_value)
{
    struct outbox_steps steps = { .count = 0 };
    add_step(&steps, true, NAME_SEND, value);
    add_step(&steps, false, NAME_SEND, new_value);
    return steps;
}
