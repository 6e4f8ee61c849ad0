/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/associate.h"

#include "actions/end_links.h"
#include "base/encoding.h"
#include "courier/outbox.h"
#include "directory/names.h"
#include "policy/policy.h"

#include <string.h>
#include <strings.h>

#define PROFILES_LOOKED_AT 100
#define TRIES_MOST         5

/* By who asks and from where. What one mailbox is sent is the courier's affair: here it could be used to keep somebody else
 * from asking. */
static enum lk_status take_token(struct action_context *context, const struct session *session, int64_t *wait_out)
{
    char id[LK_UUID_TEXT_LEN + 1];
    lk_uuid_format(session->account.id, id);
    const struct limits_subject subjects[] = {
        {LIMIT_MAIL_ACCOUNT,  id                     },
        { LIMIT_MAIL_ADDRESS, context->origin.address},
        { LIMIT_MAIL_NETWORK, context->origin.address}
    };
    return limits_take(context->limits, subjects, sizeof subjects / sizeof *subjects, wait_out);
}

enum ask_outcome ask_for_link(struct action_context *context, const struct session *session, const char *mail,
                              int64_t *wait_out)
{
    if (policy_ask(POLICY_ASK_FOR_LINK, FACT_SIGNED_IN) != POLICY_ALLOWED)
        return ASK_REFUSED;
    if (take_token(context, session, wait_out) != LK_OK)
        return ASK_TOO_SOON;
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_add(change, NAME_SEND, outbox_find(context->arena, mail));
    switch (directory_modify(context->directory, session->account.dn, change, &context->trouble)) {
    case LK_OK:
    case LK_CONFLICT: /* the same request is still waiting */ return ASK_DONE;
    case LK_REFUSED: /* the constraint overlay bounds how many may wait */ return ASK_TOO_MANY;
    case LK_ABSENT: return ASK_SIGNED_OUT;
    case LK_BUSY: return ASK_BUSY;
    case LK_MALFORMED:
    case LK_BROKEN: break;
    }
    return ASK_TROUBLE;
}

static enum link_tie tie_of(const struct profile *profile, const struct session *session)
{
    if (profile->account_dn == NULL)
        return LINK_TIED_TO_NONE;
    return dn_equals(profile->account_dn, session->account.dn) ? LINK_TIED_TO_ME : LINK_TIED_TO_ANOTHER;
}

/* The token is gone. If one of this account's own profiles has the address that the link went to, the person has most likely
 * clicked twice, and is better told so than sent away. */
static enum link_outcome already_or_used(struct action_context *context, const struct session *session,
                                         const struct link_claim *claim, struct link_view *view)
{
    struct profile *profiles = NULL;
    size_t count = 0;
    enum lk_status status =
        profiles_by_account(context->directory, context->config, context->arena, session->account.dn,
                            PROFILES_LOOKED_AT, &profiles, &count, NULL, &context->trouble);
    if (status != LK_OK)
        return LINK_TROUBLE;
    for (size_t i = 0; i < count; i++) {
        if (profiles[i].mail == NULL || !link_was_sent_to(context->ring, claim, profiles[i].mail))
            continue;
        view->profile = profiles[i];
        view->tie = LINK_TIED_TO_ME;
        return LINK_ALREADY;
    }
    return LINK_USED;
}

enum link_outcome open_association(struct action_context *context, const struct session *session,
                                   const struct link_claim *claim, struct link_view *view_out)
{
    *view_out = (struct link_view){ .token_value = NULL };
    if (!link_fits_account(claim, session))
        return LINK_FOREIGN;
    view_out->token_value = link_token_value(context->ring, context->arena, claim);
    enum lk_status status = profile_by_token(context->directory, context->config, context->arena, view_out->token_value,
                                             &view_out->profile, &context->trouble);
    if (status == LK_ABSENT)
        return already_or_used(context, session, claim, view_out);
    if (status != LK_OK)
        return LINK_TROUBLE;
    if (view_out->profile.mail == NULL || !link_was_sent_to(context->ring, claim, view_out->profile.mail))
        return LINK_USED;
    view_out->tie = tie_of(&view_out->profile, session);
    return LINK_LIVE;
}

