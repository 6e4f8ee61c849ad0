/* SPDX-License-Identifier: Apache-2.0 */
/* web/pages/person.h - what the pages of one person share. */
#ifndef LATCHKEY_WEB_PAGES_PERSON_H
#define LATCHKEY_WEB_PAGES_PERSON_H

#include "web/pages/pages.h"

#include "actions/administrator_mark.h"
#include "actions/invite.h"

/* The person's page, with what the directory has in its form. */
void person_show(struct web_request *request, struct web_reply *reply, unsigned status, const struct acting *acting,
                 const struct profile *target);

/* To the person's page, which says what has been done. */
void person_redirect(struct web_request *request, struct web_reply *reply, const struct profile *target,
                     const char *done);

/* False for MARK_DONE. */
bool person_mark_answered(struct web_request *request, struct web_reply *reply, const struct acting *acting,
                          const struct profile *target, enum mark_outcome outcome);

/* False for INVITE_DONE. */
bool person_invite_answered(struct web_request *request, struct web_reply *reply, enum invite_outcome outcome,
                            const char *action);

#endif
