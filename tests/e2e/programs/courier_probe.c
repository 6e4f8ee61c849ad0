/* SPDX-License-Identifier: Apache-2.0 */
/* courier_probe [SECTION.NAME=VALUE...] - the courier alone, without the daemon around it.
 *
 * Makes the key ring where it is missing. Says "following" once everything that waits has been told, logs to standard error,
 * stops in good order at the end of its input, and then writes its metrics. */
#include "base/text.h"
#include "config/config.h"
#include "courier/courier.h"
#include "logging/log.h"
#include "logging/metrics.h"
#include "tokens/key_ring.h"
#include "views/views.h"

#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TEXT_MOST ((size_t) 1 << 20)

static int fail(const char *what, const char *words)
{
    (void) fprintf(stderr, "courier_probe: %s: %s\n", what, words);
    return EXIT_FAILURE;
}

static bool input_has_ended(void)
{
    struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
    char byte = 0;
    return poll(&input, 1, 20) > 0 && read(STDIN_FILENO, &byte, 1) <= 0;
}

static int run(struct courier *courier)
{
    struct lk_trouble trouble = { "" };
    bool has_said = false;
    if (courier_start(courier, &trouble) != LK_OK)
        return fail("start", trouble.words);
    while (!input_has_ended()) {
        if (!has_said && courier_is_following(courier)) {
            has_said = true;
            (void) puts("following");
            (void) fflush(stdout);
        }
    }
    courier_stop(courier);
    struct lk_text metrics = LK_TEXT(TEXT_MOST);
    metrics_write(&metrics);
    (void) fputs(lk_text_string(&metrics), stdout);
    lk_text_done(&metrics);
    return EXIT_SUCCESS;
}

int main(int count, char **words)
{
    struct config *config = NULL;
    struct key_ring *ring = NULL;
    struct views *views = NULL;
    struct lk_text faults = LK_TEXT(TEXT_MOST);
    struct lk_trouble trouble = { "" };
    const char *share = getenv("LATCHKEY_SHARE");
    (void) signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0 || share == NULL)
        return fail("environment", "no libsodium, or LATCHKEY_SHARE is not set");
    if (config_read(NULL, (const char *const *) words + 1, (size_t) count - 1, &config, &faults) != LK_OK)
        return fail("configuration", lk_text_string(&faults));
    if (key_ring_make(config->links_key_ring, &trouble) != LK_OK ||
        key_ring_load(config->links_key_ring, &ring, &trouble) != LK_OK)
        return fail("key ring", trouble.words);
    if (views_load(config, share, &views, &faults) != LK_OK)
        return fail("templates", lk_text_string(&faults));
    struct courier *courier = courier_new(config, ring, views);
    const int code = run(courier);
    courier_free(courier);
    views_free(views);
    key_ring_free(ring);
    config_free(config);
    lk_text_done(&faults);
    return code;
}
