/* SPDX-License-Identifier: Apache-2.0 */
/* actions/adopt_person.h - an account for somebody of another directory who has just proved to be that person there.
 *
 * One Add. The account has no password of its own: it names the person's entry (directory.account_person), and the directory asks the
 * other one whenever somebody binds as the account. Nothing is ever written there. */
#ifndef LATCHKEY_ACTIONS_ADOPT_PERSON_H
#define LATCHKEY_ACTIONS_ADOPT_PERSON_H

#include "actions/context.h"

/* LK_OK also where the same person was quicker elsewhere. LK_CONFLICT: the name is an account's that is not this person's, or one that
 * the operators' group still has (end_ties.h). Others as directory_add. */
LK_MUST_CHECK enum lk_status adopt_person(struct action_context *context, const struct outsider *person,
                                          struct account *account_out);

#endif
