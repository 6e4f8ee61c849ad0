/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "courier/errand_internal.h"
#include "courier/outbox.h"
#include "directory/names.h"
#include "logging/metrics.h"

/* One such link is alive at a time, and its end tells when it was made. */
static bool was_sent_since(const struct errand *errand, const struct account *account, int64_t since)
{
    const int64_t lifetime = errand->worker->config->links_reset_lifetime;
    for (size_t i = 0; i < account->tokens.count; i++) {
        struct link_token token;
        const struct directory_value *value = &account->tokens.values[i];
        if (link_token_read(errand->worker->arena, value->bytes, value->len, &token) == LK_OK &&
            token.purpose == LINK_RESET && token.expires - lifetime >= since)
            return true;
    }
    return false;
}

/* As the entry itself has it, so for every daemon. Nobody is told: whoever asked for an unknown name is not either. */
static bool has_had_enough(const struct errand *errand, const struct account *account)
{
    const struct config *config = errand->worker->config;
    return config->limits_mail_tries > 0 && was_sent_since(errand, account, lk_clock_now() - config->limits_mail_pause);
}

/* May the account be sent a link because somebody typed its name? The one place for a limit on how often. Not if this very
 * `recover` asked the account before whoever had it died, so that the message has even been sent since. */
static bool may_be_reset(const struct errand *errand, const struct account *account)
{
    if (account->person_dn != NULL || account_rescue_mail(account) == NULL ||
        outbox_reset_waits(errand->worker->arena, &account->sends) ||
        was_sent_since(errand, account, errand->request.begun))
        return false;
    if (!has_had_enough(errand, account))
        return true;
    metrics_count(METRIC_LIMITED, "account", NULL);
    return false;
}

static enum lk_status ask(struct errand *errand)
{
    struct worker *worker = errand->worker;
    struct account account;
    enum lk_status status = account_by_name(worker->directory, worker->config, worker->arena,
                                            lk_record_get(&errand->request.record, "name"), &account, &errand->trouble);
    if (status == LK_ABSENT || status == LK_CONFLICT || status == LK_MALFORMED)
        return LK_OK; /* nobody has it */
    if (status != LK_OK || !may_be_reset(errand, &account))
        return status;
    const struct outbox_steps steps = { .count = 1,
                                        .items = { { .attribute = NAME_SEND, .value = outbox_reset(worker->arena) } } };
    status = errand_apply(errand, account.dn, &steps);
    return status == LK_ABSENT || status == LK_CONFLICT ? LK_OK : status;
}

enum lk_status errand_recover(struct errand *errand)
{
    int64_t pause = ERRAND_FIRST_PAUSE;
    enum lk_status status = LK_BROKEN;
    do {
        status = ask(errand);
    } while ((status == LK_BROKEN || status == LK_BUSY) && errand_may_ask_again(errand, &pause));
    return status;
}
