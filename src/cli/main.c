/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey: the sysadmin's command. */
#include "base/fatal.h"
#include "cli/command.h"

#include <signal.h>
#include <sodium/core.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Secrets stay out of core dumps and other processes' reach; a server that goes away is an error code, not a signal. */
static void prepare_process(void)
{
    const struct rlimit no_core = { .rlim_cur = 0, .rlim_max = 0 };
    (void) setrlimit(RLIMIT_CORE, &no_core);
    (void) prctl(PR_SET_DUMPABLE, 0);
    (void) signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0)
        lk_fatal("libsodium cannot start");
}

int main(int count, char **arguments)
{
    prepare_process();
    return command_run(count, arguments);
}
