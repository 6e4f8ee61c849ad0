/* SPDX-License-Identifier: Apache-2.0 */
/* actions/undo_mail.h - "this was not me": somebody has entered another address for a profile, and whoever has the one that it had says
 * no (S17).
 *
 * Before the new address is confirmed, that drops the change; afterwards, the former address is put back, as long as the link works
 * (links.undo_lifetime). Which one that was the profile's lkSent tells, and the link itself vouches for it (courier/outbox.h). With it
 * end the other links to the profile, and the links of letters about later changes: or whoever has changed the address twice could put
 * theirs back. Those of earlier changes stay. The administrators are told in the same Modify. */
#ifndef LATCHKEY_ACTIONS_UNDO_MAIL_H
#define LATCHKEY_ACTIONS_UNDO_MAIL_H

#include "actions/context.h"
#include "actions/link.h"

struct undo_mail_view {
    const char *token_value;
    const char *mail;   /* the one that stays, or is put back */
    bool is_replaced;   /* it is another one by now; false: that waits to be confirmed */
    const char *wanted; /* that other one */
    struct profile profile;
    struct organization organization;
};

/* `claim` is authentic and not expired, its purpose LINK_UNDO_MAIL. Needs nobody signed in: having the mailbox is the proof.
 * LINK_LIVE, LINK_OVER, LINK_REFUSED or LINK_TROUBLE. Changes nothing. */
enum link_outcome open_undo_mail(struct action_context *context, const struct link_claim *claim,
                                 struct undo_mail_view *view_out);

enum link_outcome redeem_undo_mail(struct action_context *context, const struct link_claim *claim,
                                   struct undo_mail_view *view_out);

#endif
