/* SPDX-License-Identifier: Apache-2.0 */
/* Following where the server cannot be followed: a look at everything that matches, every directory.poll_interval. Each look
 * tells each match again. The pause between two is a little shorter: what comes just after a look is found, and dealt with, within the
 * interval. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "directory/connection_internal.h"
#include "directory/follow.h"

#include <stddef.h>

static void tell_page(const struct follow *follow, const struct search_page *page)
{
    for (size_t i = 0; i < page->count && !follow_is_stopped(follow); i++)
        follow->target->told(follow->target->context, &page->entries[i]);
}

/* A server that cuts the list short hides messages from us: that must not pass unnoticed. */
static enum lk_status look(struct follow *follow, struct lk_trouble *trouble)
{
    const struct directory_search search = { .base = follow->target->base,
                                             .scope = DIRECTORY_SUBTREE,
                                             .filter = follow->target->filter,
                                             .attributes = follow->target->attributes };
    LK_CLEANUP(search_pages_cleanup) struct search_pages pages = { .search = &search, .wanted = SEARCH_PAGE };
    while (!pages.over && !follow_is_stopped(follow)) {
        struct search_page page = { 0 };
        lk_arena_reset(follow->arena);
        const enum lk_status status =
            search_next_page(&follow->connection, NULL, follow->arena, &pages, &page, trouble);
        if (status != LK_OK)
            return status;
        tell_page(follow, &page);
        if (page.cut)
            return lk_fail(trouble, LK_REFUSED, "search: the server's size limit cuts the list short");
    }
    return LK_OK;
}

enum follow_outcome follow_poll(struct follow *follow, struct lk_trouble *trouble)
{
    for (;;) {
        const int64_t began = lk_clock_monotonic();
        const enum lk_status status = operation_counted("poll", began, look(follow, trouble));
        if (follow_is_stopped(follow))
            return FOLLOW_STOPPED;
        if (status != LK_OK)
            return FOLLOW_LOST;
        follow_tell_state(follow, true, NULL);
        const int64_t interval = follow->config->directory_poll_interval * LK_CLOCK_SECOND;
        follow_pause(follow, interval - interval / 20);
    }
}
