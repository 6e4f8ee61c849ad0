/* SPDX-License-Identifier: Apache-2.0 */
/* web/pages/operator.h - shared by the operators' pages. */
#ifndef LATCHKEY_WEB_PAGES_OPERATOR_H
#define LATCHKEY_WEB_PAGES_OPERATOR_H

#include "web/pages/pages.h"

#include "actions/operate.h"

/* /operator/ID, with ?done=DONE behind it where something was (else NULL). In the arena. */
const char *operator_path(const struct web_request *request, const uint8_t id[static 16], const char *done);

/* What `action` came to, for metrics and the request's log line; and a line of its own that says who did what to whom and why. */
struct operator_note {
    const char *action;
    enum operate_outcome outcome;
    const char *organization; /* as the page addresses it, or its name */
    const char *what;         /* a plan, a person; may be NULL */
    const char *former;       /* in whose place (a DN); may be NULL */
    const char *reason;       /* as it was typed; may be NULL */
};

void operator_note(const struct web_request *request, struct web_reply *reply, const struct operator_note *note);

/* The answer to outcomes that have nothing to do with a form: problems. False: OPERATE_DONE, or one that the form must show. */
bool operator_answered(const struct web_request *request, struct web_reply *reply, enum operate_outcome outcome);

/* Beside no field: why it was not done. */
void operator_form_error(const struct web_request *request, struct web_reply *reply, enum operate_outcome outcome);

/* What is wrong with a plan, beside its fields. `faults`: a sum of enum plan_fault. */
void operator_plan_errors(struct web_reply *reply, unsigned faults);

#endif
