/* SPDX-License-Identifier: Apache-2.0 */
/* web/door.h - what is answered where it comes in, without a worker: files, probes, metrics, and dead links.
 *
 * A dead link (garbage, forged, expired) is answered with a response made once for each language and face, and costs no directory
 * operation and no rendering: mail scanners and guessers may ask as often as they like.
 * Threads: any. */
#ifndef LATCHKEY_WEB_DOOR_H
#define LATCHKEY_WEB_DOOR_H

#include "web/exchange_internal.h"

struct web_door *web_door_new(struct web_server *server);
void web_door_free(struct web_door *door);

struct web_door_row {
    const char *path; /* ends with '/': whatever stands below it */
    const char *pattern;
    enum MHD_Result (*answer)(struct web_exchange *exchange);
};

/* The row for a path, or NULL: a matter for the routes. */
const struct web_door_row *web_door_find(const char *path);

/* What the link behind a GET or HEAD is worth; the pattern of its route is noted. WEB_LINK_NONE: it lives, or the path is
 * another: a matter for the routes. */
enum web_link_verdict web_door_link(struct web_exchange *exchange);

/* The answer to one that is dead. */
enum MHD_Result web_door_dead_link(struct web_exchange *exchange);

#endif
