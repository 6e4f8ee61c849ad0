/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/decoy.h"

#include "base/cleanup.h"
#include "base/fatal.h"
#include "directory/directory.h"
#include "logging/log.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#define PAUSE_SECONDS 5

struct decoy {
    const struct config *config;
    struct credentials *credentials;
    pthread_t thread;
    pthread_mutex_t lock; /* guards stop */
    pthread_cond_t wake;
    bool stop;
};

static enum lk_status renew(const struct decoy *decoy, struct lk_trouble *trouble)
{
    struct directory *directory LK_CLEANUP(directory_cleanup) = directory_new(decoy->config);
    struct lk_arena *arena LK_CLEANUP(lk_cleanup_arena) = lk_arena_new();
    return credentials_renew_decoy(decoy->credentials, directory, arena, trouble);
}

/* True when it is time to end. */
static bool pause_or_stop(struct decoy *decoy)
{
    struct timespec until;
    (void) clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PAUSE_SECONDS;
    pthread_mutex_lock(&decoy->lock);
    int waited = 0;
    while (!decoy->stop && waited == 0)
        waited = pthread_cond_timedwait(&decoy->wake, &decoy->lock, &until);
    bool stop = decoy->stop;
    pthread_mutex_unlock(&decoy->lock);
    return stop;
}

static void *run(void *context)
{
    struct decoy *decoy = context;
    bool told = false;
    do {
        struct lk_trouble trouble = { "" };
        enum lk_status status = renew(decoy, &trouble);
        if (status == LK_OK)
            return NULL;
        if (status != LK_BROKEN && !told) {
            log_write(LOG_LEVEL_WARNING, "decoy", log_text("outcome", lk_status_name(status)),
                      log_text("dn", decoy->config->directory_decoy), log_text("why", trouble.words));
            told = true;
        }
    } while (!pause_or_stop(decoy));
    return NULL;
}

struct decoy *decoy_start(const struct config *config, struct credentials *credentials)
{
    struct decoy *decoy = calloc(1, sizeof *decoy);
    if (decoy == NULL)
        lk_fatal("out of memory or threads");
    decoy->config = config;
    decoy->credentials = credentials;
    pthread_mutex_init(&decoy->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&decoy->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&decoy->thread, NULL, run, decoy) != 0)
        lk_fatal("out of memory or threads");
    return decoy;
}

void decoy_stop(struct decoy *decoy)
{
    if (decoy == NULL)
        return;
    pthread_mutex_lock(&decoy->lock);
    decoy->stop = true;
    pthread_cond_signal(&decoy->wake);
    pthread_mutex_unlock(&decoy->lock);
    pthread_join(decoy->thread, NULL);
    pthread_cond_destroy(&decoy->wake);
    pthread_mutex_destroy(&decoy->lock);
    free(decoy);
}
