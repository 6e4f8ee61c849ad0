/* SPDX-License-Identifier: Apache-2.0 */
/* web/accept.h - page or JSON? (RFC 9110 section 12.5.1, as far as it takes.) Pure. */
#ifndef LATCHKEY_WEB_ACCEPT_H
#define LATCHKEY_WEB_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>

/* True where the header prefers application/json (or application/problem+json) to text/html. A page where nothing is said or both
 * weigh the same, unless only JSON is named. NULL: a page. At most 1 KiB is looked at. */
bool web_accept_wants_json(const char *accept);

/* "text/html; charset=utf-8" has the type "text/html"? Case does not matter. NULL has none. */
bool web_media_type_is(const char *header, const char *type);

#endif
