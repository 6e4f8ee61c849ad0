/* SPDX-License-Identifier: Apache-2.0 */
/* actions/reset_password.h - a forgotten password, by a link to the account's confirmed address (S8).
 *
 * Asking puts one `lkSend: recover` on the decoy, whatever name was typed, and asks the directory nothing: the answer and its time
 * are the same for every name. The courier looks it up. Redeeming is one Modify on the account: the link's exact value out, the
 * new verifiers in, every session and every other link out (lesson 15). Of all who try with one link, one sets a password. */
#ifndef LATCHKEY_ACTIONS_RESET_PASSWORD_H
#define LATCHKEY_ACTIONS_RESET_PASSWORD_H

#include "actions/link.h"
#include "actions/new_password.h"

enum reset_ask_outcome {
    RESET_ASK_TROUBLE = 0,
    RESET_ASK_DONE,     /* if there is such an account, and it has a confirmed address, a message is on its way */
    RESET_ASK_CLOSED,   /* accounts.reset_by_link is off */
    RESET_ASK_TOO_SOON, /* from here (limits/limits.h): *wait_out says how many seconds to wait */
    RESET_ASK_TOO_MANY  /* more requests wait than are kept */
};

/* `name` is a tidied line, not empty. What one mailbox is sent is the courier's affair, and nobody is told of that. */
enum reset_ask_outcome ask_for_reset(struct action_context *context, const char *name, int64_t *wait_out);

struct reset_view {
    const char *token_value;
    struct account account; /* on LINK_LIVE */
};

/* LINK_LIVE, LINK_USED or LINK_TROUBLE. `claim` is authentic and not expired, its purpose LINK_RESET or LINK_UNDO_ACCOUNT: "this was
 * not me", which moreover closes what somebody else may have opened (new_password.h). Changes nothing. */
enum link_outcome open_reset(struct action_context *context, const struct link_claim *claim,
                             struct reset_view *view_out);

enum reset_outcome {
    RESET_TROUBLE = 0,
    RESET_DONE,
    RESET_USED,    /* the link: by somebody who was quicker */
    RESET_FAULTY,  /* the new password: `verdict` and `quality` say why; the link is still good */
    RESET_REFUSED, /* the directory does not take this password; the link is still good */
    RESET_BUSY
};

struct reset_result {
    struct reset_view view;
    enum new_password_verdict verdict;
    struct quality quality;
    enum directory_password_refusal refusal; /* on RESET_REFUSED */
};

enum reset_outcome reset_by_link(struct action_context *context, const struct link_claim *claim,
                                 const struct new_password_form *form, struct reset_result *result_out);

/* What new_password_write came to. */
enum reset_outcome reset_outcome_of(enum lk_status status);

#endif
