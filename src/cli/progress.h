/* SPDX-License-Identifier: Apache-2.0 */
/* cli/progress.h - how far long work is, on standard error: a bar on a terminal, elsewhere a line from time to time, and nothing where
 * it is soon done or with --quiet. While the work waits, it says for what. */
#ifndef LATCHKEY_CLI_PROGRESS_H
#define LATCHKEY_CLI_PROGRESS_H

#include "cli/command.h"

#include <stdint.h>

struct progress {
    const char *what;
    int64_t total; /* 0: not known */
    int64_t done;
    int64_t began, told;   /* monotonic */
    const char *waits_for; /* NULL: it goes on */
    bool is_terminal;
    bool is_silent;
    bool is_drawn; /* there is a bar to be taken away */
};

/* `what` is done with the things: "importing"; it must outlive the progress. */
struct progress progress_begin(const struct command *command, const char *what, int64_t total);
/* `done` so far. Cheap: most calls look at the clock only. */
void progress_tell(struct progress *progress, int64_t done);
/* What the work waits for just now, "the directory", or NULL: it goes on. It must outlive the progress. A change is told at once. */
void progress_wait(struct progress *progress, const char *what);
/* Takes the bar away. Also before something else is written to standard error. */
void progress_end(struct progress *progress);

#endif
