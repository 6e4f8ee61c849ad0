/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/daemon_user.h"

const struct passwd *daemon_user(const char *name)
{
    /* cppcheck-suppress getpwnamCalled */
    return getpwnam(name); // NOLINT(concurrency-mt-unsafe): a command has one thread when it asks
}
