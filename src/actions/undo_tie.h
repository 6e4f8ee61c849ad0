/* SPDX-License-Identifier: Apache-2.0 */
/* actions/undo_tie.h - "this was not me": a profile has moved to another account, and somebody who was told says no (S16).
 *
 * The profile is then tied to none. Not to the former account again: its holder may have left, and the move be what the organisation
 * wanted; a letter to them must not give them what they have lost. Cutting is what everybody who is told may safely do; the
 * administrators are told in the same Modify, and invite whom they mean. What the move led to ends with it: the other links to the
 * profile, those still to be sent, and an address that waits to be confirmed.
 * The link undoes the very move that its letter tells of, no later one: of that one a letter tells too. */
#ifndef LATCHKEY_ACTIONS_UNDO_TIE_H
#define LATCHKEY_ACTIONS_UNDO_TIE_H

#include "actions/context.h"
#include "actions/link.h"

struct undo_tie_view {
    const char *token_value;
    struct profile profile;
    struct organization organization;
};

/* `claim` is authentic and not expired, its purpose LINK_UNDO_TIE. Needs nobody signed in: having the mailbox is the proof.
 * LINK_LIVE, LINK_OVER, LINK_REFUSED or LINK_TROUBLE. Changes nothing. */
enum link_outcome open_undo_tie(struct action_context *context, const struct link_claim *claim,
                                struct undo_tie_view *view_out);

enum link_outcome redeem_undo_tie(struct action_context *context, const struct link_claim *claim,
                                  struct undo_tie_view *view_out);

#endif
