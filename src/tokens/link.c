/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/link.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/mail_address.h"
#include "base/record.h"
#include "tokens/digest.h"

#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <string.h>

/* Where each part stands in the bytes. */
enum link_part {
    AT_KEY = 0,
    AT_PURPOSE = 1,
    AT_EXPIRES = 2,
    AT_ACCOUNT = 6,
    AT_ADDRESS = 22,
    AT_NONCE = 30,
    AT_TAG = 38
};

_Static_assert(AT_TAG + KEY_RING_TAG_LEN == LINK_BYTES, "the parts fill the link");
_Static_assert(LK_BASE64URL_LEN(LINK_BYTES) == LINK_TEXT_LEN, "the text's length is that of the bytes");

static const char *const purpose_names[LINK_PURPOSES] = { "none",         "associate", "invite",   "reset",
                                                          "confirm",      "undo_tie",  "new_mail", "undo_mail",
                                                          "undo_account", "sign_up" };

static const bool undoes[LINK_PURPOSES] = {
    [LINK_UNDO_TIE] = true, [LINK_UNDO_MAIL] = true, [LINK_UNDO_ACCOUNT] = true
};

static bool is_purpose(unsigned purpose)
{
    return purpose > LINK_NONE && purpose < LINK_PURPOSES;
}

const char *link_purpose_name(enum link_purpose purpose)
{
    return purpose_names[is_purpose(purpose) ? purpose : LINK_NONE];
}

enum link_purpose link_purpose_named(const char *name)
{
    for (unsigned purpose = LINK_NONE + 1; purpose < LINK_PURPOSES; purpose++)
        if (strcmp(name, purpose_names[purpose]) == 0)
            return (enum link_purpose) purpose;
    return LINK_NONE;
}

bool link_purpose_undoes(enum link_purpose purpose)
{
    return is_purpose(purpose) && undoes[purpose];
}

bool link_purpose_leaves_token(enum link_purpose purpose)
{
    return is_purpose(purpose) && purpose != LINK_SIGN_UP;
}

/* ---- making ---- */

/* Zero, which fits no address, where it is not one that mail could have been sent to. */
static void address_digest(const struct key_ring *ring, uint8_t key, const char *mail, uint8_t digest_out[static 8])
{
    char folded[LK_MAIL_ADDRESS_MOST];
    uint8_t tag[KEY_RING_TAG_LEN];
    const size_t len = mail != NULL ? strlen(mail) : 0;
    memset(digest_out, 0, 8);
    if (len == 0 || len > sizeof folded)
        return;
    for (size_t i = 0; i < len; i++)
        folded[i] = (char) (mail[i] >= 'A' && mail[i] <= 'Z' ? mail[i] - 'A' + 'a' : mail[i]);
    if (key_ring_tag(ring, key, KEY_USE_ADDRESS, folded, len, tag) == LK_OK)
        memcpy(digest_out, tag, 8);
}

static uint32_t clamp_expires(int64_t expires)
{
    if (expires < 0)
        return 0;
    return expires > UINT32_MAX ? UINT32_MAX : (uint32_t) expires;
}

static enum lk_status make_bytes(const struct key_ring *ring, const struct link_claim *claim,
                                 uint8_t bytes[static LINK_BYTES])
{
    const uint32_t expires = clamp_expires(claim->expires);
    bytes[AT_KEY] = claim->key;
    bytes[AT_PURPOSE] = (uint8_t) claim->purpose;
    for (unsigned i = 0; i < 4; i++)
        bytes[AT_EXPIRES + i] = (uint8_t) (expires >> (24 - 8 * i));
    memcpy(bytes + AT_ACCOUNT, claim->account, sizeof claim->account);
    memcpy(bytes + AT_ADDRESS, claim->address, sizeof claim->address);
    memcpy(bytes + AT_NONCE, claim->nonce, sizeof claim->nonce);
    return key_ring_tag(ring, claim->key, KEY_USE_LINK, bytes, AT_TAG, bytes + AT_TAG);
}

enum lk_status link_write(const struct key_ring *ring, const struct link_claim *claim, char *text_out)
{
    uint8_t bytes[LINK_BYTES];
    const enum lk_status status = make_bytes(ring, claim, bytes);
    if (status == LK_OK)
        lk_base64url_encode(bytes, sizeof bytes, text_out);
    sodium_memzero(bytes, sizeof bytes);
    return status;
}

/* Programs that find the links in a text may take a "-" or "_" at the very end for punctuation. */
static bool ends_awkwardly(const uint8_t bytes[static LINK_BYTES])
{
    char text[LINK_TEXT_LEN + 1];
    lk_base64url_encode(bytes, LINK_BYTES, text);
    const char last = text[LINK_TEXT_LEN - 1];
    sodium_memzero(text, sizeof text);
    return last == '-' || last == '_';
}

