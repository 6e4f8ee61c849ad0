/* SPDX-License-Identifier: Apache-2.0 */
/* cli/interrupt.h - long work that is told to end (SIGINT, SIGTERM, SIGHUP) ends between two steps and says how far it is.
 *
 * No handler runs: a signal must not cut short the wait for a server's answer, or nobody would know whether the step was carried out.
 * One thread waits for the signals; those made between _begin and _end, which do the work, take none. What was ignored when the program
 * began (nohup) stays so. */
#ifndef LATCHKEY_CLI_INTERRUPT_H
#define LATCHKEY_CLI_INTERRUPT_H

#include <signal.h>
#include <stdbool.h>

struct interrupt {
    sigset_t former;
    int signals; /* readable when one has come; -1: none is waited for */
    bool came;
};

struct interrupt interrupt_begin(void);

/* Until a signal has come, the descriptor `other` is readable, or the time is over. True once one has come: a second one ends the program
 * at once, as it would have without us. */
bool interrupt_wait(struct interrupt *interrupt, int other, int milliseconds);

/* Signals do again what they did. */
void interrupt_end(struct interrupt *interrupt);

#endif
