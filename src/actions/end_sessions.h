/* SPDX-License-Identifier: Apache-2.0 */
/* actions/end_sessions.h - somebody signs the own account out elsewhere, or everywhere (S13). One Modify on the account. */
#ifndef LATCHKEY_ACTIONS_END_SESSIONS_H
#define LATCHKEY_ACTIONS_END_SESSIONS_H

#include "actions/own_account.h"

/* `id` is one that session_list gave; NULL: all, this one too. OWN_DONE also where it has ended already. */
enum own_outcome end_sessions(struct action_context *context, const struct session *session, const char *id);

#endif
