/* SPDX-License-Identifier: Apache-2.0 */
/* cli/outcome.h - how the outcomes of actions end a command. */
#ifndef LATCHKEY_CLI_OUTCOME_H
#define LATCHKEY_CLI_OUTCOME_H

#include "actions/keep_profile.h"
#include "actions/operate.h"
#include "cli/command.h"

/* An action of the operators', carried out by `..._as`; said unless it is OPERATE_DONE. Its form's faults (OPERATE_FORM) are the
 * caller's to say first. `what` names the thing in the words: an organisation, a plan. */
enum command_exit outcome_of_operate(const struct command *command, enum operate_outcome outcome, const char *what);

/* An action upon a profile; its form's faults are said too. */
enum command_exit outcome_of_keep(const struct command *command, enum keep_outcome outcome, unsigned faults,
                                  const char *what);

/* What a sum of enum profile_fault says first; NULL: nothing. */
const char *outcome_profile_fault(unsigned faults);

#endif
