/* SPDX-License-Identifier: Apache-2.0 */
/* web/watch.h - the list of open connections, and the thread that holds them and the queue to their times.
 *
 * libmicrohttpd's own timeout is not used: it starts anew with every byte, so that a request may drip in for days, and it keeps
 * a list in order at every one; a connection's deadline moves at most three times a request. Threads: any; web_watch_free after all others. */
#ifndef LATCHKEY_WEB_WATCH_H
#define LATCHKEY_WEB_WATCH_H

#include "web/exchange_internal.h"

struct web_watch;

/* `expired` is given each request that has waited too long for a worker. */
LK_MUST_CHECK enum lk_status web_watch_start(struct web_server *server, void (*expired)(struct web_exchange *exchange),
                                             struct web_watch **watch_out, struct lk_trouble *trouble);

/* Ends the thread; the list must be empty or no longer used. */
void web_watch_stop(struct web_watch *watch);

void web_watch_add(struct web_watch *watch, struct web_connection *connection);
void web_watch_remove(struct web_watch *watch, struct web_connection *connection);

/* Wakes whoever is in web_watch_wait: something has ended. */
void web_watch_notify(struct web_watch *watch);

/* Waits until `done(server)`, or until `deadline` (monotonic); true where it is done. */
bool web_watch_wait(struct web_watch *watch, bool (*done)(struct web_server *server), int64_t deadline);

#endif
