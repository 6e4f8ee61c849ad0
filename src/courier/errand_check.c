/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encoding.h"
#include "base/mail_address.h"
#include "courier/errand_internal.h"
#include "courier/outbox.h"
#include "directory/filter.h"
#include "directory/names.h"

#include <string.h>

#define ADMINISTRATORS_TRIED 20

enum errand_verdict errand_read(struct errand *errand, const struct schedule_item *item)
{
    struct worker *worker = errand->worker;
    const enum lk_status status =
        target_read(worker->directory, worker->config, worker->arena, item->dn, &errand->target, &errand->trouble);
    if (status != LK_OK)
        return status == LK_ABSENT || status == LK_MALFORMED ? ERRAND_GONE : ERRAND_LATER;
    const struct directory_attribute *sends = &errand->target.entry.sends;
    const size_t kept = item->len < SCHEDULE_VALUE_MOST ? item->len : SCHEDULE_VALUE_MOST;
    for (size_t i = 0; i < sends->count; i++) {
        if (sends->values[i].len == item->len && memcmp(sends->values[i].bytes, item->value, kept) == 0) {
            errand->value = sends->values[i];
            return ERRAND_SEND;
        }
    }
    return ERRAND_GONE;
}

static enum errand_verdict refuse(struct errand *errand, const char *words)
{
    (void) lk_fail(&errand->trouble, LK_REFUSED, "%s", words);
    return ERRAND_REFUSED;
}

/* LK_ABSENT and LK_CONFLICT have words of their own; everything else passes. */
static enum errand_verdict after_look_up(struct errand *errand, enum lk_status status, const char *words_if_absent)
{
    if (status == LK_OK)
        return ERRAND_SEND;
    if (status == LK_ABSENT || status == LK_CONFLICT || status == LK_MALFORMED)
        return refuse(errand, words_if_absent);
    return ERRAND_LATER;
}

/* Who has a profile now may be gone by the time that its former holder is told: the letter does without the name. */
static enum errand_verdict look_up_asker(struct errand *errand)
{
    struct worker *worker = errand->worker;
    const char *text = lk_record_get(&errand->request.record, "account");
    uint8_t *id = lk_arena_alloc(worker->arena, LK_UUID_LEN);
    if (text == NULL)
        return ERRAND_SEND;
    if (lk_uuid_parse(text, strlen(text), id) != LK_OK)
        return refuse(errand, "not understood: the field account is not a UUID");
    errand->link_account = id;
    const enum lk_status status =
        account_by_id(worker->directory, worker->config, worker->arena, id, &errand->account, &errand->trouble);
    if (status == LK_ABSENT && outbox_is_sealed(errand->request.kind))
        return ERRAND_SEND;
    return after_look_up(errand, status, "the account that asked is no longer there");
}

static enum errand_verdict look_up_organization(struct errand *errand, struct organization *organization_out)
{
    struct worker *worker = errand->worker;
    const char *dn = NULL;
    enum lk_status status = dn_parent(worker->arena, errand->target.dn, &dn);
    if (status == LK_OK)
        status = organization_by_dn(worker->directory, worker->config, worker->arena, dn, organization_out,
                                    &errand->trouble);
    if (status == LK_OK)
        errand->organization = organization_out->name;
    return after_look_up(errand, status, "the entry does not lie below an organisation");
}

/* ---- where it goes ---- */

static enum errand_verdict send_to(struct errand *errand, const char *mail, const char *name)
{
    if (mail == NULL)
        return refuse(errand, "the entry has no e-mail address");
    if (!lk_mail_address_is_valid(mail, strlen(mail)))
        return refuse(errand, "the entry's e-mail address is not valid");
    errand->mail = mail;
    errand->name = name;
    return ERRAND_SEND;
}

static enum errand_verdict send_to_support(struct errand *errand)
{
    const struct config *config = errand->worker->config;
    if (*config->pages_support_address == '\0')
        return refuse(errand, "there is nobody to tell: pages.support_address is not set");
    errand->mail = config->pages_support_address;
    errand->name = *config->pages_support_name == '\0' ? NULL : config->pages_support_name;
    errand->language = NULL;
    return ERRAND_SEND;
}

static enum errand_verdict send_to_sealed(struct errand *errand)
{
    const struct worker *worker = errand->worker;
    if (outbox_seal_check(worker->ring, worker->config, &errand->request, errand->target.unique, lk_clock_now()) !=
        LK_OK)
        return refuse(errand, "without this service's seal nobody may say where such a message goes");
    return send_to(errand, lk_record_get(&errand->request.record, "to"), errand->target.name);
}

/* The profile is told apart from its administrators: whoever holds it now may be what they are told of. LK_ABSENT: this one cannot
 * be written to. */
