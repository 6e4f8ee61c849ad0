/* SPDX-License-Identifier: Apache-2.0 */
/* cli/prompt.h - asking the person at the terminal (/dev/tty, so that standard input stays free for data). */
#ifndef LATCHKEY_CLI_PROMPT_H
#define LATCHKEY_CLI_PROMPT_H

#include "base/secret.h"
#include "base/status.h"
#include "cli/command.h"

#define PROMPT_SECRET_MOST 1024

/* One line, not shown while it is typed, into guarded memory. LK_ABSENT: there is no terminal. LK_MALFORMED: empty or too long. */
LK_MUST_CHECK enum lk_status prompt_secret(const char *words, struct lk_secret **secret_out,
                                           struct lk_trouble *trouble);

/* Before what cannot be undone: with --yes or in a dry run at once COMMAND_DONE; else the question is asked. COMMAND_REFUSED: the answer
 * was no. COMMAND_USAGE: there is nobody to ask. */
enum command_exit prompt_confirm(const struct command *command, const char *format, ...) LK_PRINTF(2, 3);

#endif
