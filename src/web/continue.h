/* SPDX-License-Identifier: Apache-2.0 */
/* web/continue.h - where may a person be sent on to after signing in? Only to rows of the table that say so. Pure. */
#ifndef LATCHKEY_WEB_CONTINUE_H
#define LATCHKEY_WEB_CONTINUE_H

#include "web/request.h"

#include <stdbool.h>

#define WEB_CONTINUE_MOST 1024 /* bytes of a target: every field of that name takes as many */

bool web_continue_is_allowed(const struct web_route *routes, const char *target);

#endif
