/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/invite.h"

#include "base/encoding.h"
#include "courier/outbox.h"
#include "courier/outbox_record.h"
#include "directory/names.h"
#include "tokens/link.h"

#include <string.h>

#define READS_MOST 5

static bool is_invite(struct lk_arena *arena, const struct directory_value *value, struct outbox_request *request_out)
{
    const char *name = NULL;
    return outbox_read(arena, value, request_out, &name, NULL) == LK_OK && request_out->kind->purpose == LINK_INVITE;
}

static enum invite_outcome outcome_of(enum lk_status status)
{
    switch (status) {
    case LK_OK: return INVITE_DONE;
    case LK_ABSENT: return INVITE_GONE;
    case LK_REFUSED: return INVITE_DENIED;
    case LK_BUSY:
    case LK_CONFLICT: return INVITE_BUSY;
    case LK_MALFORMED:
    case LK_BROKEN: break;
    }
    return INVITE_TROUBLE;
}

/* ---- asking ---- */

static bool is_under_way(struct action_context *context, const struct profile *target)
{
    for (size_t i = 0; i < target->sends.count; i++) {
        struct outbox_request request;
        if (is_invite(context->arena, &target->sends.values[i], &request) && request.claimed_by != NULL &&
            request.until > context->now)
            return true;
    }
    return false;
}

static enum lk_status ask_once(struct action_context *context, const struct acting *acting,
                               const struct profile *target)
{
    struct directory_change *change = directory_change_new(context->arena);
    for (size_t i = 0; i < target->sends.count; i++) {
        struct outbox_request request;
        if (is_invite(context->arena, &target->sends.values[i], &request))
            directory_change_delete(change, NAME_SEND, target->sends.values[i].bytes);
    }
    directory_change_add(change, NAME_SEND, outbox_invite(context->arena, acting->profile.display_name));
    return acting_modify(context, acting, target->dn, change);
}

enum invite_outcome send_invite(struct action_context *context, const struct acting *acting,
                                const struct profile *target)
{
    struct profile now = *target;
    for (int i = 0; i < READS_MOST; i++) {
        if (now.mail == NULL)
            return INVITE_NO_ADDRESS;
        if (is_under_way(context, &now))
            return INVITE_UNDER_WAY;
        enum lk_status status = ask_once(context, acting, &now);
        if (status != LK_ABSENT && status != LK_CONFLICT)
            return outcome_of(status);
        status = acting_read_again(context, acting, &now, &now);
        if (status != LK_OK)
            return outcome_of(status);
    }
    return INVITE_BUSY;
}

enum invite_outcome invite_oneself(struct action_context *context, const struct session *session,
                                   const struct acting *acting, int64_t *wait_out)
{
    char account[LK_UUID_TEXT_LEN + 1];
    char profile[LK_UUID_TEXT_LEN + 1];
    lk_uuid_format(session->account.id, account);
    lk_uuid_format(acting->profile.id, profile);
    const struct limits_subject subjects[] = {
        {LIMIT_MAIL_PROFILE,  profile                },
        { LIMIT_MAIL_ACCOUNT, account                },
        { LIMIT_MAIL_ADDRESS, context->origin.address},
        { LIMIT_MAIL_NETWORK, context->origin.address}
    };
    const size_t count = sizeof subjects / sizeof *subjects;
    if (limits_take(context->limits, subjects, count, wait_out) != LK_OK)
        return INVITE_TOO_SOON;
    const enum invite_outcome outcome = send_invite(context, acting, &acting->profile);
    if (outcome != INVITE_DONE)
        limits_give_back(context->limits, subjects, count);
    return outcome;
}

/* ---- calling back ---- */

static enum lk_status take_out_requests(struct action_context *context, const struct acting *acting,
                                        struct profile *target)
{
    struct directory_change *change = directory_change_new(context->arena);
    for (size_t i = 0; i < target->sends.count; i++) {
        struct outbox_request request;
        if (is_invite(context->arena, &target->sends.values[i], &request))
            directory_change_delete(change, NAME_SEND, target->sends.values[i].bytes);
    }
    return directory_change_is_empty(change) ? LK_OK : acting_modify(context, acting, target->dn, change);
}

enum lk_status end_links(struct action_context *context, const char *profile_dn,
                         const struct directory_attribute *tokens)
{
    for (size_t i = 0; i < tokens->count; i++) {
        struct directory_change *change = directory_change_new(context->arena);
        directory_change_delete(change, NAME_TOKEN, tokens->values[i].bytes);
        const enum lk_status status = directory_modify(context->directory, profile_dn, change, &context->trouble);
        if (status != LK_OK && status != LK_ABSENT)
            return status;
    }
    return LK_OK;
}

static enum lk_status end_invites(struct action_context *context, const struct profile *target)
{
    struct directory_value *values = lk_arena_array(context->arena, target->tokens.count, sizeof *values);
    struct directory_attribute invites = { .name = NAME_TOKEN, .values = values };
    for (size_t i = 0; i < target->tokens.count; i++) {
        struct link_token token;
        if (link_token_read(context->arena, target->tokens.values[i].bytes, target->tokens.values[i].len, &token) ==
                LK_OK &&
            token.purpose == LINK_INVITE)
            values[invites.count++] = target->tokens.values[i];
    }
    return end_links(context, target->dn, &invites);
}

/* Requests first: once they are gone, no daemon makes another link of them. So the links are read after that. */
enum invite_outcome cancel_invite(struct action_context *context, const struct acting *acting,
                                  const struct profile *target)
{
    struct profile now = *target;
    for (int i = 0; i < READS_MOST; i++) {
        const enum lk_status taken = take_out_requests(context, acting, &now);
        if (taken != LK_OK && taken != LK_ABSENT)
            return outcome_of(taken);
        const enum lk_status read = acting_read_again(context, acting, &now, &now);
        if (read != LK_OK)
            return outcome_of(read);
        if (taken == LK_OK)
            return outcome_of(end_invites(context, &now));
    }
    return INVITE_BUSY;
}
