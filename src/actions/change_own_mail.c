/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/change_own_mail.h"

#include "actions/end_links.h"
#include "actions/keep_profile.h"
#include "courier/outbox.h"
#include "courier/outbox_record.h"
#include "directory/names.h"

#include <string.h>
#include <strings.h>

#define TRIES_MOST         5
#define PROFILES_LOOKED_AT 100

/* ---- asking ---- */

/* How many changes have been begun whose letter's link still lives, or is still to be sent? */
static size_t changes_begun(const struct action_context *context, const struct profile *profile)
{
    size_t count = outbox_count(context->arena, &profile->sends, OUTBOX_MAIL_CHANGING);
    for (size_t i = 0; i < profile->tokens.count; i++) {
        struct link_token token;
        count += link_token_read(context->arena, profile->tokens.values[i].bytes, profile->tokens.values[i].len,
                                 &token) == LK_OK &&
                 token.purpose == LINK_UNDO_MAIL && token.expires > context->now;
    }
    return count;
}

static bool is_mail(const char *one, const char *other)
{
    return one != NULL && strcasecmp(one, other) == 0;
}

static enum lk_status drop(struct action_context *context, const struct acting *acting, const struct profile *profile)
{
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_replace(change, NAME_PENDING_MAIL, NULL);
    return acting_modify(context, acting, profile->dn, change);
}

static enum lk_status ask(struct action_context *context, const struct session *session, const struct acting *acting,
                          const struct profile *profile, const char *mail)
{
    const char *request = outbox_new_mail(context->arena, &session->account);
    const struct outbox_told told = { .kind = OUTBOX_MAIL_CHANGING,
                                      .entry = profile->id,
                                      .to = profile->mail,
                                      .account = session->account.id,
                                      .field = "mail",
                                      .text = mail,
                                      .now = context->now };
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_replace(change, NAME_PENDING_MAIL, mail);
    if (outbox_holds(&profile->sends, request)) /* for a former address: if it is claimed meanwhile, we look again */
        directory_change_delete(change, NAME_SEND, request);
    directory_change_add(change, NAME_SEND, request);
    directory_change_add(change, NAME_SEND, outbox_told(context->arena, context->ring, &told));
    return acting_modify(context, acting, profile->dn, change);
}

/* LK_ABSENT, LK_CONFLICT: look again. */
static enum lk_status try_change(struct action_context *context, const struct session *session,
                                 const struct acting *acting, const struct profile *profile, const char *mail,
                                 enum change_mail_outcome *outcome)
{
    *outcome = CHANGE_MAIL_NO_ADDRESS;
    if (profile->mail == NULL)
        return LK_OK;
    *outcome = CHANGE_MAIL_KEPT;
    if (is_mail(profile->mail, mail))
        return profile->pending_mail == NULL ? LK_OK : drop(context, acting, profile);
    *outcome = CHANGE_MAIL_ASKED;
    if (is_mail(profile->pending_mail, mail) &&
        outbox_holds(&profile->sends, outbox_new_mail(context->arena, &session->account)))
        return LK_OK; /* pressed twice */
    *outcome = CHANGE_MAIL_TOO_MANY;
    if (changes_begun(context, profile) >= MAIL_CHANGES_MOST)
        return LK_OK;
    *outcome = CHANGE_MAIL_ASKED;
    return ask(context, session, acting, profile, mail);
}

enum change_mail_outcome change_own_mail(struct action_context *context, const struct session *session,
                                         const struct acting *acting, const char *mail, unsigned *faults_out)
{
    struct profile profile = acting->profile;
    enum change_mail_outcome outcome = CHANGE_MAIL_TROUBLE;
    if (profile_mail_faults(context, acting, mail, &profile, faults_out) != LK_OK)
        return CHANGE_MAIL_TROUBLE;
    if (*faults_out != 0)
        return CHANGE_MAIL_FAULTY;
    for (int i = 0; i < TRIES_MOST; i++) {
        enum lk_status status = try_change(context, session, acting, &profile, mail, &outcome);
        if (status == LK_OK)
            return outcome;
        if (status == LK_REFUSED)
            return CHANGE_MAIL_REFUSED;
        if (status != LK_ABSENT && status != LK_CONFLICT)
            return CHANGE_MAIL_TROUBLE;
        status = profile_by_id(context->directory, context->config, context->arena, acting->profile.id, &profile,
                               &context->trouble);
        if (status != LK_OK)
            return status == LK_ABSENT ? CHANGE_MAIL_GONE : CHANGE_MAIL_TROUBLE;
    }
    return CHANGE_MAIL_TROUBLE;
}

