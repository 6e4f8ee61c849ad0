/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/book_watch.h"

#include "base/cleanup.h"
#include "base/fatal.h"
#include "base/sanitizer.h"
#include "directory/book_internal.h"
#include "directory/directory.h"
#include "directory/filter.h"
#include "directory/follow.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Small: idle memory is bounded, and nothing here recurses or keeps large things on the stack. Sanitizers need more. */
#define STACK_SIZE (LK_SANITIZED ? (size_t) 4 << 20 : (size_t) 256 << 10)

struct book_watch {
    const struct config *config;
    struct lk_arena *arena; /* the filter of one session */
    struct follow_target target;
    struct follow *follow;
    bool is_listening;
    pthread_t thread;
};

/* Of all watches of the process: how many listen, and how often something was heard or one began to listen. */
static atomic_uint listening;
static atomic_uint_fast64_t heard;

uint64_t book_watch_mark(void)
{
    const uint64_t mark = atomic_load(&heard);
    return atomic_load(&listening) > 0 ? mark : BOOK_UNWATCHED;
}

static const char *latest_of(const struct directory_attribute *times)
{
    const char *latest = "";
    for (size_t i = 0; times != NULL && i < times->count; i++)
        if (strcmp(times->values[i].bytes, latest) > 0)
            latest = times->values[i].bytes;
    return latest;
}

/* Only what changes from now on: what was before, the book's own searches have found. Nothing else in the filter is looked up, so
 * without that the server would begin by looking at everybody. An organisation, which has no displayName either, brings its people
 * along when it takes the name of another. */
static enum lk_status prepare(void *context, struct lk_trouble *trouble)
{
    struct book_watch *watch = context;
    const struct config *config = watch->config;
    static const char *const ATTRIBUTES[] = { "contextCSN", NULL };
    LK_CLEANUP(directory_cleanup) struct directory *directory = directory_new(config);
    struct directory_entry top = { 0 };
    lk_arena_reset(watch->arena);
    const enum lk_status status =
        directory_read(directory, watch->arena, config->directory_suffix, NULL, ATTRIBUTES, &top, trouble);
    if (status != LK_OK)
        return status;
    const struct directory_attribute *changed = directory_attribute(&top, ATTRIBUTES[0]);
    if (changed == NULL) {
        follow_stop(watch->follow);
        return lk_fail(trouble, LK_ABSENT, "follow: the server does not say when it was changed");
    }
    watch->target.filter = filter_and(watch->arena, filter_at_least(watch->arena, "entryCSN", latest_of(changed)),
                                      filter_not(watch->arena, filter_present(watch->arena, "displayName")));
    return LK_OK;
}

static void told(void *context, const struct directory_entry *entry)
{
    (void) context;
    (void) entry;
    atomic_fetch_add(&heard, 1);
}

/* What was remembered while another server was listened to, or none, is void before this one counts. */
static void state(void *context, bool connected, const char *words)
{
    struct book_watch *watch = context;
    (void) words;
    if (connected == watch->is_listening)
        return;
    watch->is_listening = connected;
    atomic_fetch_add(&heard, 1);
    if (connected)
        atomic_fetch_add(&listening, 1);
    else
        atomic_fetch_sub(&listening, 1);
}

static void *run(void *context)
{
    struct book_watch *watch = context;
    follow_run(watch->follow);
    state(watch, false, NULL);
    return NULL;
}

static void start_thread(struct book_watch *watch)
{
    pthread_attr_t attributes;
    (void) pthread_attr_init(&attributes);
    (void) pthread_attr_setstacksize(&attributes, STACK_SIZE);
    if (pthread_create(&watch->thread, &attributes, run, watch) != 0)
        lk_fatal("out of memory or threads");
    (void) pthread_attr_destroy(&attributes);
}

struct book_watch *book_watch_start(const struct config *config)
{
    static const char *const NOTHING[] = { "1.1", NULL };
    if (config->directory_follow == CONFIG_FOLLOW_POLL)
        return NULL;
    struct book_watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL)
        lk_fatal("out of memory");
    watch->config = config;
    watch->arena = lk_arena_new();
    watch->target = (struct follow_target){ .base = config->directory_organizations_base,
                                            .prepare = prepare,
                                            .attributes = NOTHING,
                                            .told = told,
                                            .state = state,
                                            .at_once = true,
                                            .context = watch };
    watch->follow = follow_new(config, &watch->target);
    start_thread(watch);
    return watch;
}

void book_watch_stop(struct book_watch *watch)
{
    if (watch == NULL)
        return;
    follow_stop(watch->follow);
    (void) pthread_join(watch->thread, NULL);
    follow_free(watch->follow);
    lk_arena_free(watch->arena);
    free(watch);
}
