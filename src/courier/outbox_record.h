/* SPDX-License-Identifier: Apache-2.0 */
/* courier/outbox_record.h - an lkSend value from one state of its life to the next (see courier/outbox.h).
 *
 * Pure functions: what is read, the time, and chance come in as arguments; what is to be written comes out as values and
 * steps. Everything lives in the arena given. */
#ifndef LATCHKEY_COURIER_OUTBOX_RECORD_H
#define LATCHKEY_COURIER_OUTBOX_RECORD_H

#include "base/arena.h"
#include "base/record.h"
#include "base/status.h"
#include "config/config.h"
#include "directory/directory.h"
#include "tokens/link.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- kinds ---- */

enum outbox_place {
    OUTBOX_ON_NOTHING = 0,
    OUTBOX_ON_PROFILE,
    OUTBOX_ON_ACCOUNT,
    OUTBOX_ON_ORGANIZATION,
    OUTBOX_ON_DECOY
};

/* Where a letter goes. */
enum outbox_address {
    OUTBOX_TO_NOBODY = 0,
    OUTBOX_TO_OWN,           /* the profile's address */
    OUTBOX_TO_PENDING,       /* lkPendingMail; without one nobody waits for it */
    OUTBOX_TO_RESCUE,        /* the account's confirmed one: account_rescue_mail */
    OUTBOX_TO_SEALED,        /* the request's `to`, under its seal */
    OUTBOX_TO_ADMINISTRATOR, /* one of the organisation's, its main contact first; without any, support */
    OUTBOX_TO_SUPPORT
};

#define OUTBOX_ASKS_MOST 2

#define OUTBOX_SIGN_UP "sign_up"
#define OUTBOX_OFFER   "offer"

struct outbox_kind {
    const char *name;
    enum outbox_place place;
    enum outbox_address address; /* OUTBOX_TO_NOBODY: not a letter; something else is to be done */
    enum link_purpose purpose;   /* of the letter's link; LINK_NONE: it has none */

    struct {
        const char *name; /* NULL: none */
        bool is_needed;
    } asks[OUTBOX_ASKS_MOST]; /* fields that a request of this kind may have, beside those of its seal */

    size_t lifetime; /* of the link: where the setting stands in struct config */
};

static inline bool outbox_is_letter(const struct outbox_kind *kind)
{
    return kind->address != OUTBOX_TO_NOBODY;
}

/* Is it gone without a trace once it has been sent? The decoy is nobody's, and does not keep who was written to. */
static inline bool outbox_leaves_no_trace(const struct outbox_kind *kind)
{
    return kind->place == OUTBOX_ON_DECOY;
}

/* Does a request of this kind name its address? Then it is sealed: besides what the kind asks it needs `to`, `since` and `seal`. */
static inline bool outbox_is_sealed(const struct outbox_kind *kind)
{
    return kind->address == OUTBOX_TO_SEALED;
}

/* NULL: no such kind. */
const struct outbox_kind *outbox_kind_named(const char *name);
int64_t outbox_lifetime(const struct outbox_kind *kind, const struct config *config);

/* Is it a field that the courier writes, and not whoever asks? */
bool outbox_is_own_field(const char *name);

/* ---- reading ---- */

#define OUTBOX_LEASE_MOST 3600 /* no daemon may claim for longer (courier.lease) */
#define OUTBOX_TRIES_MOST 100000

struct outbox_request {
    const char *value; /* as it stands on the entry */
    const struct outbox_kind *kind;
    struct lk_record record;
    const char *claimed_by; /* NULL: by nobody */
    int64_t until;          /* of the claim */
    int64_t after;          /* 0: at once */
    int64_t begun;          /* 0: not yet */
    int64_t tries;          /* made so far, those under way included */
};

/* LK_MALFORMED: not a request; `trouble` says why in words for the administrator, *name_out is what to call it ("request" where
 * not even a kind can be read). */
LK_MUST_CHECK enum lk_status outbox_read(struct lk_arena *arena, const struct directory_value *value,
                                         struct outbox_request *request_out, const char **name_out,
                                         struct lk_trouble *trouble);

/* Did an action of ours write the request, for the entry with this id (a kind whose place is the decoy: whatever it is), and not too
 * long ago? Whoever else may write lkSend cannot
 * make a request that names an address, and one that is copied from another entry or kept for later is worth nothing.
 * LK_REFUSED: no. */
#define OUTBOX_SEAL_DAYS 30 /* beyond courier.patience: so long may no courier run, and the letter still goes */
LK_MUST_CHECK enum lk_status outbox_seal_check(const struct key_ring *ring, const struct config *config,
                                               const struct outbox_request *request, const uint8_t entry[static 16],
                                               int64_t now);

/* When it may be worked on: at once, after its pause, or when its claim runs out. A claim that would last longer than any
 * daemon may claim for is nobody's. */
int64_t outbox_due(const struct outbox_request *request, int64_t now);

