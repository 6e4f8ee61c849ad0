/* SPDX-License-Identifier: Apache-2.0 */
/* actions/associate.h - the tie from a profile to an account (S1, S2, S14).
 *
 * Asking puts one `lkSend: find` on the account and asks the directory nothing else, so that the answer and its time are the same
 * whether or not anybody has the address; the courier looks it up. Redeeming is one Modify on the profile. */
#ifndef LATCHKEY_ACTIONS_ASSOCIATE_H
#define LATCHKEY_ACTIONS_ASSOCIATE_H

#include "actions/context.h"
#include "actions/link.h"

enum ask_outcome {
    ASK_TROUBLE = 0,
    ASK_DONE,     /* if somebody has the address, a message is on its way */
    ASK_TOO_SOON, /* too many were asked for; *wait_out says for how many seconds */
    ASK_TOO_MANY, /* the account has too many requests waiting */
    ASK_SIGNED_OUT,
    ASK_REFUSED,
    ASK_BUSY /* the directory is */
};

/* `mail` is a valid address. What is over the limit is told where it is the asker's own (account, address, network); what one
 * mailbox has had too much of is not: the courier leaves it out in silence. */
enum ask_outcome ask_for_link(struct action_context *context, const struct session *session, const char *mail,
                              int64_t *wait_out);

enum link_tie {
    LINK_TIED_TO_NONE = 0,
    LINK_TIED_TO_ME,
    LINK_TIED_TO_ANOTHER
};

struct link_view {
    const char *token_value;
    struct profile profile; /* on LINK_LIVE and LINK_ALREADY */
    enum link_tie tie;
};

/* What would it do for this account? `claim` is authentic and not expired, its purpose LINK_ASSOCIATE or LINK_INVITE. Changes
 * nothing. */
enum link_outcome open_association(struct action_context *context, const struct session *session,
                                   const struct link_claim *claim, struct link_view *view_out);

/* Does it: of all who try, one is told LINK_LIVE. */
enum link_outcome redeem_association(struct action_context *context, const struct session *session,
                                     const struct link_claim *claim, struct link_view *view_out);

#endif
