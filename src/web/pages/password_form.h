/* SPDX-License-Identifier: Apache-2.0 */
/* web/pages/password_form.h - what is wrong with a new password, beside its fields `password` and `password_again`. */
#ifndef LATCHKEY_WEB_PAGES_PASSWORD_FORM_H
#define LATCHKEY_WEB_PAGES_PASSWORD_FORM_H

#include "web/pages/pages.h"

#include "actions/new_password.h"

void password_form_refuse(const struct web_request *request, struct web_reply *reply, const struct quality *quality);
void password_form_show(struct web_request *request, struct web_reply *reply, enum new_password_verdict verdict,
                        const struct quality *quality);

/* By the directory itself. */
void password_form_refused(struct web_request *request, struct web_reply *reply,
                           enum directory_password_refusal refusal);

#endif
