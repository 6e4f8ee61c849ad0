/* SPDX-License-Identifier: Apache-2.0 */
/* web/head.h - the headers of a request that we look at, gathered in one pass. Pointers into libmicrohttpd's memory: they last
 * until the request is answered. */
#ifndef LATCHKEY_WEB_HEAD_H
#define LATCHKEY_WEB_HEAD_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEB_HEAD_REPEATS 4

struct web_repeated {
    size_t count;
    const char *values[WEB_HEAD_REPEATS];
};

struct web_head {
    const char *accept;
    const char *accept_language;
    const char *agent;
    const char *content_type;
    const char *content_length;
    const char *transfer_encoding;
    const char *origin;
    const char *fetch_site;
    const char *if_none_match;
    const char *expect;
    struct web_repeated cookies;
    struct web_repeated forwarded;
    /* A name that is none or has a blank behind it ("Content-Length : 4", which libmicrohttpd takes for another), a field of several
     * lines, NUL in a value, a header repeated that may stand once only, or too many of the others: to be refused like a body
     * whose framing is not understood. */
    bool is_malformed;
};

/* `head` is all zero before: nothing has been seen. */
void web_head_read(struct MHD_Connection *connection, struct web_head *head);

/* How the body is framed. -1: chunked, its length unknown; -2: contradictory or not understood: to be refused, and the connection
 * closed, because nobody can tell where the next request begins (request smuggling). */
int64_t web_head_body_len(const struct web_head *head);

#endif
