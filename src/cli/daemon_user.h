/* SPDX-License-Identifier: Apache-2.0 */
/* cli/daemon_user.h - the user of this machine that the daemon runs as. For the one thread of a command. */
#ifndef LATCHKEY_CLI_DAEMON_USER_H
#define LATCHKEY_CLI_DAEMON_USER_H

#include <pwd.h>

#define DAEMON_USER "latchkey" /* where no other is named */

/* NULL: there is none of that name. What is returned is good until the next call. */
const struct passwd *daemon_user(const char *name);

#endif
