/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that name an address, and the seal that lets nobody but our own actions write one. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/mail_address.h"
#include "courier/outbox.h"
#include "courier/outbox_record.h"

#include <sodium/utils.h>
#include <string.h>

#define SEAL_LEN      (1 + KEY_RING_TAG_LEN) /* the key's id, and the tag */
#define SEAL_TEXT_LEN LK_BASE64URL_LEN(SEAL_LEN)
#define CLOCKS_DIFFER 3600
#define DAY           (INT64_C(24) * 3600)

/* What is sealed: the entry, and all that the action wrote. What the courier writes beside it changes. */
static enum lk_status tag_of(const struct key_ring *ring, uint8_t key, const struct lk_record *record,
                             const uint8_t entry[static 16], uint8_t tag_out[static KEY_RING_TAG_LEN])
{
    struct lk_text text LK_CLEANUP(lk_text_done) = LK_TEXT(LK_RECORD_MOST + LK_UUID_TEXT_LEN + 1);
    struct lk_record sealed = { .kind = record->kind };
    char id[LK_UUID_TEXT_LEN + 1];
    for (size_t i = 0; i < record->count; i++) {
        const char *name = record->fields[i].name;
        if (!outbox_is_own_field(name) && strcmp(name, "seal") != 0)
            lk_record_set(&sealed, name, record->fields[i].value);
    }
    lk_uuid_format(entry, id);
    lk_text_words(&text, id);
    lk_text_literal(&text, " ");
    lk_record_write(&sealed, &text);
    if (!lk_text_ok(&text))
        return LK_MALFORMED;
    return key_ring_tag(ring, key, KEY_USE_SEAL, text.data, text.len, tag_out);
}

/* There is one decoy: requests that stand there are sealed before anybody has read its id. */
static const uint8_t DECOY[LK_UUID_LEN] = { 0 };

static void set_seal(struct lk_arena *arena, const struct key_ring *ring, const uint8_t entry[static 16],
                     struct lk_record *record)
{
    uint8_t seal[SEAL_LEN] = { key_ring_newest(ring) };
    char *text = lk_arena_alloc(arena, SEAL_TEXT_LEN + 1);
    if (tag_of(ring, seal[0], record, entry, seal + 1) != LK_OK)
        return; /* unsealed, it ends as lkSendError */
    lk_base64url_encode(seal, sizeof seal, text);
    lk_record_set(record, "seal", text);
}

const char *outbox_told(struct lk_arena *arena, const struct key_ring *ring, const struct outbox_told *told)
{
    struct lk_record record = { .kind = told->kind };
    char since[LK_CLOCK_GENERALIZED_LEN + 1];
    lk_clock_generalized(told->now, since);
    lk_record_set(&record, "to", told->to);
    lk_record_set(&record, "since", lk_arena_words(arena, since));
    if (told->account != NULL) {
        char id[LK_UUID_TEXT_LEN + 1];
        lk_uuid_format(told->account, id);
        lk_record_set(&record, "account", lk_arena_words(arena, id));
    }
    if (told->field != NULL && told->text != NULL)
        lk_record_set(&record, told->field, outbox_cut(arena, told->text, LK_MAIL_ADDRESS_MOST));
    set_seal(arena, ring, told->entry, &record);
    return outbox_written(arena, &record);
}

const char *outbox_sign_up(struct lk_arena *arena, const struct key_ring *ring, const struct outbox_sign_up *asked)
{
    struct lk_record record = { .kind = OUTBOX_SIGN_UP };
    char since[LK_CLOCK_GENERALIZED_LEN + 1];
    lk_clock_generalized(asked->now, since);
    lk_record_set(&record, "to", asked->to);
    lk_record_set(&record, "since", lk_arena_words(arena, since));
    lk_record_set(&record, OUTBOX_OFFER, asked->offer);
    lk_record_set(&record, "language", asked->language);
    set_seal(arena, ring, DECOY, &record);
    return outbox_written(arena, &record);
}

enum lk_status outbox_seal_check(const struct key_ring *ring, const struct config *config,
                                 const struct outbox_request *request, const uint8_t entry[static 16], int64_t now)
{
    const char *text = lk_record_get(&request->record, "seal");
    const int64_t since = lk_record_time(&request->record, "since", 0);
    const int64_t until = since + OUTBOX_SEAL_DAYS * DAY + config->courier_patience;
    const uint8_t *sealed_for = request->kind->place == OUTBOX_ON_DECOY ? DECOY : entry;
    uint8_t seal[SEAL_LEN], tag[KEY_RING_TAG_LEN];
    if (text == NULL || lk_base64url_decode(text, strlen(text), seal, sizeof seal) != LK_OK)
        return LK_REFUSED;
    if (since > now + CLOCKS_DIFFER || until <= now)
        return LK_REFUSED;
    if (tag_of(ring, seal[0], &request->record, sealed_for, tag) != LK_OK ||
        sodium_memcmp(tag, seal + 1, sizeof tag) != 0)
        return LK_REFUSED;
    return LK_OK;
}

/* ---- where such a letter went ---- */

static const char *address_in(struct lk_arena *arena, const struct directory_attribute *values, const char *kind,
                              const struct key_ring *ring, const struct link_claim *claim)
{
    for (size_t i = 0; i < values->count; i++) {
        struct lk_record record;
        if (lk_record_parse(arena, values->values[i].bytes, values->values[i].len, &record) != LK_OK ||
            strcmp(record.kind, kind) != 0)
            continue;
        const char *to = lk_record_get(&record, "to");
        if (to != NULL && link_was_sent_to(ring, claim, to) && lk_mail_address_is_valid(to, strlen(to)))
            return to;
    }
    return NULL;
}

const char *outbox_told_address(struct lk_arena *arena, const struct key_ring *ring, const char *kind,
                                const struct directory_attribute *sends, const struct directory_attribute *sents,
                                const struct link_claim *claim)
{
    const char *found = address_in(arena, sents, kind, ring, claim);
    return found != NULL ? found : address_in(arena, sends, kind, ring, claim);
}

size_t outbox_count(struct lk_arena *arena, const struct directory_attribute *sends, const char *kind)
{
    size_t count = 0;
    for (size_t i = 0; i < sends->count; i++) {
        struct lk_record record;
        count += lk_record_parse(arena, sends->values[i].bytes, sends->values[i].len, &record) == LK_OK &&
                 strcmp(record.kind, kind) == 0;
    }
    return count;
}
