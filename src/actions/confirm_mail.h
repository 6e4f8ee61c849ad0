/* SPDX-License-Identifier: Apache-2.0 */
/* actions/confirm_mail.h - an account's alternate address counts once its owner has opened the link sent to it (S7).
 *
 * Until then it stands in lkPendingMail and nothing but that one message goes to it. One Modify on the account spends the link
 * and moves the address. */
#ifndef LATCHKEY_ACTIONS_CONFIRM_MAIL_H
#define LATCHKEY_ACTIONS_CONFIRM_MAIL_H

#include "actions/context.h"
#include "actions/link.h"

struct confirm_view {
    const char *token_value;
    const char *mail;
};

/* LINK_LIVE, LINK_USED, LINK_ALREADY (it is the confirmed address already), LINK_FOREIGN or LINK_TROUBLE. `claim` is authentic
 * and not expired. Changes nothing. */
enum link_outcome open_confirmation(struct action_context *context, const struct session *session,
                                    const struct link_claim *claim, struct confirm_view *view_out);

enum link_outcome redeem_confirmation(struct action_context *context, const struct session *session,
                                      const struct link_claim *claim, struct confirm_view *view_out);

#endif
