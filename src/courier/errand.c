/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "courier/errand_internal.h"
#include "courier/letter.h"
#include "logging/log.h"
#include "logging/metrics.h"

#include <sodium/utils.h>
#include <string.h>
#include <sys/random.h>

#define CLAIMS_MOST 8
#define SOON        2   /* seconds, after the directory has not answered */
#define MUCH_LATER  600 /* seconds, after the directory has said no */

/* ---- how it ended ---- */

static void report(struct errand *errand, const char *outcome, const char *words)
{
    const int64_t taken = lk_clock_monotonic() - errand->started;
    const bool is_letter = errand->request.kind == NULL || outbox_is_letter(errand->request.kind);
    if (is_letter) {
        metrics_count(METRIC_MESSAGES, errand->kind, outcome);
        metrics_observe(METRIC_MESSAGE_SECONDS, taken);
    }
    log_write(LOG_LEVEL_INFO, "message", log_text("kind", errand->kind), log_text("outcome", outcome),
              log_number("tries", errand->request.tries), log_number("ms", taken / LK_CLOCK_MILLISECOND),
              log_text("target", errand->target.id), log_text("words", words));
}

/* After the last write. What could not be noted is left to the end of our claim: until then the value is ours, then
 * whoever comes first takes it over. */
static int64_t after_write(struct errand *errand, enum lk_status status)
{
    if (status == LK_OK || status == LK_ABSENT)
        return 0;
    log_write(LOG_LEVEL_ERROR, "message", log_text("kind", errand->kind), log_text("outcome", "not noted"),
              log_text("target", errand->target.id), log_text("words", errand->trouble.words));
    if (errand->until > 0) {
        courier_remind(errand->worker->courier, errand->target.dn, errand->value.bytes, errand->until + 1);
        return 0;
    }
    return lk_clock_now() + (status == LK_REFUSED ? MUCH_LATER : SOON);
}

static int64_t refuse(struct errand *errand, const char *outcome, const char *words)
{
    report(errand, outcome, words);
    return after_write(errand, errand_write_refused(errand, words));
}

static int64_t drop(struct errand *errand, const char *outcome)
{
    report(errand, outcome, NULL);
    return after_write(errand, errand_write_dropped(errand));
}

static int64_t defer(struct errand *errand, const char *words)
{
    const struct config *config = errand->worker->config;
    const int64_t now = lk_clock_now();
    uint32_t chance = UINT32_MAX / 2;
    if (outbox_is_given_up(config, &errand->request, now))
        return refuse(errand, "given-up",
                      lk_arena_format(errand->worker->arena, "given up after %lld tries; the last: %s",
                                      (long long) errand->request.tries, words));
    (void) !getrandom(&chance, sizeof chance, 0);
    int64_t after = now + outbox_pause(config, errand->request.tries, chance);
    const int64_t end = errand->request.begun + config->courier_patience;
    if (after > end && end > now) /* one last try when patience ends */
        after = end;
    report(errand, "deferred", words);
    return after_write(errand, errand_write_deferred(errand, after, words));
}

/* ---- the claim ---- */

/* The link that goes with the request: the one that it had, or a fresh one. */
static void choose_link(struct errand *errand, int64_t now)
{
    const struct worker *worker = errand->worker;
    const struct outbox_kind *kind = errand->request.kind;
    const uint8_t *account = errand->link_account;
    if (kind->purpose == LINK_NONE) {
        errand->link = outbox_nonce(&errand->request, worker->ring, errand->mail);
        return;
    }
    const bool has_link = outbox_link(&errand->request, account, &errand->link) == LK_OK;
    errand->is_fresh =
        !errand->is_spent && (!has_link || !outbox_link_is_good(&errand->request, &errand->link, worker->config,
                                                                worker->ring, errand->mail, now));
    if (errand->is_fresh) {
        const int64_t expires =
            outbox_expires(worker->arena, &errand->request, worker->config, &errand->target.entry.tokens, now);
        errand->link = link_claim_new(worker->ring, kind->purpose, expires, account, errand->mail);
    }
    const bool leaves_token = link_purpose_leaves_token(kind->purpose) && !errand->is_spent;
    errand->token = leaves_token ? link_token_value(worker->ring, worker->arena, &errand->link) : NULL;
}

/* Our link's token stands on the entry now, which was read before that. */
static void note_token(struct errand *errand)
{
    struct directory_attribute *tokens = &errand->target.entry.tokens;
    if (errand->token == NULL || outbox_holds(tokens, errand->token))
        return;
    struct directory_value *values = lk_arena_array(errand->worker->arena, tokens->count + 1, sizeof *values);
    if (tokens->count > 0)
        memcpy(values, tokens->values, tokens->count * sizeof *values);
    values[tokens->count++] = (struct directory_value){ .bytes = errand->token, .len = strlen(errand->token) };
    tokens->values = values;
}

