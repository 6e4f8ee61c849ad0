/* SPDX-License-Identifier: Apache-2.0 */
/* web/pages/profile_form.h - the form with a person's data, as administrators and the person see it. */
#ifndef LATCHKEY_WEB_PAGES_PROFILE_FORM_H
#define LATCHKEY_WEB_PAGES_PROFILE_FORM_H

#include "web/pages/pages.h"

#include "actions/keep_profile.h"

/* What was sent; and what the form had when it was read (its was_... fields). */
struct profile_form profile_form_sent(const struct web_request *request);
struct profile_form profile_form_was(const struct web_request *request);
/* False: a program that sends only what it wants; there is nothing to compare with. */
bool profile_form_has_was(const struct web_request *request);

/* As object `name`. */
void profile_form_show(struct view_data *data, const char *name, const struct profile_form *form);

/* The errors beside the fields. */
void profile_form_faults(struct web_reply *reply, const struct keep_result *result);
void profile_form_conflict(struct web_reply *reply, const struct keep_result *result, const struct profile_form *now);

/* For a form that comes back after a conflict: what was typed where it conflicts, elsewhere what was typed if it was altered and
 * what is there now if not. */
struct profile_form profile_form_merged(const struct profile_form *was, const struct profile_form *form,
                                        const struct profile_form *now);

/* KEEP_GONE, KEEP_REFUSED, KEEP_TROUBLE. */
void profile_form_failed(struct web_request *request, struct web_reply *reply, enum keep_outcome outcome,
                         const char *action);

#endif
