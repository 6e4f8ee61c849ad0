/* SPDX-License-Identifier: Apache-2.0 */
/* web/pages/link_steps.h - what each purpose of a link shows (GET, changes nothing) and does (POST). A row of link.c each. */
#ifndef LATCHKEY_WEB_PAGES_LINK_STEPS_H
#define LATCHKEY_WEB_PAGES_LINK_STEPS_H

#include "web/pages/pages.h"

#include "actions/link.h"

typedef void link_step(struct web_request *request, struct web_reply *reply, const char *token,
                       const struct link_claim *claim);

link_step link_show_new_mail, link_redeem_new_mail;
link_step link_show_reset;   /* its form goes to /reset/link */
link_step link_show_sign_up; /* to /signup/link */
link_step link_show_undo_tie, link_redeem_undo_tie;
link_step link_show_undo_mail, link_redeem_undo_mail;

/* The page for a link that does nothing, or 503 for LINK_TROUBLE. */
void link_show_dead(struct web_request *request, struct web_reply *reply, enum link_outcome outcome);

#endif
