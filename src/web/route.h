/* SPDX-License-Identifier: Apache-2.0 */
/* web/route.h - from a request's method and path to a row of the table. Pure. */
#ifndef LATCHKEY_WEB_ROUTE_H
#define LATCHKEY_WEB_ROUTE_H

#include "base/status.h"
#include "web/request.h"

#include <stddef.h>

#define WEB_PATH_MOST    1024
#define WEB_SEGMENT_MOST 128
#define WEB_ALLOW_MOST   24

enum web_match_kind {
    WEB_MATCH_NONE = 0, /* 404 */
    WEB_MATCH_METHOD,   /* 405: the path is there, `allow` says for what */
    WEB_MATCH_FOUND
};

struct web_match {
    const struct web_route *route; /* any row of the path where the method does not fit: for the log */
    const char *segment;           /* within the path given; NULL: the route has none */
    size_t segment_len;
    char allow[WEB_ALLOW_MOST]; /* "GET, HEAD, POST" */
};

/* `routes` ends with a NULL method. HEAD is answered by the rows for GET. */
enum web_match_kind web_route_match(const struct web_route *routes, const char *method, const char *path,
                                    struct web_match *match_out);

/* Where the path begins in a request's target, of which the query has been cut off: a whole URL (RFC 9112 section 3.2.2) serves as well as
 * its path. Whose name it says is nothing to us: links go by server.public_url. What is neither is returned as it is, and
 * web_path_decode refuses it. */
const char *web_target_path(const char *target);

/* Decodes a request's path (once). LK_MALFORMED: not beginning with '/', a broken %XX, NUL, or not one line of UTF-8;
 * LK_BUSY: longer than WEB_PATH_MOST. */
LK_MUST_CHECK enum lk_status web_path_decode(const char *raw, char path_out[static WEB_PATH_MOST + 1]);

#endif
