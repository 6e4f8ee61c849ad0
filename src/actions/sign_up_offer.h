/* SPDX-License-Identifier: Apache-2.0 */
/* actions/sign_up_offer.h - what a link to sign up with is about: the address that will be the account's name, and where the person was
 * going. It goes from the form by the outbox into the letter, and comes back with the link; nobody else keeps it.
 *
 * Sealed with the key ring, so that no directory, mail program or log on the way reads an address or another link in it. It is good
 * only beside a link that was sent to the same address (link_was_sent_to). Pure but for the key ring. */
#ifndef LATCHKEY_ACTIONS_SIGN_UP_OFFER_H
#define LATCHKEY_ACTIONS_SIGN_UP_OFFER_H

#include "base/arena.h"
#include "base/status.h"
#include "tokens/key_ring.h"

struct sign_up_offer {
    const char *name;
    const char *onward; /* a path of ours, which whoever follows it must check; "": nowhere in particular */
};

#define SIGN_UP_OFFER_LEN_MOST KEY_RING_SEALED_LEN(KEY_RING_SEALED_MOST)

/* In the arena. A name and an onward path that are too long together go without the path. `name` has at most 254 bytes. */
const char *sign_up_offer_write(const struct key_ring *ring, struct lk_arena *arena, const struct sign_up_offer *offer);

/* LK_MALFORMED, LK_REFUSED: not ours. Its strings live in the arena. */
LK_MUST_CHECK enum lk_status sign_up_offer_read(const struct key_ring *ring, struct lk_arena *arena, const char *text,
                                                struct sign_up_offer *offer_out);

#endif
