/* SPDX-License-Identifier: Apache-2.0 */
/* tokens/link.h - the text behind every e-mailed URL, and the lkToken value it leaves in the directory.
 *
 * A link is 54 bytes, 72 characters of base64url:
 *
 *   key id 1 | purpose 1 | expires 4 (seconds, big endian) | account 16 | address 8 | nonce 8 | tag 16
 *
 * The tag authenticates all before it. `account` is the entryUUID of the only account that may redeem it, or zero: any.
 * `address` is a keyed digest of the e-mail address it was sent to: when the target's address changes, the link is dead
 * without anybody deleting anything. The directory keeps
 *
 *   lkToken: associate digest=<base64url of BLAKE2b-256 of the 54 bytes> until=<GeneralizedTime> account=<UUID>
 *
 * (account only where it is bound), which can be worked out from the link but not turned back into it. A link follows from
 * the key ring and its claim alone: a message that must be sent again carries the same link.
 * Threads: any; pure but for the key ring. */
#ifndef LATCHKEY_TOKENS_LINK_H
#define LATCHKEY_TOKENS_LINK_H

#include "base/arena.h"
#include "base/status.h"
#include "tokens/key_ring.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINK_BYTES    54
#define LINK_TEXT_LEN 72

enum link_purpose {
    LINK_NONE = 0,
    LINK_ASSOCIATE,
    LINK_INVITE,
    LINK_RESET,
    LINK_CONFIRM,
    LINK_UNDO_TIE,
    LINK_NEW_MAIL,
    LINK_UNDO_MAIL,
    LINK_UNDO_ACCOUNT,
    LINK_SIGN_UP,
    LINK_PURPOSES
};

/* "associate", "invite", ...; "none" for what is not one. And back: LINK_NONE if unknown. */
const char *link_purpose_name(enum link_purpose purpose);
enum link_purpose link_purpose_named(const char *name);

/* "This was not me": such a link undoes what its letter tells of. Whoever holds the mailbox may use it, without signing in, and
 * neither a newer link nor what ends the others ends it: or who has taken something would take that from its owner too. Its
 * `account` is not who may redeem it, but whom the change concerns. */
bool link_purpose_undoes(enum link_purpose purpose);

/* Does such a link leave its lkToken value on an entry? One to sign up with does not, for there is none yet: it works once because
 * an account's name is given once. */
bool link_purpose_leaves_token(enum link_purpose purpose);

struct link_claim {
    enum link_purpose purpose;
    int64_t expires;
    uint8_t account[16]; /* zero: any account */
    uint8_t address[8];
    uint8_t nonce[8];
    uint8_t key;
};

/* A claim with a fresh nonce, chosen so that the link ends in a letter or digit and its digest does not begin with "-", made with the newest
 * key. `account` may be NULL; `mail` is the address it will be sent to. */
struct link_claim link_claim_new(const struct key_ring *ring, enum link_purpose purpose, int64_t expires,
                                 const uint8_t *account, const char *mail);

/* The link's text and a NUL: text_out has LINK_TEXT_LEN + 1 characters. LK_ABSENT: the claim's key is no longer in the ring. */
LK_MUST_CHECK enum lk_status link_write(const struct key_ring *ring, const struct link_claim *claim, char *text_out);

/* Reads a stranger's text; costs microseconds and asks nobody.
 *   LK_OK         authentic and not expired
 *   LK_MALFORMED  not LINK_TEXT_LEN characters of base64url, or an unknown purpose or key
 *   LK_ABSENT     expired at `now`, as it says itself: whether that is authentic is not looked at, for it is dead either way
 *   LK_REFUSED    forged
 * claim_out is written for LK_OK only: nothing else is to be believed. */
LK_MUST_CHECK enum lk_status link_read(const struct key_ring *ring, const char *text, size_t len, int64_t now,
                                       struct link_claim *claim_out);

bool link_is_for_any_account(const struct link_claim *claim);

/* Was it sent to this address? (compared after ASCII case folding) */
bool link_was_sent_to(const struct key_ring *ring, const struct link_claim *claim, const char *mail);

/* The lkToken value, in the arena. NULL: the claim's key is no longer in the ring (not for a claim just made or read). */
const char *link_token_value(const struct key_ring *ring, struct lk_arena *arena, const struct link_claim *claim);

/* What a lkToken value found on an entry says; LK_MALFORMED if it is not one of ours. */
struct link_token {
    enum link_purpose purpose;
    int64_t expires;
    bool has_account;
    uint8_t account[16];
};
LK_MUST_CHECK enum lk_status link_token_read(struct lk_arena *arena, const char *value, size_t len,
                                             struct link_token *token_out);

#endif
