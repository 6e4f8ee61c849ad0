/* SPDX-License-Identifier: Apache-2.0 */
/* actions/delete_account.h - somebody takes the own account away; the profiles that it held stay, tied to none (S11, lesson 20).
 *
 * Three steps, each harmless to stop after: every session and link ends, so that nothing new is tied, provided that the session which
 * asks is still there; each profile is untied; the entry goes. Whoever is interrupted signs in and does it again. The tie goes before the entry does, so that on a server
 * without referential integrity no later account of the same name inherits a profile. An operator's account is kept: only
 * operators take a name out of their group. */
#ifndef LATCHKEY_ACTIONS_DELETE_ACCOUNT_H
#define LATCHKEY_ACTIONS_DELETE_ACCOUNT_H

#include "actions/own_account.h"

/* OWN_REFUSED: it is an operator's, or the directory says no. */
enum own_outcome delete_account(struct action_context *context, const struct session *session,
                                const struct lk_secret *password);

/* The three steps, once somebody may do them: under whatever identity the handle has. Statuses as of directory_modify. */
LK_MUST_CHECK enum lk_status remove_account(struct action_context *context, const char *dn);

#endif
