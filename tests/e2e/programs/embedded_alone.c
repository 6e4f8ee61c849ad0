/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded directory without the rest of the daemon, for tests/e2e/test_embedded.py:
 *   embedded_alone FOLDER SUFFIX SHARE [LISTEN [PROGRAMS]]
 * Writes "ready URI" when slapd answers, and ends it when its standard input does. A failure is one line on standard
 * error, "STATUS: words", and exit code 1. */
#include "base/cleanup.h"
#include "config/config.h"
#include "daemon/embedded.h"

#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#define READY_MS 60000

static int failed(enum lk_status status, const struct lk_trouble *trouble)
{
    (void) fprintf(stderr, "%s: %s\n", lk_status_name(status), trouble->words);
    return 1;
}

static int run(const struct embedded_settings *settings)
{
    struct embedded *embedded = NULL;
    struct lk_trouble trouble = { "" };
    enum lk_status status = embedded_start(settings, &embedded, &trouble);
    if (status != LK_OK)
        return failed(status, &trouble);
    status = embedded_wait_ready(embedded, READY_MS, &trouble);
    if (status != LK_OK) {
        embedded_stop(embedded);
        return failed(status, &trouble);
    }
    (void) printf("ready %s\n", embedded_uri(embedded));
    (void) fflush(stdout);
    char byte = 0;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    embedded_stop(embedded);
    return 0;
}

int main(int count, char **words)
{
    if (count < 4 || sodium_init() < 0)
        return 2;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    const char *const set[] = { lk_arena_format(arena, "directory.suffix=%s", words[2]) };
    struct config *config = NULL;
    if (config_read(NULL, set, 1, &config, NULL) != LK_OK)
        config = config_defaults(); /* the suffix is wrong, and the room itself has to say so */
    const struct embedded_settings settings = { .directory = words[1],
                                                .suffix = words[2],
                                                .config = config,
                                                .share = words[3],
                                                .listen = count > 4 ? words[4] : NULL,
                                                .programs = count > 5 ? words[5] : NULL };
    const int status = run(&settings);
    config_free(config);
    return status;
}
