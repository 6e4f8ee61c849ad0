/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/interrupt.h"

#include <poll.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const int SIGNALS[] = { SIGINT, SIGTERM, SIGHUP };

static bool is_ignored(int signal)
{
    struct sigaction action;
    return sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void let_through(struct interrupt *interrupt)
{
    if (interrupt->signals < 0)
        return;
    (void) close(interrupt->signals);
    interrupt->signals = -1;
    (void) pthread_sigmask(SIG_SETMASK, &interrupt->former, NULL);
}

struct interrupt interrupt_begin(void)
{
    struct interrupt interrupt = { .came = false };
    sigset_t watched;
    (void) sigemptyset(&watched);
    for (size_t i = 0; i < sizeof SIGNALS / sizeof *SIGNALS; i++) {
        if (!is_ignored(SIGNALS[i]))
            (void) sigaddset(&watched, SIGNALS[i]);
    }
    interrupt.signals = signalfd(-1, &watched, SFD_CLOEXEC);
    if (interrupt.signals >= 0)
        (void) pthread_sigmask(SIG_BLOCK, &watched, &interrupt.former);
    return interrupt;
}

bool interrupt_wait(struct interrupt *interrupt, int other, int milliseconds)
{
    struct pollfd watched[] = {
        {.fd = interrupt->signals, .events = POLLIN},
        { .fd = other,             .events = POLLIN}
    };
    struct signalfd_siginfo taken;
    if (poll(watched, 2, milliseconds) > 0 && watched[0].revents != 0 &&
        read(interrupt->signals, &taken, sizeof taken) == (ssize_t) sizeof taken) {
        interrupt->came = true;
        let_through(interrupt);
    }
    return interrupt->came;
}

void interrupt_end(struct interrupt *interrupt)
{
    let_through(interrupt);
}
