/* SPDX-License-Identifier: Apache-2.0 */
/* web/web.h - the HTTP server: one generation of it.
 *
 * A generation is everything made from one reading of the configuration. To reload, the daemon starts a new generation on the
 * same listening sockets and then stops the old one, which finishes what it has in hand.
 * A request's way: a libmicrohttpd thread parses it and answers what needs no directory (static files, probes, dead links,
 * faults of form) -> bounded queue (full: 503 with Retry-After) -> a worker with its own directory connection and arena
 * checks the session and the form, runs the handler straight through -> back to the connection.
 * Threads: web_* from one thread (the daemon's main). */
#ifndef LATCHKEY_WEB_WEB_H
#define LATCHKEY_WEB_WEB_H

#include "actions/context.h"
#include "base/status.h"
#include "base/text.h"
#include "config/config.h"
#include "views/views.h"

#include <stdbool.h>
#include <stddef.h>

/* The sockets of server.listen: TCP over IPv4 and IPv6, Unix (mode 0666 on its path; a stale one is replaced, a live one is a
 * fault). Close-on-exec. */
struct web_sockets;

/* Opens what `config` names; those that `former` (may be NULL) has open already are shared with it, and stay its own until
 * web_sockets_take_over: until then `former` must live, and closing the new ones leaves it as it was. LK_BROKEN: words name the
 * address. */
LK_MUST_CHECK enum lk_status web_sockets_open(const struct config *config, struct web_sockets *former,
                                              struct web_sockets **sockets_out, struct lk_trouble *trouble);

/* What was shared belongs to `sockets` from now on; the rest of `former` (may be NULL) is closed, and it is freed. */
void web_sockets_take_over(struct web_sockets *sockets, struct web_sockets *former);

void web_sockets_close(struct web_sockets *sockets);
/* The n-th address as a URL that a person can open, NULL past the last: with the port that the kernel chose for port 0. */
const char *web_sockets_url(const struct web_sockets *sockets, size_t n);

/* Everything a generation needs from below; constant while it runs. */
struct web_needs {
    const struct config *config;
    const struct key_ring *ring;
    const struct views *views;
    struct credentials *credentials;
    struct limits *limits;
    /* Asked by /readyz: NULL if all is well, else words. */
    const char *(*not_ready)(void *context);
    void *context;
};

struct web_server;

LK_MUST_CHECK enum lk_status web_start(const struct web_needs *needs, const struct web_sockets *sockets,
                                       struct web_server **server_out, struct lk_trouble *trouble);

/* Accepts what has been connected by now and nothing after that: the listening sockets may be closed, so that whoever comes later
 * is refused at once and can go elsewhere, instead of waiting for a server that will not come back. Accepts NULL. */
void web_stop_accepting(struct web_server *server);

/* Takes no new connection (but those that the system has accepted already), answers what has been asked, and frees. Connections
 * that are idle have a second, within `patience` nanoseconds, to ask once more: the answer says that it is the last. After
 * `patience` requests that still wait get 503; those that a worker has are waited for, bounded by the directory's deadline. */
void web_stop(struct web_server *server, int64_t patience);

#endif
