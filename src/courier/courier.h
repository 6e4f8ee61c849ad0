/* SPDX-License-Identifier: Apache-2.0 */
/* courier/courier.h - from lkSend on an entry to a message that the mail server has accepted.
 *
 * Owns:    a thread that follows the directory for entries with lkSend, a schedule in memory of what waits, and
 *          courier.workers threads that each claim, send and clear one message at a time, with a directory connection and a
 *          kept-open mail connection of their own.
 * Promise: a message leaves at least once however often daemons and servers die; its link is the same each time; a
 *          permanent refusal ends as lkSendError on the entry; nothing waits only in memory.
 * Needs:   config, key ring and views that outlive it; SIGPIPE ignored; curl_global_init done (courier_new does it once).
 * Threads: courier_* from any thread. */
#ifndef LATCHKEY_COURIER_COURIER_H
#define LATCHKEY_COURIER_COURIER_H

#include "base/status.h"
#include "config/config.h"
#include "tokens/key_ring.h"
#include "views/views.h"

#include <stdbool.h>

struct courier;

struct courier *courier_new(const struct config *config, const struct key_ring *ring, const struct views *views);

LK_MUST_CHECK enum lk_status courier_start(struct courier *courier, struct lk_trouble *trouble);

/* Finishes what is being handed over (up to courier.timeout), claims nothing more, and returns. What waits stays in the
 * directory for the next start or another daemon. */
void courier_stop(struct courier *courier);
void courier_free(struct courier *courier);

/* Is the outbox being followed? For /readyz. */
bool courier_is_following(const struct courier *courier);

#endif