/* From now on the errand speaks of the claimed value. */
static enum lk_status become(struct errand *errand, const char *claimed, int64_t until)
{
    note_token(errand);
    errand->value = (struct directory_value){ .bytes = claimed, .len = strlen(claimed) };
    errand->until = until;
    return outbox_read(errand->worker->arena, &errand->value, &errand->request, &errand->kind, &errand->trouble);
}

/* One try at claiming. LK_ABSENT, LK_CONFLICT: the entry is not as it was read. */
static enum lk_status try_claim(struct errand *errand)
{
    struct worker *worker = errand->worker;
    const int64_t now = lk_clock_now();
    const int64_t until = now + worker->config->courier_lease;
    const bool is_letter = outbox_is_letter(errand->request.kind);
    if (is_letter)
        choose_link(errand, now);
    const char *claimed =
        outbox_claimed(worker->arena, &errand->request, is_letter ? &errand->link : NULL, worker->daemon, now, until);
    if (claimed == NULL)
        return lk_fail(&errand->trouble, LK_MALFORMED, "the request is too long");
    const struct outbox_steps steps = outbox_steps_claim(worker->arena, &errand->target.entry, errand->value.bytes,
                                                         claimed, errand->token, errand->is_fresh, now);
    const enum lk_status status = errand_apply_claim(errand, &steps);
    if (status == LK_OK)
        return become(errand, claimed, until);
    if (status == LK_BROKEN) /* perhaps it was carried out */
        courier_remind(worker->courier, errand->target.dn, claimed, until + 1);
    return status;
}

/* What stands on the entry and is due: reads it, checks it. ERRAND_LATER with *again_out > 0: not due yet. */
static enum errand_verdict look(struct errand *errand, const struct schedule_item *item, int64_t *again_out)
{
    enum errand_verdict verdict = errand_read(errand, item);
    if (verdict != ERRAND_SEND)
        return verdict;
    if (outbox_read(errand->worker->arena, &errand->value, &errand->request, &errand->kind, &errand->trouble) != LK_OK)
        return ERRAND_REFUSED;
    const int64_t now = lk_clock_now();
    const int64_t due = outbox_due(&errand->request, now);
    if (due > now) {
        *again_out = due;
        return ERRAND_LATER;
    }
    verdict = errand_check(errand);
    return verdict;
}

/* A value that ends without having been claimed by us takes the link of its last try with it. */
static void take_former_link(struct errand *errand)
{
    const uint8_t *account = errand->link_account;
    if (errand->token == NULL && errand->request.kind != NULL &&
        outbox_link(&errand->request, account, &errand->link) == LK_OK)
        errand->token = link_token_value(errand->worker->ring, errand->worker->arena, &errand->link);
}

/* ERRAND_SEND: the value is ours. */
static enum errand_verdict claim(struct errand *errand, const struct schedule_item *item, int64_t *again_out)
{
    for (int i = 0; i < CLAIMS_MOST; i++) {
        const enum errand_verdict verdict = look(errand, item, again_out);
        if (verdict != ERRAND_SEND)
            return verdict;
        switch (try_claim(errand)) {
        case LK_OK: return ERRAND_SEND;
        case LK_MALFORMED: return ERRAND_REFUSED;
        case LK_ABSENT:
        case LK_CONFLICT: continue; /* somebody was first, or a token has gone: look again */
        case LK_REFUSED:
            log_write(LOG_LEVEL_ERROR, "message", log_text("kind", errand->kind), log_text("outcome", "not claimed"),
                      log_text("target", errand->target.id), log_text("words", errand->trouble.words));
            *again_out = lk_clock_now() + MUCH_LATER;
            return ERRAND_LATER;
        case LK_BUSY:
        case LK_BROKEN: return ERRAND_LATER;
        }
    }
    return ERRAND_LATER;
}

/* ---- the letter ---- */

