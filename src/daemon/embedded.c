/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/embedded.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/fatal.h"
#include "daemon/embedded_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define LOCK_WAIT_MS  12000 /* longer than slapd takes to end when its daemon was killed */
#define LOOK_AGAIN_MS 5
#define ENDS_MOST     3 /* slapd that ends this often in a row at start will not come up by itself */
#define SETTING_MOST  200

static void pause_briefly(void)
{
    const struct timespec pause = { .tv_sec = 0, .tv_nsec = LOOK_AGAIN_MS * LK_CLOCK_MILLISECOND };
    (void) nanosleep(&pause, NULL);
}

static enum lk_status check_settings(const struct embedded_settings *settings, struct lk_trouble *trouble)
{
    if (!embedded_suffix_is_plain(settings->suffix) || strlen(settings->suffix) > SETTING_MOST)
        return lk_fail(trouble, LK_MALFORMED,
                       "the embedded directory's suffix is dc=…,dc=… of letters, digits and hyphens, not \"%s\"",
                       settings->suffix);
    if (settings->listen != NULL && settings->listen[0] != '\0' && !embedded_listen_is_loopback(settings->listen))
        return lk_fail(trouble, LK_MALFORMED,
                       "the embedded directory listens on a loopback address only (ldap://127.0.0.1:3890), not on %s",
                       settings->listen);
    return LK_OK;
}

static enum lk_status absolute(struct lk_arena *arena, const char *path, const char **path_out,
                               struct lk_trouble *trouble)
{
    LK_CLEANUP(lk_cleanup_free) char *found = realpath(path, NULL);
    if (found == NULL)
        return lk_fail(trouble, errno == ENOENT ? LK_ABSENT : LK_BROKEN, "%s: %s", path, strerrordesc_np(errno));
    *path_out = lk_arena_words(arena, found);
    return LK_OK;
}

static enum lk_status open_folder(struct embedded *embedded, const char *path, struct lk_trouble *trouble)
{
    enum lk_status status = embedded_make_folder(path, trouble);
    if (status != LK_OK || (status = absolute(embedded->arena, path, &embedded->folder, trouble)) != LK_OK)
        return status;
    struct stat facts = { 0 };
    if (stat(embedded->folder, &facts) != 0 || facts.st_uid != geteuid())
        return lk_fail(trouble, LK_BROKEN, "the folder %s must belong to the daemon's user", embedded->folder);
    if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0 && chmod(embedded->folder, 0700) != 0)
        return lk_fail(trouble, LK_BROKEN, "cannot close %s to others: %s", embedded->folder, strerrordesc_np(errno));
    const char *socket_path = embedded_path(embedded, "ldapi");
    embedded->socket_path = socket_path;
    embedded->log_path = embedded_path(embedded, "slapd.log");
    const size_t most = sizeof((struct sockaddr_un *) NULL)->sun_path - 1;
    if (strlen(socket_path) > most)
        return lk_fail(trouble, LK_MALFORMED, "the path %s is too long for a Unix socket (%zu bytes, at most %zu)",
                       socket_path, strlen(socket_path), most);
    LK_CLEANUP(lk_text_done) struct lk_text uri = LK_TEXT(1024);
    lk_text_literal(&uri, "ldapi://");
    lk_percent_encode(&uri, socket_path, strlen(socket_path), "");
    embedded->uri = lk_arena_words(embedded->arena, lk_text_string(&uri));
    return LK_OK;
}

