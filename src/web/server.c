/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/fatal.h"
#include "logging/log.h"
#include "web/acceptor.h"
#include "web/door.h"
#include "web/headers.h"
#include "web/server_internal.h"
#include "web/sockets.h"
#include "web/watch.h"
#include "web/worker.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define THREADS_MOST           4
#define THREAD_STACK           ((size_t) 256 * 1024)
#define CONNECTION_MEMORY      ((size_t) 16 * 1024) /* a request's headers must fit, its cookies twice */
#define CONNECTION_MEMORY_STEP ((size_t) 1024)
#define KEY_MOST               ((size_t) 64 * 1024)
#define SPARE_DESCRIPTORS      256
#define TLS_VERSIONS           "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2" /* GnuTLS itself would still take 1.0 */
#define LINGER                 LK_CLOCK_SECOND /* how long a stopping server waits for idle connections to speak up */
#define LAST_ANSWERS           (2 * LK_CLOCK_SECOND) /* for sending what workers gave at the last moment */

/* ---- what libmicrohttpd has to say ---- */

static void on_daemon_log(void *closure, const char *format, va_list values) __attribute__((format(printf, 2, 0)));

static void on_daemon_log(void *closure, const char *format, va_list values)
{
    struct web_server *server = closure;
    char words[256];
    (void) vsnprintf(words, sizeof words, format, values);
    words[strcspn(words, "\r\n")] = '\0';
    if (atomic_load(&server->is_starting))
        memcpy(server->daemon_words, words, sizeof words);
    else
        log_write(LOG_LEVEL_DEBUG, "http", log_text("words", words));
}

_Noreturn static void on_panic(void *closure, const char *file, unsigned line, const char *reason)
{
    (void) closure;
    (void) file;
    log_write(LOG_LEVEL_ERROR, "http_panic", log_number("line", line),
              log_text("why", reason == NULL ? "no reason given" : reason));
    abort();
}

/* ---- starting ---- */

/* Paths come to us as they were sent and are decoded once, by us; arguments likewise. */
static size_t leave_escaped(void *closure, struct MHD_Connection *connection, char *text)
{
    (void) closure;
    (void) connection;
    return strlen(text);
}

/* A few descriptors for each thing we open besides connections. Failing is no fault here: the acceptor copes. */
static void raise_descriptor_limit(const struct config *config)
{
    struct rlimit limit;
    const rlim_t wanted = (rlim_t) config->server_connections + SPARE_DESCRIPTORS;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || limit.rlim_max >= wanted ? wanted : limit.rlim_max;
    (void) setrlimit(RLIMIT_NOFILE, &limit);
}

/* Without TLS one thread has time for tens of thousands of requests a second, more than any directory answers. Two would
 * share the few that are there at one moment, and go to sleep and be woken for each. TLS takes processors. */
static unsigned thread_count(bool has_tls)
{
    if (!has_tls)
        return 1;
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (processors < 1)
        return 1;
    return processors > THREADS_MOST ? THREADS_MOST : (unsigned) processors;
}

struct key_pair {
    struct lk_secret *certificate;
    struct lk_secret *key;
};

static enum lk_status read_certificate(const char *path, struct lk_secret **certificate_out, struct lk_trouble *trouble)
{
    char bytes[KEY_MOST];
    FILE *stream = fopen(path, "re");
    if (stream == NULL)
        return lk_fail(trouble, LK_BROKEN, "server.certificate: %s cannot be read", path);
    const size_t len = fread(bytes, 1, sizeof bytes, stream);
    const bool is_whole = feof(stream) != 0 && ferror(stream) == 0;
    (void) fclose(stream);
    if (len == 0 || !is_whole)
        return lk_fail(trouble, LK_BROKEN, "server.certificate: %s is empty, too long, or cannot be read", path);
    *certificate_out = lk_secret_new(bytes, len);
    return LK_OK;
}

