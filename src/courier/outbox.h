/* SPDX-License-Identifier: Apache-2.0 */
/* courier/outbox.h - the grammar of lkSend, and its life.
 *
 *   lkSend: invite                                              anybody with the right to: please send
 *   lkSend: invite begun=TIME tries=1 key=1 nonce=… address=… expires=TIME claim=DAEMON until=TIME
 *                                                               claimed: being sent by DAEMON until TIME; after that anybody
 *                                                               may take it over
 *   lkSend: invite begun=TIME tries=2 key=1 nonce=… address=… expires=TIME after=TIME why="450 4.2.0 …"
 *                                                               deferred: not before TIME. (`invite after=TIME` alone is a
 *                                                               request too: please send, not before TIME.)
 *
 * key, nonce, address (a keyed digest of where it goes) and expires are all that the link follows from, so whoever sends it
 * again sends the same link under the same Message-ID. A link is made afresh only where the former one is no good: the
 * address has changed, its key has been retired, or half its life has gone by.
 *
 * Claiming is one Modify: the exact old value out, the claimed value in, the link's lkToken in, ended lkToken values and, for a
 * fresh request, earlier ones of the same purpose and account out. One of many daemons wins; the others see LK_ABSENT and go on.
 * The entry's own address (or lkPendingMail) is read once more when the claim stands: if it has been changed between the first look and the
 * claim, the value is deferred until now, for the new one. Whoever changes it later finds the claim there, and adds a request of his own.
 * When the mail server has accepted: one Modify: the claimed value out, `lkSent: KIND at=TIME` in place of the former of
 * that kind, former lkSendError of that kind out. Refused for good: the claimed value and its lkToken out,
 * `lkSendError: KIND at=TIME words=…` in place of the former of that kind. Nothing left to send (an `associate` for the account
 * that the profile is tied to by now; a link that was used or ended while its message waited, as when a daemon died between sending and
 * clearing): the value and its lkToken out, and nothing in. Where such a link is one that undoes, the letter goes all the same, and the
 * link in it stays ended.
 *
 * An entry keeps at most OUTBOX_TOKENS_MOST lkToken values: beyond that the ones of the same purpose that end first give way, or of
 * another where there is none; those of links that undo after all others, and the latest of them first.
 *
 * Kinds are a table (outbox.c), a row each:
 *   associate  on a profile: account=UUID (who asked, by id) name=… (who asked, as shown). Link for that account only.
 *   invite     on a profile: by=… optional. Link for any account.
 *   confirm    on an account: to the address in its lkPendingMail; link for that account only (LINK_CONFIRM); template
 *              letter/confirm.
 *   reset      on an account: to its confirmed alternate address, or to its name where that is a confirmed one; link that sets a
 *              new password, whoever opens it (LINK_RESET).
 *   account_changed  on an account, sealed: to=… since=TIME what=… seal=…: something that opens it has changed. Link that lets the
 *              owner of that address set the password and undo the change (LINK_UNDO_ACCOUNT).
 *   recover    on the decoy: name=… : not a letter; the account of that name gets a `reset`. Makes a page that asks for a name as
 *              quick for an unknown one.
 *   sign_up    on the decoy, sealed: to=… since=TIME offer=… language=… seal=…: somebody wants to make an account under that address
 *              (accounts.sign_up). Link that makes it (LINK_SIGN_UP), with `offer` behind it; if there is such an account by then,
 *              letter/sign_up_known goes there instead, without a link. Leaves no lkToken and no lkSent.
 *   find       on an account (or the decoy): address=… : not a letter; each profile with that address gets an `associate` for
 *              the account, at most OUTBOX_FIND_MOST. Makes a page that asks for an address as quick for an unknown one.
 *   administrator_gone  on an organisation: from=… (who says so) text=… (what they say). To pages.support_address, without a link.
 *   moved, moved_away  on a profile, sealed: to=… since=TIME account=UUID seal=… former=…: the profile has gone to that account.
 *              Link that cuts the tie (LINK_UNDO_TIE).
 *   new_mail   on a profile: account=UUID. To its lkPendingMail; link for that account only (LINK_NEW_MAIL).
 *   mail_changing  on a profile, sealed: to=… since=TIME account=UUID mail=… seal=…: its address is about to change. Link that
 *              keeps the former one, or puts it back (LINK_UNDO_MAIL).
 *   disputed   on a profile: what=tie or what=mail: to an administrator, after "this was not me". Without a link.
 * A sealed letter's lkSent says where it went: `lkSent: moved at=TIME to=ADDRESS`; there may be several of a kind.
 * A value that is none of these ends as `lkSendError: request at=TIME words=…`, in place of one with the same words only. */
