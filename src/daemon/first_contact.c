/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/first_contact.h"

#include "base/cleanup.h"
#include "base/fatal.h"
#include "directory/directory.h"
#include "logging/log.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#define PAUSE_SECONDS 5

struct first_contact {
    const struct config *config;
    struct credentials *credentials;
    pthread_t thread;
    pthread_mutex_t lock; /* guards stop */
    pthread_cond_t wake;
    bool stop;
};

/* ---- the two steps: LK_BROKEN asks for another try ---- */

/* Whoever reads this line knows what the directory no longer does for them. */
static void tell_lost(bool is_refused)
{
    if (is_refused)
        log_write(LOG_LEVEL_ERROR, "proxied_authorization", log_text("outcome", "lacking"),
                  log_text("lost", "the server has none, and directory.proxied_authorization = required: what "
                                   "administrators, operators and people themselves change is refused"));
    else
        log_write(LOG_LEVEL_WARNING, "proxied_authorization", log_text("outcome", "unused"),
                  log_text("lost",
                           "what people change is changed under the daemon's own name: the directory's rules for "
                           "them do not hold, and its log does not name them; the pages' policy and this log do"));
}

static enum lk_status look_for_proxying(const struct first_contact *contact, struct directory *directory,
                                        struct lk_trouble *trouble)
{
    bool can = false;
    const enum lk_status status = directory_can_act_as(directory, &can, trouble);
    if (status == LK_OK && !can)
        tell_lost(contact->config->directory_proxied_authorization == CONFIG_PROXIED_REQUIRED);
    return status;
}

static enum lk_status renew_decoy(const struct first_contact *contact, struct directory *directory,
                                  struct lk_trouble *trouble)
{
    struct lk_arena *arena LK_CLEANUP(lk_cleanup_arena) = lk_arena_new();
    return credentials_renew_decoy(contact->credentials, directory, arena, trouble);
}

/* ---- the thread ---- */

/* True when it is time to end. */
static bool pause_or_stop(struct first_contact *contact)
{
    struct timespec until;
    (void) clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PAUSE_SECONDS;
    pthread_mutex_lock(&contact->lock);
    int waited = 0;
    while (!contact->stop && waited == 0)
        waited = pthread_cond_timedwait(&contact->wake, &contact->lock, &until);
    bool stop = contact->stop;
    pthread_mutex_unlock(&contact->lock);
    return stop;
}

static enum lk_status renew_and_tell(const struct first_contact *contact, struct directory *directory, bool *told)
{
    struct lk_trouble trouble = { "" };
    const enum lk_status status = renew_decoy(contact, directory, &trouble);
    if (status != LK_OK && status != LK_BROKEN && !*told) {
        log_write(LOG_LEVEL_WARNING, "decoy", log_text("outcome", lk_status_name(status)),
                  log_text("dn", contact->config->directory_decoy), log_text("why", trouble.words));
        *told = true;
    }
    return status;
}

static void *run(void *context)
{
    struct first_contact *contact = context;
    bool is_asked = false, is_renewed = false, told = false;
    do {
        struct directory *directory LK_CLEANUP(directory_cleanup) = directory_new(contact->config);
        if (!is_asked)
            is_asked = look_for_proxying(contact, directory, NULL) != LK_BROKEN;
        if (is_asked && !is_renewed)
            is_renewed = renew_and_tell(contact, directory, &told) == LK_OK;
    } while (!(is_asked && is_renewed) && !pause_or_stop(contact));
    return NULL;
}

struct first_contact *first_contact_begin(const struct config *config, struct credentials *credentials)
{
    struct first_contact *contact = calloc(1, sizeof *contact);
    if (contact == NULL)
        lk_fatal("out of memory or threads");
    contact->config = config;
    contact->credentials = credentials;
    pthread_mutex_init(&contact->lock, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&contact->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    if (pthread_create(&contact->thread, NULL, run, contact) != 0)
        lk_fatal("out of memory or threads");
    return contact;
}

void first_contact_end(struct first_contact *contact)
{
    if (contact == NULL)
        return;
    pthread_mutex_lock(&contact->lock);
    contact->stop = true;
    pthread_cond_signal(&contact->wake);
    pthread_mutex_unlock(&contact->lock);
    pthread_join(contact->thread, NULL);
    pthread_cond_destroy(&contact->wake);
    pthread_mutex_destroy(&contact->lock);
    free(contact);
}
