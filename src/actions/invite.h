/* SPDX-License-Identifier: Apache-2.0 */
/* actions/invite.h - an invite is asked for, again, or called back (S2, S4, S16). The courier sends it. */
#ifndef LATCHKEY_ACTIONS_INVITE_H
#define LATCHKEY_ACTIONS_INVITE_H

#include "actions/acting.h"

enum invite_outcome {
    INVITE_TROUBLE = 0,
    INVITE_DONE,
    INVITE_UNDER_WAY, /* one is being sent at this moment: nothing was changed */
    INVITE_NO_ADDRESS,
    INVITE_GONE, /* the profile was removed meanwhile */
    INVITE_BUSY, /* it changes faster than it can be read */
    INVITE_DENIED,
    INVITE_TOO_SOON /* invite_oneself only: asked for too often. Nothing was changed */
};

/* Asks for an invite in place of any that wait or pause. Policy has been asked (POLICY_SEND_INVITE). */
enum invite_outcome send_invite(struct action_context *context, const struct acting *acting,
                                const struct profile *target);

/* The same for one's own profile, limited like the other letters that people ask for: by profile, by account, and by where from.
 * Only one that is really asked for counts. *wait_out is written for INVITE_TOO_SOON: seconds, at least 1. */
enum invite_outcome invite_oneself(struct action_context *context, const struct session *session,
                                   const struct acting *acting, int64_t *wait_out);

/* Takes out what waits, and what is being sent; then the links of invites, so that one that has left already is dead. Policy has
 * been asked (POLICY_CANCEL_INVITE). */
enum invite_outcome cancel_invite(struct action_context *context, const struct acting *acting,
                                  const struct profile *target);

/* Takes these lkToken values out, as the daemon, which alone may. Values that are gone already are fine. */
LK_MUST_CHECK enum lk_status end_links(struct action_context *context, const char *profile_dn,
                                       const struct directory_attribute *tokens);

#endif
