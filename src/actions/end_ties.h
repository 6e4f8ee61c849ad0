/* SPDX-License-Identifier: Apache-2.0 */
/* actions/end_ties.h - no profile stays tied to a name that is nobody's any more (lesson 20): lkAccountDN is a DN, and a later account
 * could get the same one.
 *
 * The server itself may see to that (OpenLDAP's refint overlay), a moment after the entry is gone. What is here asks nothing of it:
 * where the ties of a name are looked for, they are found by an index. Statuses as of directory_modify. */
#ifndef LATCHKEY_ACTIONS_END_TIES_H
#define LATCHKEY_ACTIONS_END_TIES_H

#include "actions/context.h"

/* Of every profile that is tied to the account. A tie to another account, made meanwhile, stays. */
LK_MUST_CHECK enum lk_status end_ties(struct action_context *context, const char *account_dn);

/* For an account that is about to be made: the ties that a former one of that name has left behind. Where there is an entry of
 * that name, whether or not it may sign in, nothing happens. */
LK_MUST_CHECK enum lk_status end_former_ties(struct action_context *context, const char *account_dn);

/* For an account or a profile that is about to be made: LK_CONFLICT where the operators' group has a member of that name, whom nobody
 * may become by a choice of name. Whoever keeps the group takes it out there: the daemon may not. */
LK_MUST_CHECK enum lk_status check_is_no_operators(struct action_context *context, const char *dn);

#endif