static enum lk_status try_administrator(struct errand *errand, const char *dn)
{
    struct worker *worker = errand->worker;
    struct profile profile;
    if (dn_equals(dn, errand->target.dn))
        return LK_ABSENT;
    const enum lk_status status =
        profile_by_dn(worker->directory, worker->config, worker->arena, dn, &profile, &errand->trouble);
    if (status != LK_OK)
        return status == LK_MALFORMED ? LK_ABSENT : status;
    if (profile.mail == NULL || !lk_mail_address_is_valid(profile.mail, strlen(profile.mail)))
        return LK_ABSENT;
    errand->mail = profile.mail;
    errand->name = profile.display_name;
    errand->language = profile.language;
    return LK_OK;
}

static enum errand_verdict send_to_administrator(struct errand *errand, const struct organization *organization)
{
    enum lk_status status = LK_ABSENT;
    if (organization->main_contact != NULL && organization_has_administrator(organization, organization->main_contact))
        status = try_administrator(errand, organization->main_contact);
    for (size_t i = 0; status == LK_ABSENT && i < organization->administrators.count && i < ADMINISTRATORS_TRIED; i++)
        status = try_administrator(errand, organization->administrators.values[i].bytes);
    if (status == LK_ABSENT)
        return send_to_support(errand);
    return status == LK_OK ? ERRAND_SEND : ERRAND_LATER;
}

/* The link of the last try is no longer on the entry, where the Modify that claimed the value had put it: it has been used, or was ended,
 * while the message waited. */
static bool has_lost_link(const struct errand *errand, struct link_claim *link_out)
{
    const struct worker *worker = errand->worker;
    if (outbox_link(&errand->request, errand->link_account, link_out) != LK_OK)
        return false;
    const char *token = link_token_value(worker->ring, worker->arena, link_out);
    return token != NULL && !outbox_holds(&errand->target.entry.tokens, token);
}

/* Whoever claimed such a message once more would bring a spent link to life again. Not so a link that has ended by its age or for another
 * address, which a fresh one follows; nor one that has given way to newer ones, of which the entry is full. */
static bool is_link_spent(const struct errand *errand)
{
    struct link_claim link;
    return link_purpose_leaves_token(errand->request.kind->purpose) &&
           errand->target.entry.tokens.count < OUTBOX_TOKENS_MOST && has_lost_link(errand, &link) &&
           link.expires > lk_clock_now() && link_was_sent_to(errand->worker->ring, &link, errand->mail);
}

static enum errand_verdict send_to_rescue(struct errand *errand)
{
    struct link_claim link;
    const char *mail = account_rescue_mail(&errand->account);
    if (has_lost_link(errand, &link)) /* also where the address is another by now: that has ended it */
        return ERRAND_UNNEEDED;
    if (errand->account.person_dn != NULL)
        return refuse(errand, "another directory keeps the account's password: it is changed there");
    return mail != NULL ? send_to(errand, mail, errand->target.name)
                        : refuse(errand, "the account has no confirmed e-mail address");
}

static enum errand_verdict choose_address(struct errand *errand, const struct organization *organization)
{
    const struct target *target = &errand->target;
    errand->language = target->language;
    switch (errand->request.kind->address) {
    case OUTBOX_TO_OWN: return send_to(errand, target->mail, target->name);
    case OUTBOX_TO_PENDING:
        /* The address was confirmed or withdrawn meanwhile: nobody is waiting for this message. */
        return target->pending_mail == NULL ? ERRAND_UNNEEDED : send_to(errand, target->pending_mail, target->name);
    case OUTBOX_TO_RESCUE: return send_to_rescue(errand);
    case OUTBOX_TO_SEALED: return send_to_sealed(errand);
    case OUTBOX_TO_ADMINISTRATOR:
        return organization == NULL ? send_to_support(errand) : send_to_administrator(errand, organization);
    case OUTBOX_TO_SUPPORT: return send_to_support(errand);
    case OUTBOX_TO_NOBODY: break;
    }
    return ERRAND_SEND;
}

/* ---- what it stands on ---- */

/* Asked for twice, opened once. */
static bool is_tied_already(const struct errand *errand)
{
    return errand->request.kind->purpose == LINK_ASSOCIATE && errand->account.dn != NULL &&
           errand->target.account_dn != NULL && dn_equals(errand->target.account_dn, errand->account.dn);
}

