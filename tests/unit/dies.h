/* SPDX-License-Identifier: Apache-2.0 */
/* tests/unit/dies.h - does it end the process, as promised? */
#ifndef LATCHKEY_TESTS_UNIT_DIES_H
#define LATCHKEY_TESTS_UNIT_DIES_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `act` in a child of its own; true if that aborts, with `words` in what it says. */
static bool dies(void (*act)(void), const char *words)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    const pid_t child = fork();
    if (child == 0) {
        const struct rlimit no_core = { 0, 0 };
        (void) setrlimit(RLIMIT_CORE, &no_core);
        (void) signal(SIGABRT, SIG_DFL);
        (void) dup2(ends[1], STDERR_FILENO);
        act();
        _exit(0);
    }
    (void) close(ends[1]);
    char said[512] = "";
    size_t len = 0;
    ssize_t count = 0;
    while (len < sizeof said - 1 && (count = read(ends[0], said + len, sizeof said - 1 - len)) > 0)
        len += (size_t) count;
    (void) close(ends[0]);
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT &&
           strstr(said, words) != NULL;
}

#endif
