/* SPDX-License-Identifier: Apache-2.0 */
/* courier/delivery.h - hands one message over: by SMTP through libcurl, or into a Maildir.
 *
 * Owns:    a mail connection that is made when first needed and kept open between messages. One struct delivery belongs to
 *          one thread. `message` has CRLF line ends.
 *   LK_OK       the server has taken responsibility (250 after DATA), or the file is in new/ and on the disk
 *   LK_REFUSED  permanent (5xx for this message): `trouble` has the server's words, one line
 *   LK_BUSY     temporary (4xx, no connection, timeout, TLS or AUTH trouble): try again; words as above */
#ifndef LATCHKEY_COURIER_DELIVERY_H
#define LATCHKEY_COURIER_DELIVERY_H

#include "base/status.h"
#include "base/text.h"
#include "config/config.h"

#include <stdbool.h>
#include <stdint.h>

struct delivery;

struct delivery *delivery_new(const struct config *config);

/* A mail server is given the time until `deadline` (lk_clock_monotonic), whatever becomes of the connection meanwhile. */
LK_MUST_CHECK enum lk_status delivery_send(struct delivery *delivery, const char *from, const char *to,
                                           const struct lk_text *message, int64_t deadline, struct lk_trouble *trouble);

/* After LK_BUSY: did the server itself put this message off (4xx to its sender, its recipient or its text)? False: the server
 * was not reached, or would not speak with us, so that no other message would fare better now. */
bool delivery_was_answered(const struct delivery *delivery);

/* Would messages be taken? Connects, says EHLO, begins TLS and logs in as for a message, and sends none; of a Maildir it looks whether it
 * can be written to or made. LK_BUSY: no; words as above. */
LK_MUST_CHECK enum lk_status delivery_look(struct delivery *delivery, struct lk_trouble *trouble);

/* Accepts NULL. Closes the connection. */
void delivery_free(struct delivery *delivery);

#endif