static enum errand_verdict check_profile(struct errand *errand)
{
    struct organization organization = { .dn = NULL };
    if (!errand->target.is_profile)
        return refuse(errand, "the entry is not a profile");
    enum errand_verdict verdict = look_up_asker(errand);
    if (verdict == ERRAND_SEND && is_tied_already(errand))
        return ERRAND_UNNEEDED;
    if (verdict == ERRAND_SEND)
        verdict = look_up_organization(errand, &organization);
    return verdict == ERRAND_SEND ? choose_address(errand, &organization) : verdict;
}

static enum errand_verdict check_account(struct errand *errand)
{
    struct worker *worker = errand->worker;
    const struct target *target = &errand->target;
    if (target->is_decoy)
        return ERRAND_UNNEEDED; /* asked on behalf of an account that does not exist */
    if (!target->is_account)
        return refuse(errand, "the entry is not an account");
    const enum lk_status status =
        account_by_dn(worker->directory, worker->config, worker->arena, target->dn, &errand->account, &errand->trouble);
    errand->link_account = errand->account.id;
    const enum errand_verdict verdict = after_look_up(errand, status, "the account cannot be read");
    return verdict == ERRAND_SEND ? choose_address(errand, NULL) : verdict;
}

/* Has the address become, or been all along, an account's name? Then that is what its owner is told. */
static enum errand_verdict look_up_name(struct errand *errand)
{
    struct worker *worker = errand->worker;
    const char *name = lk_record_get(&errand->request.record, "to");
    const enum lk_status status =
        account_by_name(worker->directory, worker->config, worker->arena, name, &errand->account, &errand->trouble);
    errand->is_known = status == LK_OK || status == LK_CONFLICT;
    const char *known = status == LK_OK ? errand->account.name : NULL;
    if (known != NULL && lk_mail_address_is_valid(known, strlen(known)))
        errand->mail = known; /* as the directory has it, not as somebody has typed it */
    return status == LK_BUSY || status == LK_BROKEN ? ERRAND_LATER : ERRAND_SEND;
}

static enum errand_verdict check_sign_up(struct errand *errand)
{
    if (!errand->worker->config->accounts_sign_up)
        return ERRAND_UNNEEDED; /* it has been switched off since */
    errand->account = (struct account){ .dn = NULL };
    enum errand_verdict verdict = send_to_sealed(errand);
    if (verdict == ERRAND_SEND)
        verdict = look_up_name(errand);
    errand->name = NULL;
    errand->language = errand->account.language != NULL ? errand->account.language
                                                        : lk_record_get(&errand->request.record, "language");
    return verdict;
}

static enum errand_verdict check_decoy(struct errand *errand)
{
    if (!errand->target.is_decoy)
        return refuse(errand, "the entry is not directory.decoy");
    return outbox_is_letter(errand->request.kind) ? check_sign_up(errand) : ERRAND_SEND;
}

static enum errand_verdict check_organization(struct errand *errand)
{
    if (!errand->target.is_organization)
        return refuse(errand, "the entry is not an organisation");
    errand->organization = errand->target.organization_name;
    return choose_address(errand, NULL);
}

static enum errand_verdict check_place(struct errand *errand)
{
    switch (errand->request.kind->place) {
    case OUTBOX_ON_PROFILE: return check_profile(errand);
    case OUTBOX_ON_ACCOUNT: return check_account(errand);
    case OUTBOX_ON_ORGANIZATION: return check_organization(errand);
    case OUTBOX_ON_DECOY: return check_decoy(errand);
    case OUTBOX_ON_NOTHING: break;
    }
    return refuse(errand, "not understood: there is no place for it");
}

static bool goes_to(const struct errand *errand, const char *mail)
{
    return mail != NULL && strcmp(mail, errand->mail) == 0;
}

bool errand_is_redirected(struct errand *errand)
{
    struct worker *worker = errand->worker;
    const enum outbox_address address = errand->request.kind->address;
    const char *attribute = address == OUTBOX_TO_OWN ? worker->config->directory_profile_mail : NAME_PENDING_MAIL;
    struct target now;
    if ((address != OUTBOX_TO_OWN && address != OUTBOX_TO_PENDING) ||
        goes_to(errand, directory_first(&errand->claimed, attribute)))
        return false;
    if (target_read(worker->directory, worker->config, worker->arena, errand->target.dn, &now, &errand->trouble) !=
        LK_OK)
        return false;
    return !goes_to(errand, address == OUTBOX_TO_OWN ? now.mail : now.pending_mail);
}

enum errand_verdict errand_check(struct errand *errand)
{
    const enum errand_verdict verdict = check_place(errand);
    errand->is_spent = verdict == ERRAND_SEND && is_link_spent(errand);
    /* Nobody needs the message any more; but a letter that tells of a change goes in any case. */
    return errand->is_spent && !link_purpose_undoes(errand->request.kind->purpose) ? ERRAND_UNNEEDED : verdict;
}
