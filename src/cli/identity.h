/* SPDX-License-Identifier: Apache-2.0 */
/* cli/identity.h - which directory, and as whom: the options first, then latchkey.conf, then ldap.conf(5). */
#ifndef LATCHKEY_CLI_IDENTITY_H
#define LATCHKEY_CLI_IDENTITY_H

#include "cli/command.h"
#include "cli/options.h"
#include "config/config.h"
#include "directory/directory.h"

/* The configuration file that holds; a command beside the daemon so finds its directory. NULL: none. */
const char *identity_config_path(const struct options *options);

/* What is in force. A latchkey.conf that was read counts as saying where the directory is, even where it says so by leaving the
 * setting out; without one ldap.conf says it. COMMAND_TROUBLE or COMMAND_USAGE: the faults have been said. */
enum command_exit identity_config(struct lk_arena *arena, const struct options *options, struct config **config_out);

/* As whom to bind; *password_out, which is in it, is the caller's to free (NULL: none). COMMAND_USAGE: nobody was named, or the password is missing: anonymous
 * is nobody here. */
enum command_exit identity_read(struct lk_arena *arena, const struct options *options, const struct config *config,
                                struct directory_identity *identity_out, struct lk_secret **password_out);

/* "cn=admin,..." or "SASL EXTERNAL", for words. */
const char *identity_words(struct lk_arena *arena, const struct directory_identity *identity);

#endif
