/* SPDX-License-Identifier: Apache-2.0 */
/* remote/get.h - one GET of another HTTP server (libcurl): bounded in time and size, no redirect followed, certificates verified.
 *
 * Threads: any; blocks. A connection of its own each time: meant for what is seldom asked. */
#ifndef LATCHKEY_REMOTE_GET_H
#define LATCHKEY_REMOTE_GET_H

#include "base/status.h"
#include "base/text.h"

#include <stdint.h>

/* `header` (may be NULL) goes along: "Name: value". The body is appended to `body`, whose limit is the bound.
 *   LK_OK         answered with 200, and all of it is there
 *   LK_REFUSED    answered with another status
 *   LK_MALFORMED  not an HTTP or HTTPS URL, not HTTP what came back, or larger than the bound
 *   LK_BUSY       not reachable, or not all there within `seconds` */
LK_MUST_CHECK enum lk_status remote_get(const char *url, const char *header, int64_t seconds, struct lk_text *body,
                                        struct lk_trouble *trouble);

#endif
