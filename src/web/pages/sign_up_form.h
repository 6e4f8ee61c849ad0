/* SPDX-License-Identifier: Apache-2.0 */
/* web/pages/sign_up_form.h - what the two forms that make an account share: under a name of one's own, and behind a link. */
#ifndef LATCHKEY_WEB_PAGES_SIGN_UP_FORM_H
#define LATCHKEY_WEB_PAGES_SIGN_UP_FORM_H

#include "web/pages/pages.h"

#include "actions/sign_up.h"

/* All fields but the name and where the person was going, which one of the two has not. */
struct sign_up_form sign_up_form_read(const struct web_request *request);

/* {alternate_mail, question, …}: what was typed, so that nobody types it twice; never a password or an answer. */
struct view_data *sign_up_form_show(const struct web_request *request);

/* Beside the fields: what is wrong with them (a sum of enum sign_up_fault). */
void sign_up_form_refuse(const struct web_request *request, struct web_reply *reply, unsigned faults,
                         const struct quality *quality);

/* Answers what ends a request, for a form that made the account `name` or could not. False: SIGN_UP_REFUSED, SIGN_UP_NAME_TAKEN,
 * SIGN_UP_PASSWORD_REFUSED (which stands beside its field then),
 * SIGN_UP_TOO_MANY or SIGN_UP_ASKED, for which the caller's own page is to be shown. */
bool sign_up_form_answered(struct web_request *request, struct web_reply *reply, enum sign_up_outcome outcome,
                           const struct sign_up_result *result, const char *name, const char *onward);

#endif
