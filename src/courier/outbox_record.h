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
    OUTBOX_ON_ORGANIZATION
};

struct outbox_kind {
    const char *name;
    enum outbox_place place;
    bool is_letter;            /* false: something else is to be done */
    enum link_purpose purpose; /* of the letter's link; LINK_NONE: it has none */
    bool needs[2];             /* is the field of the same place in `asks` required? */
    const char *asks[2];       /* fields that a request of this kind may have; NULL: none */
    size_t lifetime;           /* of the link: where the setting stands in struct config */
};

/* NULL: no such kind. */
const struct outbox_kind *outbox_kind_named(const char *name);
int64_t outbox_lifetime(const struct outbox_kind *kind, const struct config *config);

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

/* When it may be worked on: at once, after its pause, or when its claim runs out. A claim that would last longer than any
 * daemon may claim for is nobody's. */
int64_t outbox_due(const struct outbox_request *request, int64_t now);

/* A letter without a link has only what its Message-ID is made of: the record's, or fresh. */
struct link_claim outbox_nonce(const struct outbox_request *request, const struct key_ring *ring, const char *mail);

/* The link that the record speaks of. LK_ABSENT: none yet, or not all of it can be read. */
LK_MUST_CHECK enum lk_status outbox_link(const struct outbox_request *request, const uint8_t *account,
                                         struct link_claim *claim_out);

/* Is that link still worth sending at `now`, to `mail`? */
bool outbox_link_is_good(const struct outbox_request *request, const struct link_claim *claim,
                         const struct config *config, const struct key_ring *ring, const char *mail, int64_t now);

/* ---- writing ---- */

/* The next value of lkSend. NULL: it would be longer than a value may be. `claim`: the letter's link, or what outbox_nonce gave;
 * NULL: not a letter. */
const char *outbox_claimed(struct lk_arena *arena, const struct outbox_request *request, const struct link_claim *claim,
                           const char *daemon, int64_t now, int64_t until);
const char *outbox_deferred(struct lk_arena *arena, const struct outbox_request *claimed, int64_t after,
                            const char *why);

/* Values of lkSent and lkSendError. `words` are cut at OUTBOX_WORDS_MOST bytes, at a whole character. */
#define OUTBOX_WORDS_MOST 200
const char *outbox_sent(struct lk_arena *arena, const char *kind, int64_t now);
const char *outbox_error(struct lk_arena *arena, const char *kind, int64_t now, const char *words);

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
