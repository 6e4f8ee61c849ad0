/* SPDX-License-Identifier: Apache-2.0 */
/* web/server_internal.h - the parts of one generation of the server, and how they hang together.
 *
 *   acceptor  one thread: accept() on the listening sockets, hands connections to libmicrohttpd
 *   exchange  libmicrohttpd's threads: one request from its first header to its log line
 *   door      what those threads answer by themselves
 *   queue     requests that wait, their connections suspended
 *   worker    threads with a directory connection each, which run handlers
 *   watch     one thread: connections past their deadline, requests that have waited too long
 *
 * libmicrohttpd is given connections (MHD_add_connection) rather than listening sockets: MHD_quiesce_daemon of 0.9.75 aborts the
 * process when it meets a busy thread at the wrong moment, and a reload under load is just that moment. */
#ifndef LATCHKEY_WEB_SERVER_INTERNAL_H
#define LATCHKEY_WEB_SERVER_INTERNAL_H

#include "web/client_address.h"
#include "web/origin.h"
#include "web/queue.h"
#include "web/web.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEB_SWALLOW_MOST \
    (INT64_C(1) << 20) /* bytes of a refused body that are read so that its sender sees the answer */
#define WEB_READ_TIME (30 * LK_CLOCK_SECOND)  /* longest for a request's headers, and for its body, however they drip */
#define WEB_SEND_TIME (120 * LK_CLOCK_SECOND) /* for taking an answer */

struct web_acceptor;
struct web_watch;
struct web_workers;
struct web_door;

struct web_server {
    struct web_needs needs;
    bool is_https;                /* public_url is: cookies and headers follow it, also behind a proxy */
    char origin[WEB_ORIGIN_MOST]; /* public_url's */
    char security_policy[1024];   /* Content-Security-Policy */
    struct web_networks *networks;
    struct web_queue *queue;
    struct web_workers *workers;
    struct web_watch *watch;
    struct web_door *door;
    struct web_acceptor *acceptor;
    struct MHD_Daemon *daemon;
    atomic_bool is_stopping;   /* answers say Connection: close */
    atomic_size_t in_hand;     /* requests begun and not yet finished */
    atomic_size_t connections; /* open */
    char daemon_words[256];    /* libmicrohttpd's last words; only while it starts */
    atomic_bool is_starting;
};

/* A thread that takes no signals. LK_BROKEN: the system has no more. */
LK_MUST_CHECK enum lk_status web_thread_start(pthread_t *thread_out, size_t stack, void *(*run)(void *), void *argument,
                                              struct lk_trouble *trouble);

#endif