/* ---- doing it ---- */

/* Whoever had the profile is told where the account has a confirmed address, and so is the profile's address, which is enough if they
 * are the same. */
static enum lk_status tell_of_move(struct action_context *context, const struct session *session,
                                   const struct profile *profile, struct directory_change *change)
{
    struct account former;
    const enum lk_status status = account_by_dn(context->directory, context->config, context->arena,
                                                profile->account_dn, &former, &context->trouble);
    if (status != LK_OK && status != LK_ABSENT)
        return status;
    struct outbox_told told = { .kind = OUTBOX_MOVED,
                                .entry = profile->id,
                                .to = profile->mail,
                                .account = session->account.id,
                                .now = context->now };
    if (status == LK_OK) {
        told.field = "former";
        told.text = former.name;
    }
    directory_change_add(change, NAME_SEND, outbox_told(context->arena, context->ring, &told));
    const char *confirmed = status == LK_OK ? account_rescue_mail(&former) : NULL;
    if (confirmed == NULL || strcasecmp(confirmed, profile->mail) == 0)
        return LK_OK;
    told.kind = OUTBOX_MOVED_AWAY;
    told.to = confirmed;
    directory_change_add(change, NAME_SEND, outbox_told(context->arena, context->ring, &told));
    return LK_OK;
}

/* The delete of the exact value is what makes the link work once; with it go the other links to this profile, and the letters of a
 * move come. */
static enum lk_status tie_profile(struct action_context *context, const struct session *session,
                                  const struct link_view *view)
{
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_delete(change, NAME_TOKEN, view->token_value);
    ends_links(change, context->arena, &view->profile, view->token_value);
    /* Whoever is told must be who has had it: not who had it a moment before. */
    if (view->profile.account_dn != NULL)
        directory_change_delete(change, NAME_ACCOUNT_DN, view->profile.account_dn);
    directory_change_replace(change, NAME_ACCOUNT_DN, session->account.dn);
    if (view->tie == LINK_TIED_TO_ANOTHER) {
        const enum lk_status status = tell_of_move(context, session, &view->profile, change);
        if (status != LK_OK)
            return status == LK_ABSENT ? LK_BROKEN : status;
    }
    return directory_modify(context->directory, view->profile.dn, change, &context->trouble);
}

/* open_association has proven each of these; policy is asked all the same, so that its table stays the one place. */
static bool may_redeem(void)
{
    const unsigned facts = FACT_SIGNED_IN | FACT_LINK_IS_LIVE | FACT_LINK_FITS_ACCOUNT | FACT_LINK_FITS_ADDRESS;
    return policy_ask(POLICY_REDEEM_LINK, facts) == POLICY_ALLOWED;
}

/* LK_ABSENT: somebody, perhaps this very person's second click, was first; or another link has gone meanwhile, and ours has not. */
enum link_outcome redeem_association(struct action_context *context, const struct session *session,
                                     const struct link_claim *claim, struct link_view *view_out)
{
    for (int i = 0; i < TRIES_MOST; i++) {
        const enum link_outcome outcome = open_association(context, session, claim, view_out);
        if (outcome != LINK_LIVE)
            return outcome;
        if (!may_redeem())
            return LINK_REFUSED;
        switch (tie_profile(context, session, view_out)) {
        case LK_OK: return LINK_LIVE;
        case LK_ABSENT:
        case LK_CONFLICT: continue;
        case LK_REFUSED:
            return LINK_REFUSED; /* an overlay or an ACL: for instance the account was removed a moment ago */
        case LK_MALFORMED:
        case LK_BUSY:
        case LK_BROKEN: return LINK_TROUBLE;
        }
    }
    return LINK_TROUBLE;
}
