/* SPDX-License-Identifier: Apache-2.0 */
#include "web/acceptor.h"

#include "base/clock.h"
#include "base/fatal.h"
#include "logging/log.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define STACK      ((size_t) 256 * 1024)
#define BURST      64   /* connections taken from one socket before the others are looked at */
#define LAST_BURST 4096 /* the same at the end: what had been connected by then */
#define PAUSE      50   /* milliseconds without accepting while there is no room */
#define SAY_AGAIN  (10 * LK_CLOCK_SECOND)

struct web_acceptor {
    struct web_server *server;
    pthread_t thread;
    int wake; /* eventfd: stop */
    size_t count;
    struct pollfd polled[1 + WEB_SOCKETS_MOST]; /* the first is `wake` */
    int64_t complained;
};

static void complain(struct web_acceptor *acceptor, const char *words)
{
    const int64_t now = lk_clock_monotonic();
    if (acceptor->complained != 0 && now - acceptor->complained < SAY_AGAIN)
        return;
    acceptor->complained = now;
    log_write(LOG_LEVEL_WARNING, "connections_held_up", log_text("why", words));
}

static bool has_room(struct web_acceptor *acceptor)
{
    const int64_t most = acceptor->server->needs.config->server_connections;
    if ((int64_t) atomic_load(&acceptor->server->connections) < most)
        return true;
    complain(acceptor, "as many connections are open as server.connections allows");
    return false;
}

/* False: the system lacks something; it is tried again after a pause. */
static bool accept_error(struct web_acceptor *acceptor, int error)
{
    if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
        complain(acceptor, "the system has no descriptor or memory for another connection");
        return false;
    }
    return true; /* nobody there any more (EAGAIN), or that one client is gone */
}

/* libmicrohttpd owns the socket from MHD_add_connection on, also where it fails. */
static bool accept_from(struct web_acceptor *acceptor, int listening, int most)
{
    for (int i = 0; i < most; i++) {
        if (!has_room(acceptor))
            return false;
        struct sockaddr_storage peer;
        socklen_t peer_len = sizeof peer;
        memset(&peer, 0, sizeof peer);
        const int client = accept4(listening, (struct sockaddr *) &peer, &peer_len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (client < 0) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            return accept_error(acceptor, errno);
        }
        if (peer_len > sizeof peer)
            peer_len = sizeof peer;
        atomic_fetch_add(&acceptor->server->connections, 1);
        if (MHD_add_connection(acceptor->server->daemon, client, (const struct sockaddr *) &peer, peer_len) != MHD_YES)
            atomic_fetch_sub(&acceptor->server->connections, 1);
    }
    return true;
}

static void *run(void *argument)
{
    struct web_acceptor *acceptor = argument;
    bool is_held_up = false;
    for (;;) {
        const nfds_t watched = is_held_up ? 1 : 1 + (nfds_t) acceptor->count;
        if (poll(acceptor->polled, watched, is_held_up ? PAUSE : -1) < 0 && errno != EINTR)
            break;
        if ((acceptor->polled[0].revents & POLLIN) != 0)
            break;
        is_held_up = false;
        for (size_t i = 1; i <= acceptor->count; i++)
            is_held_up = !accept_from(acceptor, acceptor->polled[i].fd, BURST) || is_held_up;
    }
    return NULL;
}

enum lk_status web_acceptor_start(struct web_server *server, const int *sockets, size_t count,
                                  struct web_acceptor **acceptor_out, struct lk_trouble *trouble)
{
    struct web_acceptor *acceptor = calloc(1, sizeof *acceptor);
    if (acceptor == NULL)
        lk_fatal("out of memory");
    acceptor->server = server;
    acceptor->count = count < WEB_SOCKETS_MOST ? count : WEB_SOCKETS_MOST;
    acceptor->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (acceptor->wake < 0) {
        free(acceptor);
        return lk_fail(trouble, LK_BROKEN, "no descriptor is left for accepting connections");
    }
    acceptor->polled[0] = (struct pollfd){ .fd = acceptor->wake, .events = POLLIN };
    for (size_t i = 0; i < acceptor->count; i++)
        acceptor->polled[1 + i] = (struct pollfd){ .fd = sockets[i], .events = POLLIN };
    const enum lk_status status = web_thread_start(&acceptor->thread, STACK, run, acceptor, trouble);
    if (status != LK_OK) {
        (void) close(acceptor->wake);
        free(acceptor);
        return status;
    }
    *acceptor_out = acceptor;
    return LK_OK;
}

void web_acceptor_stop(struct web_acceptor *acceptor)
{
    if (acceptor == NULL)
        return;
    (void) eventfd_write(acceptor->wake, 1);
    (void) pthread_join(acceptor->thread, NULL);
    (void) close(acceptor->wake);
    /* By the caller's own thread, who may close the sockets the next moment: what is connected between the two is lost. */
    for (size_t i = 1; i <= acceptor->count; i++)
        (void) accept_from(acceptor, acceptor->polled[i].fd, LAST_BURST);
    free(acceptor);
}
