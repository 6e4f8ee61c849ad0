/* SPDX-License-Identifier: Apache-2.0 */
/* actions/sign_up_link.h - an account is made behind the link that was sent to its name (S7, S10).
 *
 * Nothing stands in the directory before that. The link is good for as many tries as it takes; the Add of the account is what uses it
 * up, so of all who try at once one makes it. The name counts as a confirmed address from then on: the entry's mail is the same. */
#ifndef LATCHKEY_ACTIONS_SIGN_UP_LINK_H
#define LATCHKEY_ACTIONS_SIGN_UP_LINK_H

#include "actions/link.h"
#include "actions/sign_up.h"
#include "actions/sign_up_offer.h"

/* LINK_LIVE; LINK_ALREADY: there is an account of that name by now; LINK_GARBAGE: `offer` is not what went with the link; LINK_REFUSED:
 * accounts.sign_up is off; LINK_TROUBLE. `claim` is authentic and not expired, its purpose LINK_SIGN_UP. Changes nothing. */
enum link_outcome open_sign_up(struct action_context *context, const struct link_claim *claim, const char *offer,
                               struct sign_up_offer *offer_out);

struct sign_up_by_link {
    struct sign_up_offer offer;
    enum sign_up_outcome outcome; /* on LINK_LIVE: SIGN_UP_DONE for one only */
    struct sign_up_result made;
};

/* As open_sign_up; LINK_ALREADY too if somebody was quicker. The form's name is not looked at: it is the offer's. */
enum link_outcome sign_up_by_link(struct action_context *context, const struct link_claim *claim, const char *offer,
                                  const struct sign_up_form *form, struct sign_up_by_link *result_out);

#endif
