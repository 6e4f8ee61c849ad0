/* SPDX-License-Identifier: Apache-2.0 */
/* web/origin.h - where a POST came from, as the browser tells it. Pure. */
#ifndef LATCHKEY_WEB_ORIGIN_H
#define LATCHKEY_WEB_ORIGIN_H

#include <stdbool.h>
#include <stddef.h>

#define WEB_ORIGIN_MOST 256

/* The origin (RFC 6454: scheme://host[:port], a default port left out, lower case) of an http or https URL; false for
 * anything else. */
bool web_origin_of(const char *url, char origin_out[static WEB_ORIGIN_MOST]);

/* May a POST with these headers (NULL: absent) change anything? Origin must be ours. "null" is let pass, because pages with
 * Referrer-Policy: no-referrer, as all of ours are, send just that; the form's token decides. Sec-Fetch-Site must be
 * same-origin, or none (the person's own doing). */
bool web_origin_is_ours(const char *ours, const char *origin, const char *fetch_site);

#endif
