/* SPDX-License-Identifier: Apache-2.0 */
/* actions/invite_state.h - what has become of a profile's invite, as its entry tells it (lessons: queued, sent, deferred, refused
 * with the server's words, accepted, expired). A pure function over the entry and the time. */
#ifndef LATCHKEY_ACTIONS_INVITE_STATE_H
#define LATCHKEY_ACTIONS_INVITE_STATE_H

#include "base/arena.h"
#include "directory/people.h"

#include <stdint.h>

enum invite_state {
    INVITE_NONE = 0, /* never asked for */
    INVITE_QUEUED,   /* waiting to be taken up */
    INVITE_SENDING,  /* a daemon has it in hand */
    INVITE_DEFERRED, /* not before `when`; `words` say why, if somebody refused it for now */
    INVITE_REFUSED,  /* for good, at `when`, in the mail server's `words` */
    INVITE_SENT,     /* at `when`; its link works until `until` */
    INVITE_EXPIRED,  /* it was sent at `when`, and no link of it works any more */
    INVITE_ACCEPTED, /* an account holds the profile, and no further invite is on its way */
    INVITE_STATES
};

struct invite {
    enum invite_state state;
    int64_t when;  /* 0: not known */
    int64_t until; /* 0: not known */
    const char *words;
};

/* The first that holds, in this order: sending, queued, deferred; refused; sent; accepted; expired; none. What is asked for comes
 * before what was. */
struct invite invite_of(struct lk_arena *arena, const struct profile *profile, int64_t now);

/* "none", "queued", ... */
const char *invite_state_name(enum invite_state state);

/* May it still be called back: is it on its way, or its link alive? */
bool invite_is_open(const struct invite *invite);

#endif
