/* SPDX-License-Identifier: Apache-2.0 */
/* cli/suggest.h - "did you mean": the word of the tables that is nearest to one that is in none. NULL where none is near.
 * Threads: any; pure. */
#ifndef LATCHKEY_CLI_SUGGEST_H
#define LATCHKEY_CLI_SUGGEST_H

#include "cli/command.h"

const char *suggest_noun(const char *word);
const char *suggest_verb(const struct noun *noun, const char *word);
/* Without the dashes; `verb` may be NULL: global options only. */
const char *suggest_option(const struct verb *verb, const char *word);

#endif
