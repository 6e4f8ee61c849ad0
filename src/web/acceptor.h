/* SPDX-License-Identifier: Apache-2.0 */
/* web/acceptor.h - one thread that accepts connections and hands them to libmicrohttpd. */
#ifndef LATCHKEY_WEB_ACCEPTOR_H
#define LATCHKEY_WEB_ACCEPTOR_H

#include "web/server_internal.h"

#define WEB_SOCKETS_MOST 8

/* The sockets are borrowed: they stay open longer than the acceptor lives. */
LK_MUST_CHECK enum lk_status web_acceptor_start(struct web_server *server, const int *sockets, size_t count,
                                                struct web_acceptor **acceptor_out, struct lk_trouble *trouble);

/* Takes what has been connected already, then ends. Accepts NULL. */
void web_acceptor_stop(struct web_acceptor *acceptor);

#endif
