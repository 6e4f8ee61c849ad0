/* SPDX-License-Identifier: Apache-2.0 */
/* actions/manage_account.h - what a sysadmin does to the account of somebody else.
 *
 * Under whatever identity the handle has: the directory's rules alone decide. With a key ring in the context the holder is told, like
 * of the own changes, at every address that is known to be theirs, with "this was not me"; without one nobody is.
 * Statuses as of directory_modify; LK_ABSENT: the account is gone. */
#ifndef LATCHKEY_ACTIONS_MANAGE_ACCOUNT_H
#define LATCHKEY_ACTIONS_MANAGE_ACCOUNT_H

#include "actions/context.h"
#include "directory/people.h"

/* A password that was judged already (actions/new_password.h): every session and link ends. */
LK_MUST_CHECK enum lk_status manage_password(struct action_context *context, const struct account *account,
                                             const struct lk_secret *password,
                                             enum directory_password_refusal *refusal_out);

/* The confirmed alternate address, on the sysadmin's word; "": none. One that waits to be confirmed is given up. */
LK_MUST_CHECK enum lk_status manage_mail(struct action_context *context, const struct account *account,
                                         const char *mail);

/* A letter with a link that sets a new password, as the pages ask for it. LK_OK also where one waits already. */
LK_MUST_CHECK enum lk_status manage_reset(struct action_context *context, const struct account *account);

/* What was counted against it is forgotten, and a lock of the directory's password policy taken off. */
LK_MUST_CHECK enum lk_status manage_unlock(struct action_context *context, const struct account *account);
/* Is there such a lock? false: none that can be seen. */
LK_MUST_CHECK enum lk_status manage_is_locked(struct action_context *context, const struct account *account,
                                              bool *locked_out);

/* The second factor, and its recovery codes. */
LK_MUST_CHECK enum lk_status manage_drop_second_factor(struct action_context *context, const struct account *account);

#endif
