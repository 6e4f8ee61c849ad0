/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_WIDTH       30
#define TERMINAL_PAUSE  (100 * LK_CLOCK_MILLISECOND)
#define ELSEWHERE_PAUSE (10 * LK_CLOCK_SECOND)
#define PERCENT         100

struct progress progress_begin(const struct command *command, const char *what, int64_t total)
{
    const int64_t now = lk_clock_monotonic();
    return (struct progress){ .what = what,
                              .total = total,
                              .began = now,
                              .told = now,
                              .is_terminal = isatty(STDERR_FILENO) == 1,
                              .is_silent = command->quiet };
}

static void draw(struct progress *progress)
{
    char bar[BAR_WIDTH + 1];
    const int64_t filled = progress->done * BAR_WIDTH / progress->total;
    for (int i = 0; i < BAR_WIDTH; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[BAR_WIDTH] = '\0';
    (void) fprintf(stderr, "\r\033[K%s [%s] %lld of %lld", progress->what, bar, (long long) progress->done,
                   (long long) progress->total);
}

static void write_count(const struct progress *progress)
{
    (void) fprintf(stderr, "%s%s: %lld", progress->is_terminal ? "\r\033[K" : "latchkey: ", progress->what,
                   (long long) progress->done);
    if (progress->total > 0)
        (void) fprintf(stderr, " of %lld (%lld%%)", (long long) progress->total,
                       (long long) (progress->done * PERCENT / progress->total));
    if (progress->waits_for != NULL)
        (void) fprintf(stderr, ", waiting for %s", progress->waits_for);
    if (!progress->is_terminal)
        (void) fputc('\n', stderr);
}

/* A bar and what is waited for beside each other may be wider than a terminal. */
static void tell(struct progress *progress)
{
    if (progress->is_terminal && progress->total > 0 && progress->waits_for == NULL)
        draw(progress);
    else
        write_count(progress);
    progress->is_drawn = progress->is_terminal;
}

void progress_tell(struct progress *progress, int64_t done)
{
    const int64_t now = lk_clock_monotonic();
    progress->done = progress->total > 0 && done > progress->total ? progress->total : done;
    if (progress->is_silent || now - progress->told < (progress->is_terminal ? TERMINAL_PAUSE : ELSEWHERE_PAUSE))
        return;
    progress->told = now;
    tell(progress);
}

void progress_wait(struct progress *progress, const char *what)
{
    if (progress->waits_for == what)
        return;
    progress->waits_for = what;
    progress->told = lk_clock_monotonic();
    if (!progress->is_silent)
        tell(progress);
}

void progress_end(struct progress *progress)
{
    if (progress->is_drawn)
        (void) fputs("\r\033[K", stderr);
    progress->is_drawn = false;
}
