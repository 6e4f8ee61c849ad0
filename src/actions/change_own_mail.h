/* SPDX-License-Identifier: Apache-2.0 */
/* actions/change_own_mail.h - the address of one's own profile (S17).
 *
 * What somebody enters stands apart, in lkPendingMail, until its link is opened: nobody gets messages about a profile by a slip of the
 * pen. The address that the profile has is told in the same Modify; the link there drops the change, or puts the address back
 * (actions/undo_mail.h), as long as links.undo_lifetime lasts. The link to the new address is for the account that asked, and what it does is
 * one Modify: the address is replaced, and the outstanding links to the former one end with it.
 * An administrator's change is at once (actions/keep_profile.h); it drops what is pending. */
#ifndef LATCHKEY_ACTIONS_CHANGE_OWN_MAIL_H
#define LATCHKEY_ACTIONS_CHANGE_OWN_MAIL_H

#include "actions/acting.h"
#include "actions/link.h"

#define MAIL_CHANGES_MOST 5 /* begun within links.undo_lifetime: so often may we be made to write to an address */

enum change_mail_outcome {
    CHANGE_MAIL_TROUBLE = 0,
    CHANGE_MAIL_ASKED,      /* a link is on its way to the new address */
    CHANGE_MAIL_KEPT,       /* it is the address that the profile has: what was pending is dropped */
    CHANGE_MAIL_FAULTY,     /* `faults` */
    CHANGE_MAIL_NO_ADDRESS, /* the profile has none that could be told: administrators give it its first */
    CHANGE_MAIL_TOO_MANY,
    CHANGE_MAIL_GONE,
    CHANGE_MAIL_REFUSED
};

/* `faults_out` is a sum of enum profile_fault. Policy has been asked (POLICY_CHANGE_OWN_MAIL). */
enum change_mail_outcome change_own_mail(struct action_context *context, const struct session *session,
                                         const struct acting *acting, const char *mail, unsigned *faults_out);

struct new_mail_view {
    const char *token_value;
    const char *mail; /* the new one */
    struct profile profile;
    struct organization organization;
};

/* LINK_LIVE, LINK_USED, LINK_ALREADY (the profile has this address already), LINK_FOREIGN, LINK_REFUSED or LINK_TROUBLE. `claim` is
 * authentic and not expired, its purpose LINK_NEW_MAIL. Changes nothing. */
enum link_outcome open_new_mail(struct action_context *context, const struct session *session,
                                const struct link_claim *claim, struct new_mail_view *view_out);

enum link_outcome redeem_new_mail(struct action_context *context, const struct session *session,
                                  const struct link_claim *claim, struct new_mail_view *view_out);

#endif
