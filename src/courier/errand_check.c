/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encoding.h"
#include "base/mail_address.h"
#include "courier/errand_internal.h"
#include "directory/filter.h"

#include <string.h>

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

static enum errand_verdict look_up_asker(struct errand *errand)
{
    struct worker *worker = errand->worker;
    const char *text = lk_record_get(&errand->request.record, "account");
    uint8_t id[LK_UUID_LEN];
    if (text == NULL)
        return ERRAND_SEND;
    if (lk_uuid_parse(text, strlen(text), id) != LK_OK)
        return refuse(errand, "not understood: the field account is not a UUID");
    const enum lk_status status =
        account_by_id(worker->directory, worker->config, worker->arena, id, &errand->account, &errand->trouble);
    return after_look_up(errand, status, "the account that asked is no longer there");
}

static enum errand_verdict look_up_organization(struct errand *errand)
{
    struct worker *worker = errand->worker;
    struct organization organization;
    const char *dn = NULL;
    enum lk_status status = dn_parent(worker->arena, errand->target.dn, &dn);
    if (status == LK_OK)
        status =
            organization_by_dn(worker->directory, worker->config, worker->arena, dn, &organization, &errand->trouble);
    if (status == LK_OK)
        errand->organization = organization.name;
    return after_look_up(errand, status, "the entry does not lie below an organisation");
}

static enum errand_verdict check_address(struct errand *errand, const char *mail)
{
    if (mail == NULL)
        return refuse(errand, "the entry has no e-mail address");
    if (!lk_mail_address_is_valid(mail, strlen(mail)))
        return refuse(errand, "the entry's e-mail address is not valid");
    errand->mail = mail;
    errand->name = errand->target.name;
    return ERRAND_SEND;
}

static enum errand_verdict check_profile(struct errand *errand)
{
    const struct target *target = &errand->target;
    if (!target->is_profile)
        return refuse(errand, "the entry is not a profile");
    enum errand_verdict verdict = look_up_asker(errand);
    if (verdict == ERRAND_SEND && errand->account.dn != NULL && target->account_dn != NULL &&
        dn_equals(target->account_dn, errand->account.dn))
        return ERRAND_UNNEEDED; /* asked for twice, opened once */
    if (verdict == ERRAND_SEND)
        verdict = check_address(errand, target->mail);
    if (verdict == ERRAND_SEND)
        verdict = look_up_organization(errand);
    return verdict;
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
    const enum errand_verdict verdict = after_look_up(errand, status, "the account cannot be read");
    if (verdict != ERRAND_SEND || !errand->request.kind->is_letter)
        return verdict;
    /* The address was confirmed or withdrawn meanwhile: nobody is waiting for this message. */
    return target->pending_mail == NULL ? ERRAND_UNNEEDED : check_address(errand, target->pending_mail);
}

/* What is said about an organisation goes to support. */
static enum errand_verdict check_organization(struct errand *errand)
{
    const struct config *config = errand->worker->config;
    if (!errand->target.is_organization)
        return refuse(errand, "the entry is not an organisation");
    if (*config->pages_support_address == '\0')
        return refuse(errand, "there is nobody to tell: pages.support_address is not set");
    errand->organization = errand->target.organization_name;
    errand->mail = config->pages_support_address;
    errand->name = *config->pages_support_name == '\0' ? NULL : config->pages_support_name;
    return ERRAND_SEND;
}

enum errand_verdict errand_check(struct errand *errand)
{
    switch (errand->request.kind->place) {
    case OUTBOX_ON_PROFILE: return check_profile(errand);
    case OUTBOX_ON_ACCOUNT: return check_account(errand);
    case OUTBOX_ON_ORGANIZATION: return check_organization(errand);
    case OUTBOX_ON_NOTHING: break;
    }
    return refuse(errand, "not understood: there is no place for it");
}