#ifndef LATCHKEY_COURIER_OUTBOX_H
#define LATCHKEY_COURIER_OUTBOX_H

#include "base/arena.h"
#include "base/status.h"
#include "config/config.h"
#include "directory/people.h"
#include "tokens/link.h"

#include <stdbool.h>
#include <stdint.h>

#define OUTBOX_FIND_MOST   20
#define OUTBOX_NAME_MOST   256 /* bytes of an account's name that somebody typed */
#define OUTBOX_TOKENS_MOST 32
#define OUTBOX_TEXT_MOST   430 /* bytes of what somebody says: written %XX it still leaves room for the rest */

/* The values that the daemon's own actions add (in the arena), so that the grammar stands in one place. */
const char *outbox_find(struct lk_arena *arena, const char *address);
const char *outbox_associate(struct lk_arena *arena, const struct account *account);
const char *outbox_confirm(struct lk_arena *arena);
const char *outbox_reset(struct lk_arena *arena);
const char *outbox_recover(struct lk_arena *arena, const char *name);
const char *outbox_invite(struct lk_arena *arena, const char *by);

/* `offer` (actions/sign_up_offer.h) goes into the letter as it is; `language` is the page's. */
struct outbox_sign_up {
    const char *to, *offer, *language;
    int64_t now;
};

const char *outbox_sign_up(struct lk_arena *arena, const struct key_ring *ring, const struct outbox_sign_up *asked);
const char *outbox_administrator_gone(struct lk_arena *arena, const char *from, const char *text);

/* lkPendingMail of a profile is to be confirmed by the account that holds it. */
const char *outbox_new_mail(struct lk_arena *arena, const struct account *account);
/* "this was not me" has been said: `what` is "tie" or "mail". */
const char *outbox_disputed(struct lk_arena *arena, const char *what);
/* When the last one was sent (lkSent; 0: never). */
int64_t outbox_disputed_sent(struct lk_arena *arena, const struct directory_attribute *sents);

/* ---- letters that tell of a change, with "this was not me" ----
 *
 * Added by the Modify that makes the change, so that none is lost. They may go to an address that the entry does not have, or has no
 * longer; so that nobody can have us write to strangers by an ldapmodify, an action seals the request with the key ring, for this
 * entry, and the courier believes no other. */
#define OUTBOX_MOVED           "moved"         /* account=UUID, the new one's; former=…, the former one's name */
#define OUTBOX_MOVED_AWAY      "moved_away"    /* the same, to whoever had the profile before */
#define OUTBOX_MAIL_CHANGING   "mail_changing" /* account=UUID, whose holder wants it; mail=…, the new address */
#define OUTBOX_DISPUTED        "disputed"
/* what=password: a new one was set; what=answer: by the secret answer; what=address: the alternate address is another or none. */
#define OUTBOX_ACCOUNT_CHANGED "account_changed"

struct outbox_told {
    const char *kind;
    const uint8_t *entry; /* id of the entry that the value will stand on */
    const char *to;
    const uint8_t *account;   /* id; NULL: none */
    const char *field, *text; /* a further field that the kind may have; NULL: none */
    int64_t now;
};

const char *outbox_told(struct lk_arena *arena, const struct key_ring *ring, const struct outbox_told *told);

/* The address that a letter of this kind went to (or is going to), if it is the one that the link was sent to. NULL: no value
 * tells. The link vouches for it, whoever has written the value. */
const char *outbox_told_address(struct lk_arena *arena, const struct key_ring *ring, const char *kind,
                                const struct directory_attribute *sends, const struct directory_attribute *sents,
                                const struct link_claim *claim);

/* How many requests of a kind wait? */
size_t outbox_count(struct lk_arena *arena, const struct directory_attribute *sends, const char *kind);
/* Does an account's lkSend hold a `reset`? */
bool outbox_reset_waits(struct lk_arena *arena, const struct directory_attribute *sends);

/* Does an organisation's lkSend hold a request of that kind? And when was the last one sent (lkSent; 0: never)? */
bool outbox_administrator_gone_waits(struct lk_arena *arena, const struct directory_attribute *sends);
int64_t outbox_administrator_gone_sent(struct lk_arena *arena, const struct directory_attribute *sents);

#endif
