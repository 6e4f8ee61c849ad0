/* SPDX-License-Identifier: Apache-2.0 */
/* web/pages/account.h - what the pages below /account share. */
#ifndef LATCHKEY_WEB_PAGES_ACCOUNT_H
#define LATCHKEY_WEB_PAGES_ACCOUNT_H

#include "web/pages/pages.h"

#include "actions/own_account.h"

/* With which status is the form shown again? */
unsigned account_form_status(enum own_outcome outcome);

/* Answers what ends a request; what belongs beside the field `password_now` is put there. False: the form is to be shown again,
 * or it is done. */
bool account_answered(struct web_request *request, struct web_reply *reply, enum own_outcome outcome,
                      const char *action);

#endif
