/* SPDX-License-Identifier: Apache-2.0 */
#include "courier/outbox_record.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/unicode.h"
#include "courier/outbox.h"

#include <sodium/utils.h>
#include <string.h>

#define CLOCKS_DIFFER 3600 /* seconds by which two daemons' clocks may */
#define SHOWN_MOST    60   /* bytes of a value that is not understood, in the words about it */

/* What the courier itself writes into a record, besides what the kind asks. */
static const char *const OWN_FIELDS[] = { "claim",   "until", "key",   "nonce", "address",
                                          "expires", "begun", "tries", "after", "why" };

static const char *const SEAL_FIELDS[] = { "to", "since", "seal" };

static bool is_among(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

bool outbox_is_own_field(const char *name)
{
    return is_among(OWN_FIELDS, sizeof OWN_FIELDS / sizeof *OWN_FIELDS, name);
}

static bool is_asked(const struct outbox_kind *kind, const char *name)
{
    for (size_t i = 0; i < OUTBOX_ASKS_MOST; i++) {
        if (kind->asks[i].name != NULL && strcmp(kind->asks[i].name, name) == 0)
            return true;
    }
    return outbox_is_sealed(kind) && is_among(SEAL_FIELDS, sizeof SEAL_FIELDS / sizeof *SEAL_FIELDS, name);
}

/* The start of what somebody wrote, as far as it is one line. */
static const char *shown(struct lk_arena *arena, const char *text, size_t len)
{
    size_t most = len < SHOWN_MOST ? len : SHOWN_MOST;
    while (most > 0 && !lk_unicode_is_line(text, most))
        most--;
    return lk_arena_copy(arena, text, most);
}

static enum lk_status check_needed(const struct outbox_kind *kind, const struct lk_record *record, const char *name,
                                   struct lk_trouble *trouble)
{
    if (lk_record_get(record, name) != NULL)
        return LK_OK;
    return lk_fail(trouble, LK_MALFORMED, "not understood: a request of the kind %s needs the field %s", kind->name,
                   name);
}

static enum lk_status check_fields(struct lk_arena *arena, const struct outbox_kind *kind,
                                   const struct lk_record *record, struct lk_trouble *trouble)
{
    enum lk_status status = LK_OK;
    for (size_t i = 0; i < record->count; i++) {
        const char *name = record->fields[i].name;
        if (!outbox_is_own_field(name) && !is_asked(kind, name))
            return lk_fail(trouble, LK_MALFORMED, "not understood: a request of the kind %s has no field %s",
                           kind->name, shown(arena, name, strlen(name)));
    }
    for (size_t i = 0; status == LK_OK && i < OUTBOX_ASKS_MOST; i++) {
        if (kind->asks[i].is_needed)
            status = check_needed(kind, record, kind->asks[i].name, trouble);
    }
    for (size_t i = 0; status == LK_OK && outbox_is_sealed(kind) && i < sizeof SEAL_FIELDS / sizeof *SEAL_FIELDS; i++)
        status = check_needed(kind, record, SEAL_FIELDS[i], trouble);
    return status;
}

enum lk_status outbox_read(struct lk_arena *arena, const struct directory_value *value,
                           struct outbox_request *request_out, const char **name_out, struct lk_trouble *trouble)
{
    struct outbox_request request = { .value = value->bytes };
    *name_out = OUTBOX_UNKNOWN;
    if (lk_record_parse(arena, value->bytes, value->len, &request.record) != LK_OK)
        return lk_fail(trouble, LK_MALFORMED, "not understood: %s", shown(arena, value->bytes, value->len));
    request.kind = outbox_kind_named(request.record.kind);
    if (request.kind == NULL)
        return lk_fail(trouble, LK_MALFORMED, "not understood: there is no kind of message called %s",
                       shown(arena, request.record.kind, strlen(request.record.kind)));
    *name_out = request.kind->name;
    const enum lk_status status = check_fields(arena, request.kind, &request.record, trouble);
    if (status != LK_OK)
        return status;
    request.claimed_by = lk_record_get(&request.record, "claim");
    request.until = lk_record_time(&request.record, "until", 0);
    request.after = lk_record_time(&request.record, "after", 0);
    request.begun = lk_record_time(&request.record, "begun", 0);
    request.tries = lk_record_number(&request.record, "tries", 0);
    if (request.tries > OUTBOX_TRIES_MOST)
        request.tries = OUTBOX_TRIES_MOST;
    *request_out = request;
    return LK_OK;
}

int64_t outbox_due(const struct outbox_request *request, int64_t now)
{
    if (request->claimed_by == NULL)
        return request->after > now ? request->after : now;
    return request->until > now && request->until <= now + OUTBOX_LEASE_MOST + CLOCKS_DIFFER ? request->until : now;
}

/* ---- the link ---- */

static bool read_bytes(const struct lk_record *record, const char *name, uint8_t *bytes_out, size_t len)
{
    const char *text = lk_record_get(record, name);
    return text != NULL && lk_base64url_decode(text, strlen(text), bytes_out, len) == LK_OK;
}

enum lk_status outbox_link(const struct outbox_request *request, const uint8_t *account, struct link_claim *claim_out)
{
    struct link_claim claim = { .purpose = request->kind->purpose };
    const int64_t key = lk_record_number(&request->record, "key", 0);
    claim.expires = lk_record_time(&request->record, "expires", 0);
    if (claim.purpose == LINK_NONE || key < 1 || key > 255 || claim.expires <= 0 || claim.expires > UINT32_MAX)
        return LK_ABSENT;
    claim.key = (uint8_t) key;
    if (!read_bytes(&request->record, "nonce", claim.nonce, sizeof claim.nonce) ||
        !read_bytes(&request->record, "address", claim.address, sizeof claim.address))
        return LK_ABSENT;
    if (account != NULL)
        memcpy(claim.account, account, sizeof claim.account);
    *claim_out = claim;
    return LK_OK;
}

struct link_claim outbox_nonce(const struct outbox_request *request, const struct key_ring *ring, const char *mail)
{
    struct link_claim claim = link_claim_new(ring, LINK_NONE, 0, NULL, mail);
    uint8_t nonce[sizeof claim.nonce];
    if (read_bytes(&request->record, "nonce", nonce, sizeof nonce))
        memcpy(claim.nonce, nonce, sizeof nonce);
    return claim;
}

static bool is_end_taken(struct lk_arena *arena, const struct directory_attribute *tokens, enum link_purpose purpose,
                         int64_t expires)
{
    for (size_t i = 0; i < tokens->count; i++) {
        struct link_token token;
        if (link_token_read(arena, tokens->values[i].bytes, tokens->values[i].len, &token) == LK_OK &&
            token.purpose == purpose && token.expires == expires)
            return true;
    }
    return false;
}

int64_t outbox_expires(struct lk_arena *arena, const struct outbox_request *request, const struct config *config,
                       const struct directory_attribute *tokens, int64_t now)
{
    const enum link_purpose purpose = request->kind->purpose;
    const int64_t lifetime = outbox_lifetime(request->kind, config);
    if (!link_purpose_undoes(purpose))
        return now + lifetime;
    const int64_t since = lk_record_time(&request->record, "since", now);
    int64_t expires = (since <= now && now - since <= lifetime / 2 ? since : now) + lifetime;
    for (int i = 0; i < OUTBOX_TOKENS_MOST && is_end_taken(arena, tokens, purpose, expires); i++)
        expires++;
    return expires;
}

bool outbox_is_younger(const struct outbox_request *request, const struct config *config,
                       const struct link_claim *claim)
{
    const int64_t expires = lk_record_time(&request->record, "expires", 0);
    const int64_t made = claim->expires - outbox_lifetime(request->kind, config);
    return expires > 0 ? expires >= claim->expires : lk_record_time(&request->record, "since", 0) >= made;
}

bool outbox_link_is_good(const struct outbox_request *request, const struct link_claim *claim,
                         const struct config *config, const struct key_ring *ring, const char *mail, int64_t now)
{
    char text[LINK_TEXT_LEN + 1];
    const int64_t lifetime = outbox_lifetime(request->kind, config);
    const int64_t longest = lifetime + (link_purpose_undoes(request->kind->purpose) ? OUTBOX_TOKENS_MOST : 0);
    const int64_t left = claim->expires - now;
    /* Longer than we would give it: not of our making. Less than half: it would die in the reader's hands. */
    if (left > longest || left < lifetime / 2)
        return false;
    const bool is_ours = link_write(ring, claim, text) == LK_OK && link_was_sent_to(ring, claim, mail);
    sodium_memzero(text, sizeof text);
    return is_ours;
}

/* ---- values ---- */

static const char *written(struct lk_arena *arena, const struct lk_record *record)
{
    struct lk_text text = LK_TEXT(LK_RECORD_MOST);
    lk_record_write(record, &text);
    const char *value = lk_text_ok(&text) ? lk_arena_copy(arena, text.data, text.len) : NULL;
    lk_text_done(&text);
    return value;
}

static const char *time_text(struct lk_arena *arena, int64_t when)
{
    char text[LK_CLOCK_GENERALIZED_LEN + 1];
    lk_clock_generalized(when, text);
    return lk_arena_words(arena, text);
}

static const char *bytes_text(struct lk_arena *arena, const uint8_t *bytes, size_t len)
{
    char *text = lk_arena_alloc(arena, LK_BASE64URL_LEN(len) + 1);
    lk_base64url_encode(bytes, len, text);
    return text;
}

const char *outbox_claimed(struct lk_arena *arena, const struct outbox_request *request, const struct link_claim *claim,
                           const char *daemon, int64_t now, int64_t until)
{
    struct lk_record record = request->record;
    lk_record_set(&record, "after", NULL);
    lk_record_set(&record, "why", NULL);
    lk_record_set(&record, "begun", time_text(arena, request->begun > 0 ? request->begun : now));
    lk_record_set(&record, "tries", lk_arena_format(arena, "%lld", (long long) request->tries + 1));
    const bool has_link = claim != NULL && claim->purpose != LINK_NONE;
    if (has_link)
        lk_record_set(&record, "key", lk_arena_format(arena, "%u", claim->key));
    if (claim != NULL)
        lk_record_set(&record, "nonce", bytes_text(arena, claim->nonce, sizeof claim->nonce));
    if (has_link) {
        lk_record_set(&record, "address", bytes_text(arena, claim->address, sizeof claim->address));
        lk_record_set(&record, "expires", time_text(arena, claim->expires));
    }
    lk_record_set(&record, "claim", daemon);
    lk_record_set(&record, "until", time_text(arena, until));
    return written(arena, &record);
}

const char *outbox_deferred(struct lk_arena *arena, const struct outbox_request *claimed, int64_t after,
                            const char *why)
{
    struct lk_record record = claimed->record;
    lk_record_set(&record, "claim", NULL);
    lk_record_set(&record, "until", NULL);
    lk_record_set(&record, "after", time_text(arena, after));
    lk_record_set(&record, "why", outbox_cut(arena, why, OUTBOX_WORDS_MOST));
    return written(arena, &record);
}

const char *outbox_sent(struct lk_arena *arena, const char *kind, const char *to, int64_t now)
{
    struct lk_record record = { .kind = kind };
    lk_record_set(&record, "at", time_text(arena, now));
    lk_record_set(&record, "to", to);
    return written(arena, &record);
}

const char *outbox_error(struct lk_arena *arena, const char *kind, int64_t now, const char *words)
{
    struct lk_record record = { .kind = kind };
    lk_record_set(&record, "at", time_text(arena, now));
    lk_record_set(&record, "words", outbox_cut(arena, words, OUTBOX_WORDS_MOST));
    return written(arena, &record);
}

/* ---- pauses ---- */

int64_t outbox_pause(const struct config *config, int64_t tries, uint32_t chance)
{
    int64_t pause = config->courier_retry_first;
    for (int64_t i = 1; i < tries && pause < config->courier_retry_longest; i++)
        pause *= 2;
    if (pause > config->courier_retry_longest)
        pause = config->courier_retry_longest;
    /* -25 % to +25 %, in thousandths so that short pauses are spread too */
    const int64_t thousandths = 750 + (int64_t) ((uint64_t) chance * 501 >> 32);
    pause = (pause * thousandths + 500) / 1000;
    return pause < 1 ? 1 : pause;
}

bool outbox_is_given_up(const struct config *config, const struct outbox_request *request, int64_t now)
{
    return request->begun > 0 && now - request->begun >= config->courier_patience;
}
