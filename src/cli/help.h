/* SPDX-License-Identifier: Apache-2.0 */
/* cli/help.h - help, made from the tables. */
#ifndef LATCHKEY_CLI_HELP_H
#define LATCHKEY_CLI_HELP_H

#include "cli/command.h"

#include <stdio.h>

/* On the verb; without one (NULL) on the noun; without that on the command. */
void help_print(FILE *file, const struct noun *noun, const struct verb *verb);

#endif
