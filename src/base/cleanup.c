/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void lk_cleanup_free(void *pointer_to_pointer)
{
    /* Copied as bytes: the caller's pointer may be of any type. */
    void *owned = NULL;
    memcpy(&owned, pointer_to_pointer, sizeof owned);
    free(owned);
}

void lk_cleanup_close(int *descriptor)
{
    if (*descriptor < 0)
        return;
    /* The scope may be left because of an error whose errno is still to be read. */
    const int saved = errno;
    (void) close(*descriptor);
    *descriptor = -1;
    errno = saved;
}