/* The lock belongs to the open file, which slapd inherits: after kill -9 of the daemon it is free when slapd has ended. */
static enum lk_status lock_folder(struct embedded *embedded, struct lk_trouble *trouble)
{
    embedded->lock = open(embedded_path(embedded, "lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (embedded->lock < 0)
        return lk_fail(trouble, LK_BROKEN, "cannot write in %s: %s", embedded->folder, strerrordesc_np(errno));
    const int64_t deadline = lk_clock_monotonic() + LOCK_WAIT_MS * LK_CLOCK_MILLISECOND;
    while (flock(embedded->lock, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return lk_fail(trouble, LK_BROKEN, "cannot lock %s: %s", embedded->folder, strerrordesc_np(errno));
        if (lk_clock_monotonic() > deadline)
            return lk_fail(trouble, LK_BUSY, "another daemon, or its slapd, is using %s", embedded->folder);
        pause_briefly();
    }
    return LK_OK;
}

static enum lk_status start(struct embedded *embedded, const struct embedded_settings *settings,
                            struct lk_trouble *trouble)
{
    enum lk_status status = LK_OK;
    if ((status = absolute(embedded->arena, settings->share, &embedded->share, trouble)) != LK_OK ||
        (status = open_folder(embedded, settings->directory, trouble)) != LK_OK ||
        (status = lock_folder(embedded, trouble)) != LK_OK || (status = embedded_configure(embedded, trouble)) != LK_OK)
        return status;
    if (pipe2(embedded->stop, O_CLOEXEC) != 0)
        return lk_fail(trouble, LK_BROKEN, "cannot make a pipe: %s", strerrordesc_np(errno));
    return embedded_supervise(embedded, trouble);
}

enum lk_status embedded_start(const struct embedded_settings *settings, struct embedded **embedded_out,
                              struct lk_trouble *trouble)
{
    enum lk_status status = check_settings(settings, trouble);
    if (status != LK_OK)
        return status;
    struct embedded *embedded = calloc(1, sizeof *embedded);
    if (embedded == NULL)
        lk_fatal("out of memory");
    struct lk_arena *arena = lk_arena_new();
    *embedded = (struct embedded){
        .arena = arena,
        .suffix = lk_arena_words(arena, settings->suffix),
        .config = settings->config,
        .listen = lk_arena_words(arena, settings->listen != NULL ? settings->listen : ""),
        .programs = lk_arena_words(arena, settings->programs != NULL ? settings->programs : ""),
        .lock = -1,
        .stop = {-1, -1}
    };
    (void) pthread_mutex_init(&embedded->mutex, NULL);
    status = start(embedded, settings, trouble);
    if (status != LK_OK) {
        embedded_stop(embedded);
        return status;
    }
    *embedded_out = embedded;
    return LK_OK;
}

/* ---- does it answer? */

static bool wait_until(int descriptor, short events, int64_t deadline)
{
    const int64_t left = (deadline - lk_clock_monotonic()) / LK_CLOCK_MILLISECOND;
    struct pollfd wait = { .fd = descriptor, .events = events };
    return left > 0 && poll(&wait, 1, (int) left) > 0;
}

/* An anonymous bind as it stands on the wire (RFC 4511), and whether anything comes back. */
static bool answers(const struct embedded *embedded, int64_t deadline)
{
    static const unsigned char bind_request[] = { 0x30, 0x0c, 0x02, 0x01, 0x01, 0x60, 0x07,
                                                  0x02, 0x01, 0x03, 0x04, 0x00, 0x80, 0x00 };
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    memcpy(address.sun_path, embedded->socket_path, strlen(embedded->socket_path) + 1);
    LK_CLEANUP(lk_cleanup_close) int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (connection < 0 || connect(connection, (const struct sockaddr *) &address, sizeof address) != 0 ||
        send(connection, bind_request, sizeof bind_request, MSG_NOSIGNAL) != (ssize_t) sizeof bind_request)
        return false;
    unsigned char answer = 0;
    return wait_until(connection, POLLIN, deadline) && recv(connection, &answer, 1, 0) == 1;
}

static unsigned ends_so_far(struct embedded *embedded)
{
    (void) pthread_mutex_lock(&embedded->mutex);
    const unsigned ends = embedded->ends;
    (void) pthread_mutex_unlock(&embedded->mutex);
    return ends;
}

enum lk_status embedded_wait_ready(struct embedded *embedded, int64_t milliseconds, struct lk_trouble *trouble)
{
    const int64_t deadline = lk_clock_monotonic() + milliseconds * LK_CLOCK_MILLISECOND;
    while (!answers(embedded, deadline)) {
        char words[160];
        embedded_last_words(embedded, words, sizeof words);
        if (ends_so_far(embedded) >= ENDS_MOST)
            return lk_fail(trouble, LK_BROKEN, "slapd keeps ending, see %s: %s", embedded->log_path, words);
        if (lk_clock_monotonic() > deadline)
            return lk_fail(trouble, LK_BUSY, "slapd does not answer yet, see %s", embedded->log_path);
        pause_briefly();
    }
    return LK_OK;
}

const char *embedded_uri(const struct embedded *embedded)
{
    return embedded->uri;
}

const char *embedded_folder(const struct embedded *embedded)
{
    return embedded->folder;
}

bool embedded_is_running(struct embedded *embedded)
{
    (void) pthread_mutex_lock(&embedded->mutex);
    const bool running = embedded->running;
    (void) pthread_mutex_unlock(&embedded->mutex);
    return running;
}

void embedded_stop(struct embedded *embedded)
{
    if (embedded == NULL)
        return;
    if (embedded->has_thread) {
        while (write(embedded->stop[1], "", 1) < 0 && errno == EINTR)
            ;
        (void) pthread_join(embedded->thread, NULL);
    }
    lk_cleanup_close(&embedded->stop[0]);
    lk_cleanup_close(&embedded->stop[1]);
    lk_cleanup_close(&embedded->lock);
    (void) pthread_mutex_destroy(&embedded->mutex);
    lk_arena_free(embedded->arena);
    free(embedded);
}
