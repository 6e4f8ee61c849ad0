/* SPDX-License-Identifier: Apache-2.0 */
/* latchkeyd: start order, signals, and the way back down. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fatal.h"
#include "daemon/embedded.h"
#include "daemon/generation.h"
#include "daemon/notify.h"
#include "daemon/options.h"
#include "directory/kerberos.h"
#include "logging/log.h"
#include "web/web.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <sodium/core.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define FAULTS_MOST           ((size_t) 64 * 1024)
#define REFERENCE_MOST        ((size_t) 256 * 1024)
#define DIRECTORY_PATIENCE_MS 30000

struct latchkeyd {
    struct options options;
    struct generation *generation;
    struct web_sockets *sockets;
    struct embedded *embedded;
    int64_t started;
};

static int print(const struct lk_text *text)
{
    if (!lk_text_ok(text) || fputs(lk_text_string(text), stdout) == EOF || fflush(stdout) == EOF)
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}

/* ---- -t, --print-config and the like: no thread, no socket, no directory ---- */

static int check(const struct options *options)
{
    struct lk_text faults LK_CLEANUP(lk_text_done) = LK_TEXT(FAULTS_MOST);
    struct generation *generation = NULL;
    enum lk_status status = generation_load(options, &generation, &faults);
    if (status != LK_OK) {
        (void) fputs(lk_text_string(&faults), stderr);
        return EXIT_FAILURE;
    }
    generation_stop(generation);
    return puts("latchkeyd: the configuration is good") == EOF ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int print_config(const struct options *options)
{
    struct lk_text faults LK_CLEANUP(lk_text_done) = LK_TEXT(FAULTS_MOST);
    struct lk_text text LK_CLEANUP(lk_text_done) = LK_TEXT(FAULTS_MOST);
    struct config *config = NULL;
    if (config_read(options->config_path, options->settings, options->setting_count, &config, &faults) != LK_OK) {
        (void) fputs(lk_text_string(&faults), stderr);
        return EXIT_FAILURE;
    }
    config_print(config, true, &text);
    config_free(config);
    return print(&text);
}

static int print_reference(void (*write_reference)(struct lk_text *text))
{
    struct lk_text text LK_CLEANUP(lk_text_done) = LK_TEXT(REFERENCE_MOST);
    write_reference(&text);
    return print(&text);
}

/* ---- start ---- */

/* Secrets stay out of core dumps and other processes' reach; a mail or LDAP server that goes away is an error code, not a
 * signal; few malloc arenas, because many threads do little each. Signals are taken by the main thread alone. */
static void prepare_process(sigset_t *waited_out)
{
    const struct rlimit no_core = { .rlim_cur = 0, .rlim_max = 0 };
    (void) setrlimit(RLIMIT_CORE, &no_core);
    (void) prctl(PR_SET_DUMPABLE, 0);
    (void) mallopt(M_ARENA_MAX, 2); // NOLINT(concurrency-mt-unsafe): there is one thread yet
    (void) signal(SIGPIPE, SIG_IGN);
    if (sodium_init() < 0)
        lk_fatal("libsodium cannot start");
    sigemptyset(waited_out);
    sigaddset(waited_out, SIGTERM);
    sigaddset(waited_out, SIGINT);
    sigaddset(waited_out, SIGHUP);
    if (pthread_sigmask(SIG_BLOCK, waited_out, NULL) != 0)
        lk_fatal("signals cannot be blocked");
}

static enum log_level level_of(const struct config *config)
{
    static const enum log_level levels[] = { [CONFIG_LOG_INFO] = LOG_LEVEL_INFO,
                                             [CONFIG_LOG_DEBUG] = LOG_LEVEL_DEBUG,
                                             [CONFIG_LOG_WARNING] = LOG_LEVEL_WARNING,
                                             [CONFIG_LOG_ERROR] = LOG_LEVEL_ERROR };

    return levels[config->log_level];
}

static enum lk_status start_embedded(struct latchkeyd *daemon, const struct config *config, struct lk_trouble *trouble)
{
    if (*config->directory_embedded == '\0')
        return LK_OK;
    const struct embedded_settings settings = {
        .directory = config->directory_embedded,
        .suffix = config->directory_suffix,
        .config = config,
        .share = generation_share(),
        .listen = *config->directory_embedded_listen != '\0' ? config->directory_embedded_listen : NULL,
    };
    enum lk_status status = embedded_start(&settings, &daemon->embedded, trouble);
    if (status != LK_OK)
        return status;
    return embedded_wait_ready(daemon->embedded, DIRECTORY_PATIENCE_MS, trouble);
}

static void say_ready(const struct latchkeyd *daemon)
{
    notify_ready();
    for (size_t i = 0; web_sockets_url(daemon->sockets, i) != NULL; i++)
        log_write(LOG_LEVEL_INFO, "listening", log_text("url", web_sockets_url(daemon->sockets, i)));
    log_write(LOG_LEVEL_INFO, "ready", log_text("version", LATCHKEY_VERSION),
              log_text("url", generation_config(daemon->generation)->server_public_url),
              log_number("ms", (lk_clock_monotonic() - daemon->started) / LK_CLOCK_MILLISECOND));
}

static enum lk_status start(struct latchkeyd *daemon, struct lk_trouble *trouble)
{
    const struct config *config = generation_config(daemon->generation);
    directory_use_keytab(config);
    log_open(STDERR_FILENO, level_of(config));
    enum lk_status status = web_sockets_open(config, NULL, &daemon->sockets, trouble);
    if (status == LK_OK)
        status = start_embedded(daemon, config, trouble);
    if (status == LK_OK)
        status = generation_start(daemon->generation, daemon->sockets, trouble);
    if (status == LK_OK)
        say_ready(daemon);
    return status;
}

static void stop(struct latchkeyd *daemon)
{
    notify_stopping();
    generation_stop_accepting(daemon->generation);
    if (daemon->sockets != NULL)
        web_sockets_close(daemon->sockets);
    generation_stop(daemon->generation);
    if (daemon->embedded != NULL)
        embedded_stop(daemon->embedded);
}

/* ---- while it runs ---- */

static void log_faults(const struct lk_text *faults)
{
    const char *line = lk_text_string(faults);
    while (*line != '\0') {
        size_t len = strcspn(line, "\n");
        log_write(LOG_LEVEL_ERROR, "configuration", log_bytes("fault", line, len));
        line += len + (line[len] == '\n' ? 1 : 0);
    }
}

#define LASTING(member, is_of_slapd)                                                   \
    {                                                                                  \
        "directory." #member, offsetof(struct config, directory_##member), is_of_slapd \
    }

/* What only a new start can change: the environment is changed before there are threads; and the embedded slapd runs in a folder of its
 * own, with a configuration that was made of these when it was started (config/places.h). */
static const struct {
    const char *name;
    size_t offset; /* of a text in struct config */
    bool is_of_slapd;
} LASTING_SETTINGS[] = {
    LASTING(embedded, false),          LASTING(keytab, false),
    LASTING(embedded_listen, true),    LASTING(suffix, true),
    LASTING(accounts_base, true),      LASTING(account_class, true),
    LASTING(account_name, true),       LASTING(organizations_base, true),
    LASTING(organization_class, true), LASTING(organization_name, true),
    LASTING(operators_group, true),    LASTING(decoy, true),
    LASTING(profile_class, true),      LASTING(profile_mail, true),
    LASTING(new_person_class, true),   LASTING(new_organization_class, true),
};

static const char *text_at(const struct config *config, size_t offset)
{
    const char *text = NULL;
    memcpy(&text, (const char *) config + offset, sizeof text);
    return text;
}

static enum lk_status check_lasting(const struct latchkeyd *daemon, const struct generation *fresh,
                                    struct lk_trouble *trouble)
{
    const struct config *former = generation_config(daemon->generation);
    const struct config *wanted = generation_config(fresh);
    for (size_t i = 0; i < sizeof LASTING_SETTINGS / sizeof *LASTING_SETTINGS; i++) {
        const size_t offset = LASTING_SETTINGS[i].offset;
        const bool counts = !LASTING_SETTINGS[i].is_of_slapd || daemon->embedded != NULL;
        if (counts && strcmp(text_at(former, offset), text_at(wanted, offset)) != 0)
            return lk_fail(trouble, LK_REFUSED, "%s has changed: that takes a restart", LASTING_SETTINGS[i].name);
    }
    return LK_OK;
}

/* Starts beside the old generation, on the sockets they share. */
static enum lk_status start_fresh(const struct latchkeyd *daemon, struct generation *fresh,
                                  struct web_sockets **sockets_out, struct lk_trouble *trouble)
{
    enum lk_status status = check_lasting(daemon, fresh, trouble);
    if (status == LK_OK)
        status = web_sockets_open(generation_config(fresh), daemon->sockets, sockets_out, trouble);
    if (status == LK_OK)
        status = generation_start(fresh, *sockets_out, trouble);
    return status;
}

static void replace(struct latchkeyd *daemon, struct generation *fresh, struct web_sockets *sockets)
{
    generation_stop_accepting(daemon->generation);
    web_sockets_take_over(sockets, daemon->sockets);
    generation_stop(daemon->generation);
    daemon->generation = fresh;
    daemon->sockets = sockets;
    log_open(STDERR_FILENO, level_of(generation_config(fresh)));
    log_write(LOG_LEVEL_INFO, "reloaded", log_text("outcome", "done"));
}

/* The new generation serves before the old one stops; whatever is wrong with the new one, the old one stays. */
static void reload(struct latchkeyd *daemon)
{
    struct lk_text faults LK_CLEANUP(lk_text_done) = LK_TEXT(FAULTS_MOST);
    struct lk_trouble trouble = { "" };
    struct generation *fresh = NULL;
    struct web_sockets *sockets = NULL;
    notify_reloading();
    enum lk_status status = generation_load(&daemon->options, &fresh, &faults);
    if (status == LK_OK)
        status = start_fresh(daemon, fresh, &sockets, &trouble);
    if (status == LK_OK) {
        replace(daemon, fresh, sockets);
    } else {
        log_faults(&faults);
        log_write(LOG_LEVEL_ERROR, "reloaded", log_text("outcome", "kept-the-old"), log_text("why", trouble.words));
        generation_stop(fresh);
        web_sockets_close(sockets);
    }
    notify_ready();
}

static void run(struct latchkeyd *daemon, const sigset_t *waited)
{
    for (;;) {
        int taken = 0;
        if (sigwait(waited, &taken) != 0)
            continue;
        if (taken != SIGHUP) {
            log_write(LOG_LEVEL_INFO, "stopping", log_number("signal", taken));
            return;
        }
        reload(daemon);
    }
}

static int serve(const struct options *options, const sigset_t *waited, int64_t started)
{
    struct lk_text faults LK_CLEANUP(lk_text_done) = LK_TEXT(FAULTS_MOST);
    struct lk_trouble trouble = { "" };
    struct latchkeyd daemon = { .options = *options, .started = started };
    if (generation_load(options, &daemon.generation, &faults) != LK_OK) {
        (void) fputs(lk_text_string(&faults), stderr);
        return EXIT_FAILURE;
    }
    enum lk_status status = start(&daemon, &trouble);
    if (status == LK_OK)
        run(&daemon, waited);
    else
        log_write(LOG_LEVEL_ERROR, "start", log_text("outcome", lk_status_name(status)),
                  log_text("why", trouble.words));
    stop(&daemon);
    if (status == LK_OK)
        log_write(LOG_LEVEL_INFO, "stopped", log_text("outcome", "done"));
    log_flush();
    return status == LK_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int count, char **arguments)
{
    int64_t started = lk_clock_monotonic();
    struct options options;
    enum options_mode mode = options_read(count, arguments, &options);
    sigset_t waited;
    prepare_process(&waited);
    switch (mode) {
    case OPTIONS_RUN: return serve(&options, &waited, started);
    case OPTIONS_CHECK: return check(&options);
    case OPTIONS_PRINT: return print_config(&options);
    case OPTIONS_REFERENCE: return print_reference(config_reference_markdown);
    case OPTIONS_MANUAL: return print_reference(config_reference_manual);
    case OPTIONS_DONE: return EXIT_SUCCESS;
    case OPTIONS_BAD: break;
    }
    return 2;
}
