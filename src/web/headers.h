/* SPDX-License-Identifier: Apache-2.0 */
/* web/headers.h - the headers of every answer: one table. */
#ifndef LATCHKEY_WEB_HEADERS_H
#define LATCHKEY_WEB_HEADERS_H

#include "web/server_internal.h"

enum web_content {
    WEB_CONTENT_HTML = 0,
    WEB_CONTENT_JSON,
    WEB_CONTENT_PROBLEM, /* application/problem+json */
    WEB_CONTENT_TEXT,
    WEB_CONTENT_NONE, /* no body */
    WEB_CONTENT_FILE  /* static: the caller adds type and caching */
};

/* Type, caching and security headers. */
void web_headers_add(const struct web_server *server, struct MHD_Response *response, enum web_content content);

/* Makes the Content-Security-Policy for this configuration. */
void web_headers_prepare(struct web_server *server);

#endif