/* A letter without a link has only what its Message-ID is made of: the record's, or fresh. */
struct link_claim outbox_nonce(const struct outbox_request *request, const struct key_ring *ring, const char *mail);

/* The link that the record speaks of. LK_ABSENT: none yet, or not all of it can be read. */
LK_MUST_CHECK enum lk_status outbox_link(const struct outbox_request *request, const uint8_t *account,
                                         struct link_claim *claim_out);

/* When a fresh link ends that is made for the request at `now`, on an entry with these tokens. One that undoes something is as old as its
 * change, not as its letter, unless more than half of its life would be over by now; and none of them ends when another does, but up to
 * OUTBOX_TOKENS_MOST seconds later: so it tells whose change came first, in whatever order the letters go out after an outage. */
int64_t outbox_expires(struct lk_arena *arena, const struct outbox_request *request, const struct config *config,
                       const struct directory_attribute *tokens, int64_t now);

/* A letter with a link that undoes, still to be sent: is its link as young as `claim`, or will be? One that has been tried says when its
 * link ends. Any other counts from when it was asked for: when a link was made, its own change had been. */
bool outbox_is_younger(const struct outbox_request *request, const struct config *config,
                       const struct link_claim *claim);

/* Is that link still worth sending at `now`, to `mail`? */
bool outbox_link_is_good(const struct outbox_request *request, const struct link_claim *claim,
                         const struct config *config, const struct key_ring *ring, const char *mail, int64_t now);

/* ---- writing ---- */

/* A record as a value. Short, every field of it bounded. */
const char *outbox_written(struct lk_arena *arena, const struct lk_record *record);
/* A name or other text of at most `most` bytes, cut at a whole character. */
const char *outbox_cut(struct lk_arena *arena, const char *name, size_t most);

/* The next value of lkSend. NULL: it would be longer than a value may be. `claim`: the letter's link, or what outbox_nonce gave;
 * NULL: not a letter. */
const char *outbox_claimed(struct lk_arena *arena, const struct outbox_request *request, const struct link_claim *claim,
                           const char *daemon, int64_t now, int64_t until);
const char *outbox_deferred(struct lk_arena *arena, const struct outbox_request *claimed, int64_t after,
                            const char *why);

/* Values of lkSent and lkSendError. `to` (may be NULL) is where a sealed letter went. `words` are cut at OUTBOX_WORDS_MOST bytes, at a whole character. */
#define OUTBOX_WORDS_MOST 200
const char *outbox_sent(struct lk_arena *arena, const char *kind, const char *to, int64_t now);
const char *outbox_error(struct lk_arena *arena, const char *kind, int64_t now, const char *words);

/* The kind of an error about a value that has none of the table's. At most so many of them stand on an entry, and one more for each other
 * daemon that answers such a value in the same moment. */
#define OUTBOX_UNKNOWN      "request"
#define OUTBOX_UNKNOWN_MOST 8

/* ---- what one Modify changes ---- */

#define OUTBOX_STEPS_MOST 64

struct outbox_step {
    bool is_delete;
    const char *attribute;
    const char *value;
};

struct outbox_steps {
    size_t count;
    struct outbox_step items[OUTBOX_STEPS_MOST];
};

/* What the entry holds, as far as the outbox is concerned. */
struct outbox_entry {
    struct directory_attribute sends, tokens, sents, errors;
};

/* Claims `old_value` as `new_value`, with `token` (NULL: not a letter) on the entry. `is_fresh`: the link is new, and earlier
 * ones of its purpose and account end. */
struct outbox_steps outbox_steps_claim(struct lk_arena *arena, const struct outbox_entry *entry, const char *old_value,
                                       const char *new_value, const char *token, bool is_fresh, int64_t now);

/* The end of `value`: sent. */
struct outbox_steps outbox_steps_sent(struct lk_arena *arena, const struct outbox_entry *entry, const char *value,
                                      const char *kind, int64_t now);

/* The end of `value`: refused for good; `token` (may be NULL) goes with it. */
struct outbox_steps outbox_steps_refused(struct lk_arena *arena, const struct outbox_entry *entry, const char *value,
                                         const char *token, const char *error);

/* The end of `value`: nothing left to do; `token` (may be NULL) goes with it. */
struct outbox_steps outbox_steps_dropped(const struct outbox_entry *entry, const char *value, const char *token);

/* `value` becomes `new_value`. */
struct outbox_steps outbox_steps_swapped(const char *value, const char *new_value);

/* Does the attribute hold exactly this value? */
bool outbox_holds(const struct directory_attribute *attribute, const char *value);

/* ---- pauses ---- */

/* Seconds until the next try after `tries` tries: retry_first, doubled each time up to retry_longest, a quarter more or less
 * as `chance` (0 to UINT32_MAX) has it; never beyond the end of courier.patience. */
int64_t outbox_pause(const struct config *config, int64_t tries, uint32_t chance);

/* Has patience run out at `now`? */
bool outbox_is_given_up(const struct config *config, const struct outbox_request *request, int64_t now);

#endif
