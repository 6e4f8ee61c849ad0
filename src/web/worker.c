/* SPDX-License-Identifier: Apache-2.0 */
#include "web/worker.h"

#include "base/fatal.h"
#include "web/serve.h"

#include <stdlib.h>

#define STACK ((size_t) 1024 * 1024)

struct worker {
    struct web_server *server;
    pthread_t thread;
};

struct web_workers {
    struct web_server *server;
    size_t count; /* that were started */
    struct worker items[];
};

static void *run(void *argument)
{
    const struct worker *worker = argument;
    struct directory *directory = directory_new(worker->server->needs.config);
    struct lk_arena *arena = lk_arena_new();
    struct web_queue_item *item;
    while ((item = web_queue_take(worker->server->queue)) != NULL) {
        web_serve((struct web_exchange *) (void *) item, directory, arena);
        lk_arena_reset(arena);
    }
    lk_arena_free(arena);
    directory_free(directory);
    return NULL;
}

enum lk_status web_workers_start(struct web_server *server, struct web_workers **workers_out,
                                 struct lk_trouble *trouble)
{
    const size_t wanted = (size_t) server->needs.config->server_workers;
    struct web_workers *workers = calloc(1, sizeof *workers + wanted * sizeof workers->items[0]);
    if (workers == NULL)
        lk_fatal("out of memory");
    workers->server = server;
    for (; workers->count < wanted; workers->count++) {
        struct worker *worker = &workers->items[workers->count];
        worker->server = server;
        const enum lk_status status = web_thread_start(&worker->thread, STACK, run, worker, trouble);
        if (status != LK_OK) {
            web_queue_close(server->queue);
            web_workers_stop(workers);
            return status;
        }
    }
    *workers_out = workers;
    return LK_OK;
}

void web_workers_stop(struct web_workers *workers)
{
    if (workers == NULL)
        return;
    for (size_t i = 0; i < workers->count; i++)
        (void) pthread_join(workers->items[i].thread, NULL);
    free(workers);
}
