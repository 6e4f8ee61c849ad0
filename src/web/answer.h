/* SPDX-License-Identifier: Apache-2.0 */
/* web/answer.h - from what a handler said to what is sent: rendering, headers, libmicrohttpd's response. */
#ifndef LATCHKEY_WEB_ANSWER_H
#define LATCHKEY_WEB_ANSWER_H

#include "web/headers.h"
#include "web/reply_internal.h"
#include "web/server_internal.h"

#define WEB_ANSWER_MOST ((size_t) 4 << 20) /* bytes of a page */

/* Takes over the text (which is empty afterwards). Never NULL. */
struct MHD_Response *web_answer_text(const struct web_server *server, enum web_content content, struct lk_text *text);

/* `reply->status` is what it is sent with (a handler's silence, or a template that fails, turns it into 500). */
struct MHD_Response *web_answer_reply(struct web_server *server, struct web_reply *reply);

/* The header Retry-After unless it is 0, Connection: close where the server stops. */
void web_answer_finish(struct web_server *server, int64_t retry_after, struct MHD_Response *response);

#endif