static bool is_awkward(const struct key_ring *ring, const struct link_claim *claim)
{
    uint8_t bytes[LINK_BYTES];
    if (make_bytes(ring, claim, bytes) != LK_OK)
        return false;
    const bool is_awkward = ends_awkwardly(bytes) || token_digest_is_awkward(bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
    return is_awkward;
}

struct link_claim link_claim_new(const struct key_ring *ring, enum link_purpose purpose, int64_t expires,
                                 const uint8_t *account, const char *mail)
{
    struct link_claim claim = { .purpose = purpose, .expires = clamp_expires(expires), .key = key_ring_newest(ring) };
    if (account != NULL)
        memcpy(claim.account, account, sizeof claim.account);
    address_digest(ring, claim.key, mail, claim.address);
    do
        randombytes_buf(claim.nonce, sizeof claim.nonce);
    while (is_awkward(ring, &claim));
    return claim;
}

/* ---- reading ---- */

static struct link_claim read_bytes(const uint8_t bytes[static LINK_BYTES])
{
    struct link_claim claim = { .purpose = (enum link_purpose) bytes[AT_PURPOSE], .key = bytes[AT_KEY] };
    uint32_t expires = 0;
    for (unsigned i = 0; i < 4; i++)
        expires = expires << 8 | bytes[AT_EXPIRES + i];
    claim.expires = expires;
    memcpy(claim.account, bytes + AT_ACCOUNT, sizeof claim.account);
    memcpy(claim.address, bytes + AT_ADDRESS, sizeof claim.address);
    memcpy(claim.nonce, bytes + AT_NONCE, sizeof claim.nonce);
    return claim;
}

enum lk_status link_read(const struct key_ring *ring, const char *text, size_t len, int64_t now,
                         struct link_claim *claim_out)
{
    uint8_t bytes[LINK_BYTES];
    if (len != LINK_TEXT_LEN || lk_base64url_decode(text, len, bytes, sizeof bytes) != LK_OK)
        return LK_MALFORMED;
    if (!is_purpose(bytes[AT_PURPOSE]) || !key_ring_has(ring, bytes[AT_KEY]))
        return LK_MALFORMED;
    const struct link_claim claim = read_bytes(bytes);
    if (now >= claim.expires)
        return LK_ABSENT;
    if (key_ring_check(ring, bytes[AT_KEY], KEY_USE_LINK, bytes, AT_TAG, bytes + AT_TAG) != LK_OK)
        return LK_REFUSED;
    *claim_out = claim;
    return LK_OK;
}

bool link_is_for_any_account(const struct link_claim *claim)
{
    return sodium_is_zero(claim->account, sizeof claim->account) == 1;
}

bool link_was_sent_to(const struct key_ring *ring, const struct link_claim *claim, const char *mail)
{
    uint8_t digest[8];
    address_digest(ring, claim->key, mail, digest);
    return sodium_is_zero(digest, sizeof digest) == 0 && sodium_memcmp(digest, claim->address, sizeof digest) == 0;
}

/* ---- what the directory keeps ---- */

const char *link_token_value(const struct key_ring *ring, struct lk_arena *arena, const struct link_claim *claim)
{
    uint8_t bytes[LINK_BYTES];
    char digest[TOKEN_DIGEST_TEXT_LEN + 1];
    char until[LK_CLOCK_GENERALIZED_LEN + 1];
    char account[LK_UUID_TEXT_LEN + 1];
    if (make_bytes(ring, claim, bytes) != LK_OK)
        return NULL;
    token_digest_text(bytes, sizeof bytes, digest);
    sodium_memzero(bytes, sizeof bytes);
    lk_clock_generalized(clamp_expires(claim->expires), until);
    if (link_is_for_any_account(claim))
        return lk_arena_format(arena, "%s digest=%s until=%s", link_purpose_name(claim->purpose), digest, until);
    lk_uuid_format(claim->account, account);
    return lk_arena_format(arena, "%s digest=%s until=%s account=%s", link_purpose_name(claim->purpose), digest, until,
                           account);
}

enum lk_status link_token_read(struct lk_arena *arena, const char *value, size_t len, struct link_token *token_out)
{
    struct lk_record record;
    uint8_t digest[TOKEN_DIGEST_LEN];
    if (lk_record_parse(arena, value, len, &record) != LK_OK)
        return LK_MALFORMED;
    struct link_token token = { .purpose = link_purpose_named(record.kind),
                                .expires = lk_record_time(&record, "until", -1) };
    const char *written = lk_record_get(&record, "digest");
    /* No expiry is no token: it could never die. */
    if (token.purpose == LINK_NONE || token.expires < 0 || written == NULL ||
        lk_base64url_decode(written, strlen(written), digest, sizeof digest) != LK_OK)
        return LK_MALFORMED;
    const char *account = lk_record_get(&record, "account");
    token.has_account = account != NULL;
    if (account != NULL && lk_uuid_parse(account, strlen(account), token.account) != LK_OK)
        return LK_MALFORMED;
    *token_out = token;
    return LK_OK;
}
