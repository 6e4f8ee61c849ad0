/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/encoding.h"
#include "base/mail_address.h"
#include "courier/errand_internal.h"
#include "courier/outbox.h"
#include "directory/names.h"
#include "logging/metrics.h"

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

/* Did this very `find` ask the profile before whoever had it died, so that the message has even been sent since? A second link
 * would end the first, which is in the person's hands. */
static bool was_sent_for_this(const struct errand *errand, const struct profile *profile)
{
    const int64_t lifetime = errand->worker->config->links_associate_lifetime;
    for (size_t i = 0; i < profile->tokens.count; i++) {
        const struct directory_value *value = &profile->tokens.values[i];
        struct link_token token;
        if (link_token_read(errand->worker->arena, value->bytes, value->len, &token) != LK_OK ||
            token.purpose != LINK_ASSOCIATE || token.expires - lifetime < errand->request.begun)
            continue;
        if (token.has_account && memcmp(token.account, errand->account.id, sizeof token.account) == 0)
            return true;
    }
    return false;
}

/* How many messages somebody asked for: those still waiting, and those sent within `time` (each has left a token). */
struct asked {
    int64_t by_all, by_this_account;
};

static bool is_waiting_associate(struct lk_arena *arena, const struct directory_value *value)
{
    struct outbox_request request;
    const char *name = NULL;
    return outbox_read(arena, value, &request, &name, NULL) == LK_OK && request.kind->purpose == LINK_ASSOCIATE;
}

static struct asked asked_within(const struct errand *errand, const struct profile *profile, int64_t time)
{
    struct lk_arena *arena = errand->worker->arena;
    const int64_t since = lk_clock_now() - time + errand->worker->config->links_associate_lifetime;
    struct asked asked = { .by_all = 0 };
    for (size_t i = 0; i < profile->sends.count; i++)
        asked.by_all += is_waiting_associate(arena, &profile->sends.values[i]);
    for (size_t i = 0; i < profile->tokens.count; i++) {
        const struct directory_value *value = &profile->tokens.values[i];
        struct link_token token;
        if (link_token_read(arena, value->bytes, value->len, &token) != LK_OK || token.purpose != LINK_ASSOCIATE ||
            token.expires <= since)
            continue;
        asked.by_all++;
        asked.by_this_account +=
            token.has_account && memcmp(token.account, errand->account.id, sizeof token.account) == 0;
    }
    return asked;
}

/* As the entry itself has it, so for every daemon. Nobody is told: whoever asked for an unknown address is not either. */
static bool has_had_enough(const struct errand *errand, const struct profile *profile)
{
    const struct config *config = errand->worker->config;
    const int64_t most = config->limits_mail_tries;
    const int64_t pause = config->limits_mail_pause;
    return most > 0 && (asked_within(errand, profile, pause).by_this_account > 0 ||
                        asked_within(errand, profile, pause * most).by_all >= most);
}

/* May the profile be sent a message because somebody typed its address? The one place for a limit on how often. */
static bool may_be_asked(const struct errand *errand, const struct profile *profile)
{
    const bool is_theirs = profile->account_dn != NULL && dn_equals(profile->account_dn, errand->account.dn);
    if (is_theirs || is_asked_already(errand, profile) || was_sent_for_this(errand, profile))
        return false;
    if (!has_had_enough(errand, profile))
        return true;
    metrics_count(METRIC_LIMITED, "profile", NULL);
    return false;
}

/* Adds an `associate` to the profile. That it is there already, or that the profile has gone, is as good. */
static enum lk_status ask(struct errand *errand, const struct profile *profile, const char *request)
{
    struct outbox_steps steps = { .count = 1, .items = { { .attribute = NAME_SEND, .value = request } } };
    const enum lk_status status = errand_apply(errand, profile->dn, &steps);
    return status == LK_ABSENT || status == LK_CONFLICT ? LK_OK : status;
}

static enum lk_status ask_each(struct errand *errand)
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

/* Where it is not known whether a profile was asked, the profiles are read anew: the message may be on its way already. */
enum lk_status errand_find(struct errand *errand)
{
    int64_t pause = ERRAND_FIRST_PAUSE;
    enum lk_status status = LK_BROKEN;
    do {
        status = ask_each(errand);
    } while ((status == LK_BROKEN || status == LK_BUSY) && errand_may_ask_again(errand, &pause));
    return status;
}
