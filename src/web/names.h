/* SPDX-License-Identifier: Apache-2.0 */
/* web/names.h - the account names used before in this browser, which the sign-in page offers.
 *
 * The cookie is base64url of: key id 1 | tag 16 | for each name, newest first: length 1 | bytes. It is authenticated, so that
 * nobody plants a name: who shows one has signed in with it. It is no proof of anything else. A cookie that is not ours reads as an empty list. */
#ifndef LATCHKEY_WEB_NAMES_H
#define LATCHKEY_WEB_NAMES_H

#include "base/arena.h"
#include "tokens/key_ring.h"
#include "web/request.h"

#include <stdbool.h>
#include <stddef.h>

#define WEB_NAMES_MOST 5
#define WEB_NAME_MOST  255 /* bytes of one; longer ones are not remembered */

struct web_names {
    size_t count;
    const char *items[WEB_NAMES_MOST]; /* newest first */
};

/* The names in the request's cookie; strings live in its arena. */
struct web_names web_names_read(const struct web_request *request);

/* Did this name, as typed, sign in from this browser before? */
bool web_names_have(const struct web_request *request, const char *typed);

/* The cookie's new value with `name` as the newest, for web_names_cookie; in the request's arena. */
const char *web_names_with(const struct web_request *request, const char *name);

/* And without it; NULL: none is left. */
const char *web_names_without(const struct web_request *request, const char *name);

/* The same on values, for tests and fuzzing. */
struct web_names web_names_parse(const struct key_ring *ring, struct lk_arena *arena, const char *cookie,
                                 size_t text_len);
const char *web_names_write(const struct key_ring *ring, struct lk_arena *arena, const struct web_names *names);

#endif
