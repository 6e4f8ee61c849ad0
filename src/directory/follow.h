/* SPDX-License-Identifier: Apache-2.0 */
/* directory/follow.h - hears of every entry that matches a filter, from now on (RFC 4533 refreshAndPersist; a search
 * every so often where the server lacks it).
 *
 * Owns:    a session of its own and, while follow_run runs, the calling thread.
 * Promise: each entry that matches when following begins, and each that comes to match or changes while it matches, is told
 *          at least once; after the connection was lost everything that matches is told again. Where the server is polled,
 *          each look tells everything that matches again. Entries that cease to match are not told. It goes along when the sessions of
 *          the process go on with another server, and everything is told again there.
 * Threads: follow_run in one thread; follow_stop from any. */
#ifndef LATCHKEY_DIRECTORY_FOLLOW_H
#define LATCHKEY_DIRECTORY_FOLLOW_H

#include "base/status.h"
#include "config/config.h"
#include "directory/directory.h"

#include <stdbool.h>

struct follow;

struct follow_target {
    const char *base; /* subtree */
    /* Called before each session asks, in the thread of follow_run: may put another filter here. If it fails the session is as good as
     * lost. NULL: nothing is to be done. */
    enum lk_status (*prepare)(void *context, struct lk_trouble *trouble);
    const struct directory_filter *filter;
    const char *const *attributes; /* ends with NULL */
    /* Called in the thread of follow_run. The entry is valid during the call only. */
    void (*told)(void *context, const struct directory_entry *entry);
    /* The connection came (true, words NULL; everything that matches has been told) or was lost, or could not be made in the
     * first place (false, with words). Told when it changes, in the thread of follow_run. May be NULL. */
    void (*state)(void *context, bool connected, const char *words);
    bool at_once; /* with CONFIG_FOLLOW_AUTO, too, nothing is told where the server lacks RFC 4533 */
    void *context;
};

/* `target` and what it points to must outlive it. Never NULL. */
struct follow *follow_new(const struct config *config, const struct follow_target *target);

/* Follows until follow_stop; connects again by itself, with growing pauses up to directory.poll_interval. */
void follow_run(struct follow *follow);

/* Makes follow_run return soon (well under a second; but a TCP connection or TLS handshake that is just being made with a
 * server that does not answer is waited for, at most directory.timeout). May be called before follow_run, and again. */
void follow_stop(struct follow *follow);

/* After follow_run has returned. Accepts NULL. */
void follow_free(struct follow *follow);

#endif
