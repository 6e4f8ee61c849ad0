/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encoding.h"
#include "base/mail_address.h"
#include "courier/errand_internal.h"
#include "courier/outbox.h"
#include "directory/names.h"

#include <string.h>

/* Does the profile already wait for a message to this account? */
static bool is_asked_already(const struct errand *errand, const struct profile *profile)
{
    char id[LK_UUID_TEXT_LEN + 1];
    lk_uuid_format(errand->account.id, id);
    for (size_t i = 0; i < profile->sends.count; i++) {
        struct outbox_request request;
        const char *name = NULL;
        if (outbox_read(errand->worker->arena, &profile->sends.values[i], &request, &name, NULL) != LK_OK)
            continue;
        const char *account = lk_record_get(&request.record, "account");
        if (request.kind->purpose == LINK_ASSOCIATE && account != NULL && strcmp(account, id) == 0)
            return true;
    }
    return false;
}

/* May the profile be sent a message because somebody typed its address? The one place for a limit on how often. */
static bool may_be_asked(const struct errand *errand, const struct profile *profile)
{
    const bool is_theirs = profile->account_dn != NULL && dn_equals(profile->account_dn, errand->account.dn);
    return !is_theirs && !is_asked_already(errand, profile);
}

/* Adds an `associate` to the profile. That it is there already, or that the profile has gone, is as good. */
static enum lk_status ask(struct errand *errand, const struct profile *profile, const char *request)
{
    struct outbox_steps steps = { .count = 1, .items = { { .attribute = NAME_SEND, .value = request } } };
    const enum lk_status status = errand_persist(errand, profile->dn, &steps);
    return status == LK_ABSENT || status == LK_CONFLICT ? LK_OK : status;
}

enum lk_status errand_find(struct errand *errand)
{
    struct worker *worker = errand->worker;
    const char *address = lk_record_get(&errand->request.record, "address");
    if (!lk_mail_address_is_valid(address, strlen(address)))
        return LK_OK; /* nobody has it */
    struct profile *profiles = NULL;
    size_t count = 0;
    enum lk_status status = profiles_by_mail(worker->directory, worker->config, worker->arena, address,
                                             OUTBOX_FIND_MOST, &profiles, &count, NULL, &errand->trouble);
    const char *request = outbox_associate(worker->arena, &errand->account);
    for (size_t i = 0; status == LK_OK && i < count; i++) {
        if (may_be_asked(errand, &profiles[i]))
            status = ask(errand, &profiles[i], request);
    }
    return status;
}
