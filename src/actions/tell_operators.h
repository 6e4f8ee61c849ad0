/* SPDX-License-Identifier: Apache-2.0 */
/* actions/tell_operators.h - "my administrator has gone" (S6): the people of an organisation that nobody administers tell the
 * vendor's staff.
 *
 * One value of lkSend on the organisation; the courier takes it to pages.support_address. */
#ifndef LATCHKEY_ACTIONS_TELL_OPERATORS_H
#define LATCHKEY_ACTIONS_TELL_OPERATORS_H

#include "actions/context.h"
#include "courier/outbox.h"

#define TELL_AGAIN 3600 /* seconds after which the same organisation's people may tell again */

enum tell_outcome {
    TELL_TROUBLE = 0,
    TELL_DONE,
    TELL_ALREADY, /* somebody of this organisation has told it within TELL_AGAIN; or it is still waiting to be sent */
    TELL_NO_PROFILE, /* the session acts as none */
    TELL_NOBODY,     /* no address of support is configured */
    TELL_EMPTY,
    TELL_LONG, /* more than OUTBOX_TEXT_MOST bytes */
    TELL_REFUSED
};

/* May it be told, and of which organisation? TELL_DONE, TELL_ALREADY (both with the organisation), TELL_NO_PROFILE, TELL_NOBODY,
 * TELL_TROUBLE. Changes nothing. */
enum tell_outcome may_tell_operators(struct action_context *context, struct session *session,
                                     struct profile *profile_out, struct organization *organization_out);

/* `text` is a tidied line. */
enum tell_outcome tell_operators(struct action_context *context, struct session *session, const char *text);

#endif