static enum lk_status write_letter(struct errand *errand, struct lk_text *message)
{
    const struct worker *worker = errand->worker;
    const bool has_link = errand->request.kind->purpose != LINK_NONE && !errand->is_known;
    char link[LINK_TEXT_LEN + 1];
    if (has_link && link_write(worker->ring, &errand->link, link) != LK_OK)
        return lk_fail(&errand->trouble, LK_BROKEN, "the link's key is not in the key ring");
    const struct letter letter = { .kind = errand->request.kind,
                                   .name_is_known = errand->is_known,
                                   .request = &errand->request.record,
                                   .link = has_link ? link : NULL,
                                   .to = errand->mail,
                                   .name = errand->name,
                                   .language = errand->language,
                                   .organization = errand->organization,
                                   .account = errand->account.name,
                                   .profile_name = errand->target.name,
                                   .profile_mail = errand->target.mail,
                                   .target = errand->target.id,
                                   .claim = &errand->link,
                                   .now = lk_clock_now() };
    const enum lk_status status = letter_write(worker->config, worker->views, &letter, message, &errand->trouble);
    sodium_memzero(link, sizeof link);
    return status;
}

static int64_t after_delivery(struct errand *errand, enum lk_status status)
{
    struct worker *worker = errand->worker;
    const bool answered = status == LK_OK || status == LK_REFUSED || delivery_was_answered(worker->delivery);
    errand->relay_was_asked = true;
    if (answered)
        courier_relay_answered(worker->courier);
    else
        courier_relay_failed(worker->courier, errand->pass);
    const char *words = lk_arena_words(worker->arena, errand->trouble.words);
    if (status == LK_OK) {
        report(errand, "sent", NULL);
        return after_write(errand, outbox_leaves_no_trace(errand->request.kind) ? errand_write_dropped(errand)
                                                                                : errand_write_sent(errand));
    }
    return status == LK_REFUSED ? refuse(errand, "refused", words) : defer(errand, words);
}

/* The claim holds a link to the former address: the next one is for the address that stands there now. */
static int64_t redirect(struct errand *errand)
{
    const char *words = "the address was changed";
    report(errand, "deferred", words);
    return after_write(errand, errand_write_deferred(errand, lk_clock_now(), words));
}

/* Until when (monotonic) the letter is to be handed over: courier.timeout, and not beyond our claim, or another would send it meanwhile.
 * A second less: of the present one it is not known how much has passed. */
static int64_t delivery_deadline(const struct errand *errand)
{
    const int64_t claimed = errand->until - lk_clock_now() - 1;
    const int64_t timeout = errand->worker->config->courier_timeout;
    return lk_clock_monotonic() + (claimed < timeout ? claimed : timeout) * LK_CLOCK_SECOND;
}

static int64_t send_letter(struct errand *errand)
{
    struct worker *worker = errand->worker;
    if (errand_is_redirected(errand))
        return redirect(errand);
    struct lk_text message LK_CLEANUP(lk_text_done) = LK_TEXT(LETTER_MOST);
    const enum lk_status written = write_letter(errand, &message);
    const char *words = lk_arena_words(worker->arena, errand->trouble.words);
    if (written == LK_MALFORMED)
        return refuse(errand, "refused", words);
    if (written != LK_OK)
        return defer(errand, words);
    return after_delivery(errand, delivery_send(worker->delivery, worker->config->courier_from, errand->mail, &message,
                                                delivery_deadline(errand), &errand->trouble));
}

/* What is no letter. */
static int64_t look_up(struct errand *errand)
{
    const bool is_recovery = errand->request.kind->place == OUTBOX_ON_DECOY;
    const enum lk_status status = is_recovery ? errand_recover(errand) : errand_find(errand);
    if (status == LK_OK)
        return drop(errand, "found");
    return defer(errand, lk_arena_words(errand->worker->arena, errand->trouble.words));
}

/* ---- all of it ---- */

static int64_t run(struct errand *errand, const struct schedule_item *item)
{
    int64_t again = 0;
    switch (claim(errand, item, &again)) {
    case ERRAND_SEND: return outbox_is_letter(errand->request.kind) ? send_letter(errand) : look_up(errand);
    case ERRAND_REFUSED:
        take_former_link(errand);
        return refuse(errand, "refused", lk_arena_words(errand->worker->arena, errand->trouble.words));
    case ERRAND_UNNEEDED: take_former_link(errand); return drop(errand, "unneeded");
    case ERRAND_GONE: return 0;
    case ERRAND_LATER: break;
    }
    if (again == 0) {
        (void) courier_pause(errand->worker->courier, LK_CLOCK_SECOND);
        again = lk_clock_now() + SOON;
    }
    return again;
}

int64_t errand_run(struct worker *worker, const struct schedule_item *item, enum outage_pass pass)
{
    struct errand errand = {
        .worker = worker,
        .pass = pass,
        .started = lk_clock_monotonic(),
        .kind = OUTBOX_UNKNOWN,
        .target = {.dn = item->dn, .id = item->dn}
    };
    const int64_t again = run(&errand, item);
    if (!errand.relay_was_asked)
        courier_relay_unused(worker->courier, pass);
    return again;
}
