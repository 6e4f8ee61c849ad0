/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/generation.h"

#include "base/clock.h"
#include "courier/courier.h"
#include "credentials/password.h"
#include "daemon/files.h"
#include "daemon/first_contact.h"
#include "directory/book_watch.h"
#include "limits/limits.h"
#include "tokens/key_ring.h"
#include "views/views.h"

#include <stdlib.h>

#define STOP_PATIENCE (20 * LK_CLOCK_SECOND)

struct generation {
    struct config *config;
    struct key_ring *ring;
    struct views *views;
    struct credentials *credentials;
    struct limits *limits;
    struct courier *courier;
    struct book_watch *book_watch;
    struct web_server *server;
    struct first_contact *first_contact;
};

/* The environment counts first: a build that is not installed has its own. */
const char *generation_share(void)
{
    const char *share = getenv("LATCHKEY_SHARE"); // NOLINT(concurrency-mt-unsafe): no thread changes it
    return share != NULL && *share != '\0' ? share : LATCHKEY_SHARE;
}

static enum lk_status load_parts(const struct options *options, struct generation *generation, struct lk_text *faults)
{
    enum lk_status status =
        config_read(options->config_path, options->settings, options->setting_count, &generation->config, faults);
    if (status == LK_OK)
        status = files_check(generation->config, faults);
    if (status != LK_OK)
        return status;
    return views_load(generation->config, generation_share(), &generation->views, faults);
}

enum lk_status generation_load(const struct options *options, struct generation **generation_out,
                               struct lk_text *faults)
{
    struct generation *generation = calloc(1, sizeof *generation);
    if (generation == NULL)
        return LK_BROKEN;
    enum lk_status status = load_parts(options, generation, faults);
    if (status != LK_OK) {
        generation_stop(generation);
        return status;
    }
    *generation_out = generation;
    return LK_OK;
}

const struct config *generation_config(const struct generation *generation)
{
    return generation->config;
}

static const char *not_ready(void *context)
{
    const struct generation *generation = context;
    return courier_is_following(generation->courier) ? NULL : "the directory cannot be followed";
}

static enum lk_status load_ring(struct generation *generation, struct lk_trouble *trouble)
{
    const char *path = generation->config->links_key_ring;
    enum lk_status status = key_ring_load(path, &generation->ring, trouble);
    if (status != LK_ABSENT)
        return status;
    status = key_ring_make(path, trouble);
    return status == LK_OK ? key_ring_load(path, &generation->ring, trouble) : status;
}

enum lk_status generation_start(struct generation *generation, const struct web_sockets *sockets,
                                struct lk_trouble *trouble)
{
    enum lk_status status = load_ring(generation, trouble);
    if (status != LK_OK)
        return status;
    generation->credentials = credentials_new(generation->config);
    generation->limits = limits_new(generation->config);
    generation->courier = courier_new(generation->config, generation->ring, generation->views);
    status = courier_start(generation->courier, trouble);
    if (status != LK_OK)
        return status;
    generation->book_watch = book_watch_start(generation->config);
    const struct web_needs needs = { .config = generation->config,
                                     .ring = generation->ring,
                                     .views = generation->views,
                                     .credentials = generation->credentials,
                                     .limits = generation->limits,
                                     .not_ready = not_ready,
                                     .context = generation };
    status = web_start(&needs, sockets, &generation->server, trouble);
    if (status != LK_OK)
        return status;
    generation->first_contact = first_contact_begin(generation->config, generation->credentials);
    return LK_OK;
}

void generation_stop_accepting(struct generation *generation)
{
    web_stop_accepting(generation->server);
}

void generation_stop(struct generation *generation)
{
    if (generation == NULL)
        return;
    first_contact_end(generation->first_contact);
    if (generation->server != NULL)
        web_stop(generation->server, STOP_PATIENCE);
    book_watch_stop(generation->book_watch);
    if (generation->courier != NULL) {
        courier_stop(generation->courier);
        courier_free(generation->courier);
    }
    if (generation->credentials != NULL)
        credentials_free(generation->credentials);
    limits_free(generation->limits);
    views_free(generation->views);
    if (generation->ring != NULL)
        key_ring_free(generation->ring);
    config_free(generation->config);
    free(generation);
}