/* ---- confirming ---- */

/* The token is gone: perhaps because the link did its work. */
static enum link_outcome already_or_used(struct action_context *context, const struct session *session,
                                         const struct link_claim *claim, struct new_mail_view *view)
{
    struct profile *profiles = NULL;
    size_t count = 0;
    const enum lk_status status =
        profiles_by_account(context->directory, context->config, context->arena, session->account.dn,
                            PROFILES_LOOKED_AT, &profiles, &count, NULL, &context->trouble);
    if (status != LK_OK)
        return LINK_TROUBLE;
    for (size_t i = 0; i < count; i++) {
        if (profiles[i].mail == NULL || !link_was_sent_to(context->ring, claim, profiles[i].mail))
            continue;
        view->profile = profiles[i];
        view->mail = profiles[i].mail;
        return LINK_ALREADY;
    }
    return LINK_USED;
}

static enum link_outcome find_profile(struct action_context *context, const struct session *session,
                                      const struct link_claim *claim, struct new_mail_view *view)
{
    const enum lk_status status = profile_by_token(context->directory, context->config, context->arena,
                                                   view->token_value, &view->profile, &context->trouble);
    if (status == LK_ABSENT)
        return already_or_used(context, session, claim, view);
    if (status != LK_OK)
        return LINK_TROUBLE;
    view->mail = view->profile.pending_mail;
    const bool is_theirs = view->profile.account_dn != NULL && dn_equals(view->profile.account_dn, session->account.dn);
    return is_theirs && view->mail != NULL && link_was_sent_to(context->ring, claim, view->mail) ? LINK_LIVE
                                                                                                 : LINK_USED;
}

enum link_outcome open_new_mail(struct action_context *context, const struct session *session,
                                const struct link_claim *claim, struct new_mail_view *view_out)
{
    *view_out = (struct new_mail_view){ .token_value = link_token_value(context->ring, context->arena, claim) };
    if (link_is_for_any_account(claim) || !link_fits_account(claim, session))
        return LINK_FOREIGN;
    const enum link_outcome outcome = find_profile(context, session, claim, view_out);
    if (outcome != LINK_LIVE && outcome != LINK_ALREADY)
        return outcome;
    const enum lk_status status =
        organization_by_dn(context->directory, context->config, context->arena, view_out->profile.organization_dn,
                           &view_out->organization, &context->trouble);
    return status == LK_OK ? outcome : LINK_TROUBLE;
}

static enum lk_status replace_mail(struct action_context *context, const struct new_mail_view *view)
{
    const struct profile *profile = &view->profile;
    const char *attribute = context->config->directory_profile_mail;
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_delete(change, NAME_TOKEN, view->token_value);
    ends_links(change, context->arena, profile, view->token_value);
    directory_change_delete(change, NAME_PENDING_MAIL, profile->pending_mail);
    if (profile->mail != NULL)
        directory_change_delete(change, attribute, profile->mail);
    directory_change_add(change, attribute, view->mail);
    /* What was refused was refused for the former address. */
    for (size_t i = 0; i < profile->send_errors.count; i++)
        directory_change_delete(change, NAME_SEND_ERROR, profile->send_errors.values[i].bytes);
    return directory_modify(context->directory, profile->dn, change, &context->trouble);
}

enum link_outcome redeem_new_mail(struct action_context *context, const struct session *session,
                                  const struct link_claim *claim, struct new_mail_view *view_out)
{
    const unsigned facts = FACT_SIGNED_IN | FACT_LINK_IS_LIVE | FACT_LINK_FITS_ACCOUNT | FACT_LINK_FITS_ADDRESS;
    for (int i = 0; i < TRIES_MOST; i++) {
        const enum link_outcome outcome = open_new_mail(context, session, claim, view_out);
        if (outcome != LINK_LIVE)
            return outcome;
        if (policy_ask(POLICY_REDEEM_LINK, facts) != POLICY_ALLOWED)
            return LINK_REFUSED;
        const enum lk_status status = replace_mail(context, view_out);
        if (status == LK_OK)
            return LINK_LIVE;
        if (status == LK_REFUSED)
            return LINK_REFUSED;
        if (status != LK_ABSENT && status != LK_CONFLICT)
            return LINK_TROUBLE;
    }
    return LINK_TROUBLE;
}
