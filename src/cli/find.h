/* SPDX-License-Identifier: Apache-2.0 */
/* cli/find.h - who is meant: organisations, profiles and accounts as a sysadmin names them.
 *
 * COMMAND_DONE with what was found; otherwise what is wrong has been said: COMMAND_NOT_FOUND, COMMAND_CONFLICT (several are called so:
 * their DNs are listed), or what the directory's answer means. */
#ifndef LATCHKEY_CLI_FIND_H
#define LATCHKEY_CLI_FIND_H

#include "actions/acting.h"
#include "cli/command.h"
#include "directory/people.h"

/* By its name (o), its DN or its unique id. */
enum command_exit find_organization(struct command *command, const char *text, struct organization *organization_out);

/* By its DN, its unique id, its e-mail address; within an organisation (NULL: in all) also by its name. Whoever may read one
 * organisation only, must name it: nobody else can search all. */
enum command_exit find_profile(struct command *command, const char *text, const struct organization *organization,
                               struct profile *profile_out);

/* A profile that something is done to, and who does it: whoever the command is bound as. Where the verb has an option --in, that
 * organisation is looked in. */
enum command_exit find_target(struct command *command, const char *text, struct acting *acting_out,
                              struct profile *profile_out);

/* By its name, its DN or its unique id. */
enum command_exit find_account(struct command *command, const char *text, struct account *account_out);

#endif
