/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/invite_state.h"

#include "base/record.h"
#include "courier/outbox_record.h"
#include "tokens/link.h"

#include <string.h>

#define INVITE "invite"

static const char *const names[INVITE_STATES] = {
    [INVITE_NONE] = "none",         [INVITE_QUEUED] = "queued",     [INVITE_SENDING] = "sending",
    [INVITE_DEFERRED] = "deferred", [INVITE_REFUSED] = "refused",   [INVITE_SENT] = "sent",
    [INVITE_EXPIRED] = "expired",   [INVITE_ACCEPTED] = "accepted",
};

/* Which of several requests is shown: the one that is furthest. */
static const unsigned char precedence[INVITE_STATES] = {
    [INVITE_DEFERRED] = 1,
    [INVITE_QUEUED] = 2,
    [INVITE_SENDING] = 3,
};

static struct invite state_of_request(const struct outbox_request *request, int64_t now)
{
    if (request->claimed_by != NULL)
        return (struct invite){ .state = request->until > now ? INVITE_SENDING : INVITE_QUEUED };
    if (request->after <= now)
        return (struct invite){ .state = INVITE_QUEUED };
    return (struct invite){ .state = INVITE_DEFERRED,
                            .when = request->after,
                            .words = lk_record_get(&request->record, "why") };
}

static bool find_request(struct lk_arena *arena, const struct directory_attribute *sends, int64_t now,
                         struct invite *invite_out)
{
    *invite_out = (struct invite){ .state = INVITE_NONE };
    for (size_t i = 0; i < sends->count; i++) {
        struct outbox_request request;
        const char *name = NULL;
        if (outbox_read(arena, &sends->values[i], &request, &name, NULL) != LK_OK ||
            strcmp(request.kind->name, INVITE) != 0)
            continue;
        const struct invite found = state_of_request(&request, now);
        if (precedence[found.state] > precedence[invite_out->state])
            *invite_out = found;
    }
    return invite_out->state != INVITE_NONE;
}

/* The value `invite at=TIME ...` of an attribute. */
static bool find_record(struct lk_arena *arena, const struct directory_attribute *values, struct lk_record *record_out)
{
    for (size_t i = 0; i < values->count; i++) {
        if (lk_record_parse(arena, values->values[i].bytes, values->values[i].len, record_out) == LK_OK &&
            strcmp(record_out->kind, INVITE) == 0)
            return true;
    }
    return false;
}

/* When the last link of an invite ends; 0: none is alive. */
static int64_t alive_until(struct lk_arena *arena, const struct directory_attribute *tokens, int64_t now)
{
    int64_t until = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        struct link_token token;
        if (link_token_read(arena, tokens->values[i].bytes, tokens->values[i].len, &token) == LK_OK &&
            token.purpose == LINK_INVITE && token.expires > now && token.expires > until)
            until = token.expires;
    }
    return until;
}

struct invite invite_of(struct lk_arena *arena, const struct profile *profile, int64_t now)
{
    struct invite invite;
    struct lk_record record;
    if (find_request(arena, &profile->sends, now, &invite))
        return invite;
    if (find_record(arena, &profile->send_errors, &record))
        return (struct invite){ .state = INVITE_REFUSED,
                                .when = lk_record_time(&record, "at", 0),
                                .words = lk_record_get(&record, "words") };
    const bool was_sent = find_record(arena, &profile->sents, &record);
    const int64_t when = was_sent ? lk_record_time(&record, "at", 0) : 0;
    const int64_t until = alive_until(arena, &profile->tokens, now);
    if (until > 0)
        return (struct invite){ .state = INVITE_SENT, .when = when, .until = until };
    if (profile->account_dn != NULL)
        return (struct invite){ .state = INVITE_ACCEPTED };
    return (struct invite){ .state = was_sent ? INVITE_EXPIRED : INVITE_NONE, .when = when };
}

const char *invite_state_name(enum invite_state state)
{
    return state < INVITE_STATES ? names[state] : names[INVITE_NONE];
}

bool invite_is_open(const struct invite *invite)
{
    return invite->state == INVITE_QUEUED || invite->state == INVITE_SENDING || invite->state == INVITE_DEFERRED ||
           invite->state == INVITE_SENT;
}
