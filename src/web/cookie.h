/* SPDX-License-Identifier: Apache-2.0 */
/* web/cookie.h - the Cookie header (RFC 6265 section 4.2.1). Pure. */
#ifndef LATCHKEY_WEB_COOKIE_H
#define LATCHKEY_WEB_COOKIE_H

#include "base/status.h"

#include <stddef.h>

#define WEB_COOKIE_HEADER_MOST 8192 /* a longer header is not looked at */

/* Finds the cookie `name`; *value_out points into `header`, double quotes around it cut.
 *   LK_ABSENT    no such cookie, or the header is too long
 *   LK_CONFLICT  it is there twice with different values: some neighbour planted one, and nobody can tell which is ours
 *   LK_MALFORMED it has bytes that no cookie of ours has (anything but [A-Za-z0-9_-]) */
LK_MUST_CHECK enum lk_status web_cookie_find(const char *header, size_t len, const char *name, const char **value_out,
                                             size_t *value_len_out);

#endif
