/* SPDX-License-Identifier: Apache-2.0 */
/* web/worker.h - the threads that run requests: each with its own directory connection and arena. */
#ifndef LATCHKEY_WEB_WORKER_H
#define LATCHKEY_WEB_WORKER_H

#include "web/server_internal.h"

LK_MUST_CHECK enum lk_status web_workers_start(struct web_server *server, struct web_workers **workers_out,
                                               struct lk_trouble *trouble);

/* The queue has been closed: waits until each has done what it was doing and the queue is empty. Accepts NULL. */
void web_workers_stop(struct web_workers *workers);

#endif
