/* SPDX-License-Identifier: Apache-2.0 */
/* web/pages/reset.h - what the ways to a new password share. */
#ifndef LATCHKEY_WEB_PAGES_RESET_H
#define LATCHKEY_WEB_PAGES_RESET_H

#include "web/pages/pages.h"

#include "actions/reset_password.h"

/* by_link, by_question: which ways are open. */
void reset_show_ways(const struct web_request *request, struct view_data *data);

/* Answers what ends a request; says beside the fields what is wrong with a password. False: RESET_FAULTY, RESET_REFUSED or
 * RESET_USED, for which the caller's own page is to be shown. */
bool reset_answered(struct web_request *request, struct web_reply *reply, enum reset_outcome outcome,
                    const struct reset_result *result);

#endif
