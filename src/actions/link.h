/* SPDX-License-Identifier: Apache-2.0 */
/* actions/link.h - what can become of an e-mailed link, whatever its purpose. */
#ifndef LATCHKEY_ACTIONS_LINK_H
#define LATCHKEY_ACTIONS_LINK_H

#include "actions/context.h"
#include "tokens/link.h"

enum link_outcome {
    LINK_TROUBLE = 0,
    LINK_LIVE,
    LINK_GARBAGE, /* never was a link of ours, or is forged */
    LINK_EXPIRED,
    LINK_USED,    /* authentic, but spent, superseded, or sent to an address that has changed since */
    LINK_ALREADY, /* spent, and what it was for is done, for this account: nothing is left to do */
    LINK_OVER,    /* it was to undo something, and there is nothing left to undo */
    LINK_FOREIGN, /* it belongs to another account */
    LINK_REFUSED  /* policy or the directory says no */
};

/* Is it a link of ours? Pure, asks nobody: LINK_LIVE means authentic and not expired. LINK_EXPIRED writes claim_out too. */
enum link_outcome check_link(const struct action_context *context, const char *text, struct link_claim *claim_out);

/* May the account that is signed in redeem it? */
bool link_fits_account(const struct link_claim *claim, const struct session *session);

#endif
