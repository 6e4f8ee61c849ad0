/* SPDX-License-Identifier: Apache-2.0 */
/* courier/message.h - an RFC 5322 message: multipart/alternative, text and HTML, UTF-8 in quoted-printable (RFC 2045).
 *
 * Header values with CR, LF or NUL are refused, not cleaned. Display names and the subject are RFC 2047 encoded words where
 * they are not plain ASCII; lines stay within 78 columns (998 at the very most). Adds Date, Message-ID, MIME-Version,
 * Auto-Submitted: auto-generated (RFC 3834). Pure. */
#ifndef LATCHKEY_COURIER_MESSAGE_H
#define LATCHKEY_COURIER_MESSAGE_H

#include "base/status.h"
#include "base/text.h"

#include <stdint.h>

struct message {
    const char *from_name, *from; /* name may be NULL */
    const char *to_name, *to;
    const char *reply_to; /* may be NULL */
    const char *subject;
    const char *id; /* Message-ID without the angle brackets */
    int64_t date;
    const char *language; /* Content-Language */
    const char *text, *html;
};

/* LK_MALFORMED: a header value or address that may not be one (words say which). */
LK_MUST_CHECK enum lk_status message_write(const struct message *message, struct lk_text *text,
                                           struct lk_trouble *trouble);

#endif
