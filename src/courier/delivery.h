/* SPDX-License-Identifier: Apache-2.0 */
/* courier/delivery.h - hands one message over: by SMTP through libcurl, or into a Maildir.
 *
 * Owns:    a mail connection that is kept open between messages. One struct delivery belongs to one thread.
 *   LK_OK       the server has taken responsibility (250 after DATA), or the file is in new/ and on the disk
 *   LK_REFUSED  permanent (5xx for this message): `trouble` has the server's words, one line
 *   LK_BUSY     temporary (4xx, no connection, timeout, TLS or AUTH trouble): try again; words as above */
#ifndef LATCHKEY_COURIER_DELIVERY_H
#define LATCHKEY_COURIER_DELIVERY_H

#include "base/status.h"
#include "base/text.h"
#include "config/config.h"

struct delivery;

struct delivery *delivery_new(const struct config *config);
LK_MUST_CHECK enum lk_status delivery_send(struct delivery *delivery, const char *from, const char *to,
                                           const struct lk_text *message, struct lk_trouble *trouble);
void delivery_free(struct delivery *delivery);

#endif
