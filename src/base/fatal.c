/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fatal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* iovec has no const; writev only reads. */
static struct iovec piece(const char *words)
{
    union {
        const char *ours;
        void *theirs;
    } bytes = { .ours = words };

    return (struct iovec){ .iov_base = bytes.theirs, .iov_len = strlen(words) };
}

void lk_fatal(const char *words)
{
    /* Nothing here may allocate: memory may be what has run out. */
    const struct iovec line[] = { piece("level=error event=fatal why=\""), piece(words), piece("\"\n") };
    const ssize_t ignored = writev(STDERR_FILENO, line, sizeof line / sizeof line[0]);
    (void) ignored;
    abort();
}
