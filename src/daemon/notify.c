/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/notify.h"

#include "base/clock.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Best effort: a manager that does not listen is no reason to fail. */
static void tell(const char *words)
{
    const char *path = getenv("NOTIFY_SOCKET"); // NOLINT(concurrency-mt-unsafe): nothing in this program changes it
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    if (path == NULL || (*path != '/' && *path != '@') || strlen(path) >= sizeof address.sun_path)
        return;
    size_t len = strlen(path);
    memcpy(address.sun_path, path, len);
    if (*path == '@') /* an abstract socket */
        address.sun_path[0] = '\0';
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return;
    (void) sendto(descriptor, words, strlen(words), MSG_NOSIGNAL, (const struct sockaddr *) &address,
                  (socklen_t) (offsetof(struct sockaddr_un, sun_path) + len));
    (void) close(descriptor);
}

void notify_ready(void)
{
    tell("READY=1");
}

void notify_reloading(void)
{
    char words[64];
    (void) snprintf(words, sizeof words, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, lk_clock_monotonic() / 1000);
    tell(words);
}

void notify_stopping(void)
{
    tell("STOPPING=1");
}