static enum lk_status read_pair(const struct config *config, struct key_pair *pair, struct lk_trouble *trouble)
{
    const bool has_certificate = config->server_certificate[0] != '\0';
    if (has_certificate != (config->server_private_key[0] != '\0'))
        return lk_fail(trouble, LK_BROKEN, "server.certificate and server.private_key belong together: one is missing");
    if (!has_certificate)
        return LK_OK;
    enum lk_status status = read_certificate(config->server_certificate, &pair->certificate, trouble);
    if (status == LK_OK)
        status = lk_secret_read(config->server_private_key, KEY_MOST, &pair->key, trouble);
    return status == LK_OK ? LK_OK : LK_BROKEN;
}

/* libmicrohttpd only reads what these options point to. */
static struct MHD_OptionItem option_of(enum MHD_OPTION option, const char *text)
{
    struct MHD_OptionItem item = { .option = option };
    memcpy(&item.ptr_value, &text, sizeof text);
    return item;
}

/* Our own limit is the acceptor's: libmicrohttpd 0.9.75 locks up a thread that reaches its limit, so its is never reached. */
static struct MHD_Daemon *start_daemon(struct web_server *server, const struct key_pair *pair)
{
    const struct config *config = server->needs.config;
    const unsigned threads = thread_count(pair->certificate != NULL);
    const unsigned limit = threads * ((unsigned) config->server_connections + 1024);
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME |
                     MHD_USE_ERROR_LOG;
    struct MHD_OptionItem options[8];
    size_t count = 0;
    if (pair->certificate != NULL) {
        flags |= MHD_USE_TLS;
        options[count++] = option_of(MHD_OPTION_HTTPS_MEM_KEY, lk_secret_bytes(pair->key));
        options[count++] = option_of(MHD_OPTION_HTTPS_MEM_CERT, lk_secret_bytes(pair->certificate));
        options[count++] = option_of(MHD_OPTION_HTTPS_PRIORITIES, TLS_VERSIONS);
    }
    if (threads > 1)
        options[count++] = (struct MHD_OptionItem){ .option = MHD_OPTION_THREAD_POOL_SIZE, .value = threads };
    if (config->server_connections_per_address > 0)
        options[count++] = (struct MHD_OptionItem){ .option = MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                                                    .value = (intptr_t) config->server_connections_per_address };
    options[count] = (struct MHD_OptionItem){ .option = MHD_OPTION_END };
    return MHD_start_daemon(
        flags, 0, NULL, NULL, web_exchange_on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_daemon_log, server,
        MHD_OPTION_URI_LOG_CALLBACK, web_exchange_on_line, server, MHD_OPTION_NOTIFY_COMPLETED,
        web_exchange_on_completed, server, MHD_OPTION_NOTIFY_CONNECTION, web_exchange_on_connection, server,
        MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL, MHD_OPTION_CONNECTION_LIMIT, limit,
        MHD_OPTION_CONNECTION_TIMEOUT, 0U /* web/watch.h */, MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY,
        MHD_OPTION_CONNECTION_MEMORY_INCREMENT, CONNECTION_MEMORY_STEP, MHD_OPTION_THREAD_STACK_SIZE, THREAD_STACK,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

/* With all signals blocked, so that libmicrohttpd's threads inherit that. */
static enum lk_status start_http(struct web_server *server, struct lk_trouble *trouble)
{
    struct key_pair pair = { NULL, NULL };
    enum lk_status status = read_pair(server->needs.config, &pair, trouble);
    if (status == LK_OK) {
        sigset_t all;
        sigset_t former;
        (void) sigfillset(&all);
        (void) pthread_sigmask(SIG_SETMASK, &all, &former);
        atomic_store(&server->is_starting, true);
        server->daemon = start_daemon(server, &pair);
        atomic_store(&server->is_starting, false);
        (void) pthread_sigmask(SIG_SETMASK, &former, NULL);
        if (server->daemon == NULL)
            status = lk_fail(trouble, LK_BROKEN, "the HTTP server cannot start%s: %s",
                             pair.certificate == NULL ? "" : " with server.certificate and server.private_key",
                             server->daemon_words[0] == '\0' ? "no reason given" : server->daemon_words);
    }
    lk_secret_free(pair.certificate);
    lk_secret_free(pair.key);
    return status;
}

static void end_waiting(struct web_exchange *exchange)
{
    web_exchange_give_back(exchange, 503, web_exchange_problem(exchange, 503, "busy"));
}

static enum lk_status prepare(struct web_server *server, struct lk_trouble *trouble)
{
    const struct config *config = server->needs.config;
    if (!web_origin_of(config->server_public_url, server->origin))
        return lk_fail(trouble, LK_BROKEN, "server.public_url: %s is neither an http nor an https URL",
                       config->server_public_url);
    server->is_https = strncmp(server->origin, "https:", 6) == 0;
    if (web_networks_read(config->server_trusted_proxies, &server->networks, trouble) != LK_OK)
        return LK_BROKEN;
    web_headers_prepare(server);
    raise_descriptor_limit(config);
    server->queue = web_queue_new((size_t) config->server_queue);
    server->door = web_door_new(server);
    return LK_OK;
}

static enum lk_status start_all(struct web_server *server, const struct web_sockets *sockets,
                                struct lk_trouble *trouble)
{
    int descriptors[WEB_SOCKETS_MOST];
    size_t count = 0;
    while (count < WEB_SOCKETS_MOST && web_sockets_descriptor(sockets, count) >= 0) {
        descriptors[count] = web_sockets_descriptor(sockets, count);
        count++;
    }
    enum lk_status status = prepare(server, trouble);
    if (status == LK_OK)
        status = web_watch_start(server, end_waiting, &server->watch, trouble);
    if (status == LK_OK)
        status = web_workers_start(server, &server->workers, trouble);
    if (status == LK_OK)
        status = start_http(server, trouble);
    if (status == LK_OK)
        status = web_acceptor_start(server, descriptors, count, &server->acceptor, trouble);
    return status;
}

enum lk_status web_start(const struct web_needs *needs, const struct web_sockets *sockets,
                         struct web_server **server_out, struct lk_trouble *trouble)
{
    struct web_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        lk_fatal("out of memory");
    server->needs = *needs;
    MHD_set_panic_func(on_panic, NULL);
    const enum lk_status status = start_all(server, sockets, trouble);
    if (status != LK_OK) {
        web_stop(server, 0);
        return status;
    }
    *server_out = server;
    return LK_OK;
}

/* ---- stopping ---- */

static bool nobody_is_there(struct web_server *server)
{
    return atomic_load(&server->connections) == 0;
}

static bool nothing_in_hand(struct web_server *server)
{
    return atomic_load(&server->in_hand) == 0;
}

/* Requests still in the queue when the patience is over get their 503; those that a worker has are waited for: the directory's
 * own deadline bounds them. */
static void finish_requests(struct web_server *server, int64_t patience)
{
    const int64_t now = lk_clock_monotonic();
    const int64_t linger = patience / 2 < LINGER ? patience / 2 : LINGER;
    /* An idle connection may have a request on its way: its answer will say that it is the last. */
    if (!web_watch_wait(server->watch, nobody_is_there, now + linger))
        (void) web_watch_wait(server->watch, nothing_in_hand, now + patience);
    web_queue_close(server->queue);
    struct web_queue_item *item;
    while ((item = web_queue_expired(server->queue, INT64_MAX)) != NULL)
        end_waiting((struct web_exchange *) (void *) item);
    web_workers_stop(server->workers);
    server->workers = NULL;
    (void) web_watch_wait(server->watch, nothing_in_hand, lk_clock_monotonic() + LAST_ANSWERS);
}

void web_stop_accepting(struct web_server *server)
{
    if (server == NULL)
        return;
    atomic_store(&server->is_stopping, true);
    web_acceptor_stop(server->acceptor);
    server->acceptor = NULL;
}

void web_stop(struct web_server *server, int64_t patience)
{
    if (server == NULL)
        return;
    web_stop_accepting(server);
    if (server->daemon != NULL)
        finish_requests(server, patience);
    if (server->workers != NULL) {
        web_queue_close(server->queue);
        web_workers_stop(server->workers);
    }
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon);
    web_watch_stop(server->watch);
    web_door_free(server->door);
    web_queue_free(server->queue);
    web_networks_free(server->networks);
    free(server);
}
