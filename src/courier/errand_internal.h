/* SPDX-License-Identifier: Apache-2.0 */
/* courier/errand_internal.h - one lkSend value in one worker's hands.
 *
 * errand.c leads it from claim to end; errand_check.c gathers what it needs and says what cannot be sent; errand_write.c
 * writes to the directory, come what may; errand_find.c carries out `find`, errand_recover.c `recover`. All strings live in the worker's arena. */
#ifndef LATCHKEY_COURIER_ERRAND_INTERNAL_H
#define LATCHKEY_COURIER_ERRAND_INTERNAL_H

#include "base/clock.h"
#include "courier/courier_internal.h"
#include "courier/outbox_record.h"
#include "courier/target.h"
#include "directory/people.h"

#include <stdbool.h>
#include <stdint.h>

struct errand {
    struct worker *worker;
    enum outage_pass pass;
    bool relay_was_asked;
    int64_t started; /* monotonic */
    struct target target;
    struct directory_value value;  /* as it stands on the entry: the request, and the claim once there is one */
    struct outbox_request request; /* what it says */
    const char *kind;              /* its name, also where it could not be understood */
    int64_t until;                 /* of our claim; 0: not claimed */
    struct account account;        /* who asked, or whose account it is; dn NULL: nobody */
    const uint8_t *link_account;   /* whose id the link carries; NULL: nobody's */
    const char *organization;
    const char *mail, *name; /* where it goes */
    const char *language;    /* of whoever reads it; NULL: not known */
    bool is_known;           /* somebody wants to sign up under the name of `account` */
    struct link_claim link;
    bool is_fresh;                  /* the link is new */
    bool is_spent;                  /* it was used, or ended, since the last try: it stays so */
    const char *token;              /* its lkToken; NULL: none */
    struct directory_entry claimed; /* the entry's addresses as our claim has left them; empty: not told */
    struct lk_trouble trouble;
};

/* ---- errand_check.c ---- */

enum errand_verdict {
    ERRAND_LATER = 0, /* the directory did not answer */
    ERRAND_SEND,
    ERRAND_REFUSED,  /* cannot be sent, ever: errand->trouble has the words for the administrator */
    ERRAND_UNNEEDED, /* there is nothing left to do */
    ERRAND_GONE      /* the value is no longer there */
};

/* Reads the entry anew and finds the value on it (its first bytes and its length). */
enum errand_verdict errand_read(struct errand *errand, const struct schedule_item *item);

/* Gathers organisation, account and address. */
enum errand_verdict errand_check(struct errand *errand);

/* Of a claimed value: was the entry's address another when the claim was written than when it was read before that? Whoever changes it
 * later finds the claim on the entry. Costs a read only where the claim's answer did not tell. */
bool errand_is_redirected(struct errand *errand);

/* ---- errand_write.c ---- */

/* One Modify. */
LK_MUST_CHECK enum lk_status errand_apply(struct errand *errand, const char *dn, const struct outbox_steps *steps);

/* The same on the entry itself; the answer's addresses go into errand->claimed. */
LK_MUST_CHECK enum lk_status errand_apply_claim(struct errand *errand, const struct outbox_steps *steps);

#define ERRAND_FIRST_PAUSE (200 * LK_CLOCK_MILLISECOND)

/* Waits before the directory is asked again; *pause grows. False: no longer, because our claim has run out or the courier
 * stops. */
LK_MUST_CHECK bool errand_may_ask_again(struct errand *errand, int64_t *pause);

/* As errand_apply, but as long as the directory does not answer it is asked again, until our claim runs out or the courier
 * stops. */
LK_MUST_CHECK enum lk_status errand_persist(struct errand *errand, const char *dn, const struct outbox_steps *steps);

/* The ends of a claimed (or refused without a claim) value. If the entry was changed meanwhile, or renamed, it is read again and
 * the step is made afresh. LK_ABSENT: the value has gone; that is an end too. */
LK_MUST_CHECK enum lk_status errand_write_sent(struct errand *errand);
LK_MUST_CHECK enum lk_status errand_write_refused(struct errand *errand, const char *words);
LK_MUST_CHECK enum lk_status errand_write_dropped(struct errand *errand);
LK_MUST_CHECK enum lk_status errand_write_deferred(struct errand *errand, int64_t after, const char *words);

/* ---- errand_find.c ---- */

LK_MUST_CHECK enum lk_status errand_find(struct errand *errand);

/* ---- errand_recover.c ---- */

LK_MUST_CHECK enum lk_status errand_recover(struct errand *errand);

#endif
