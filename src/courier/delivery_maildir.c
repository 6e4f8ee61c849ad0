/* SPDX-License-Identifier: Apache-2.0 */
/* Maildir: a message is written and flushed in tmp/, then moved into new/, so that a reader never sees half of one and a
 * power cut never loses one that was reported as delivered. */
#include "base/cleanup.h"
#include "courier/delivery_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SCHEME    "maildir:"
#define NAME_MOST 128

static enum lk_status fail(struct lk_trouble *trouble, const char *what, const char *path)
{
    char words[128];
    const char *why = strerror_r(errno, words, sizeof words); /* the GNU one: always a string */
    return lk_fail(trouble, LK_BUSY, "%s %s: %s", what, path, why);
}

/* Makes the folder and those above it, mode 0700. */
static enum lk_status make_folders(const char *path, struct lk_trouble *trouble)
{
    char *copy LK_CLEANUP(lk_cleanup_free) = strdup(path);
    if (copy == NULL)
        return lk_fail(trouble, LK_BUSY, "out of memory");
    for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0700) != 0 && errno != EEXIST)
            return fail(trouble, "cannot make", copy);
        *slash = '/';
    }
    if (mkdir(copy, 0700) != 0 && errno != EEXIST)
        return fail(trouble, "cannot make", copy);
    return LK_OK; /* clang 14 does not know the attribute cleanup. NOLINT(clang-analyzer-unix.Malloc) */
}

/* Opens ROOT/NAME as a folder, made where it is missing. */
static enum lk_status open_folder(int root, const char *name, int *folder_out, struct lk_trouble *trouble)
{
    if (mkdirat(root, name, 0700) != 0 && errno != EEXIST)
        return fail(trouble, "cannot make", name);
    const int folder = openat(root, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return fail(trouble, "cannot open", name);
    *folder_out = folder;
    return LK_OK;
}

/* Unique among threads, processes, machines that share the folder, and restarts. */
static enum lk_status make_name(char *name, size_t room, struct lk_trouble *trouble)
{
    static atomic_uint counter;
    uint64_t random = 0;
    struct timespec now;
    if (getrandom(&random, sizeof random, 0) != (ssize_t) sizeof random || clock_gettime(CLOCK_REALTIME, &now) != 0)
        return lk_fail(trouble, LK_BUSY, "cannot make a file name");
    (void) snprintf(name, room, "%lld.M%06ldP%ldQ%uR%016llx.latchkey", (long long) now.tv_sec, now.tv_nsec / 1000,
                    (long) getpid(), atomic_fetch_add(&counter, 1), (unsigned long long) random);
    return LK_OK;
}

static enum lk_status write_all(int file, const char *bytes, size_t len, struct lk_trouble *trouble)
{
    while (len > 0) {
        const ssize_t written = write(file, bytes, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return fail(trouble, "cannot write", "the message");
        bytes += written;
        len -= (size_t) written;
    }
    return LK_OK;
}

/* A file's lines end with LF alone. */
static enum lk_status write_message(int folder, const char *name, const struct lk_text *message,
                                    struct lk_trouble *trouble)
{
    int file LK_CLEANUP(lk_cleanup_close) = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return fail(trouble, "cannot make", name);
    struct lk_text lines LK_CLEANUP(lk_text_done) = LK_TEXT(message->limit + 1);
    for (size_t i = 0; i < message->len; i++) {
        if (message->data[i] != '\r' || i + 1 == message->len || message->data[i + 1] != '\n')
            lk_text_char(&lines, message->data[i]);
    }
    if (!lk_text_ok(&lines))
        return lk_fail(trouble, LK_BUSY, "the message is too long");
    const enum lk_status status = write_all(file, lk_text_string(&lines), lines.len, trouble);
    if (status == LK_OK && fsync(file) != 0)
        return fail(trouble, "cannot flush", name);
    return status;
}

static enum lk_status deliver(int root, const struct lk_text *message, struct lk_trouble *trouble)
{
    int temporary LK_CLEANUP(lk_cleanup_close) = -1;
    int fresh LK_CLEANUP(lk_cleanup_close) = -1;
    int current LK_CLEANUP(lk_cleanup_close) = -1; /* mail programs want it to be there */
    char name[NAME_MOST];
    enum lk_status status = make_name(name, sizeof name, trouble);
    if (status == LK_OK)
        status = open_folder(root, "tmp", &temporary, trouble);
    if (status == LK_OK)
        status = open_folder(root, "new", &fresh, trouble);
    if (status == LK_OK)
        status = open_folder(root, "cur", &current, trouble);
    if (status == LK_OK)
        status = write_message(temporary, name, message, trouble);
    if (status == LK_OK && renameat(temporary, name, fresh, name) != 0)
        status = fail(trouble, "cannot move into new/", name);
    if (status == LK_OK && fsync(fresh) != 0)
        return fail(trouble, "cannot flush", "new/");
    if (status != LK_OK && temporary >= 0)
        (void) unlinkat(temporary, name, 0);
    return status;
}

enum lk_status delivery_maildir_send(void **state, const struct config *config, const struct envelope *envelope,
                                     bool *answered, struct lk_trouble *trouble)
{
    (void) state;
    *answered = false; /* a folder that cannot be written to is so for all messages */
    const char *path = config->courier_deliver_to + sizeof SCHEME - 1;
    if (*path == '\0')
        return lk_fail(trouble, LK_BUSY, "courier.deliver_to names no folder");
    const enum lk_status status = make_folders(path, trouble);
    if (status != LK_OK)
        return status;
    int root LK_CLEANUP(lk_cleanup_close) = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return fail(trouble, "cannot open", path);
    return deliver(root, envelope->message, trouble);
}

/* The folder, or the one in which it would be made. */
enum lk_status delivery_maildir_look(void **state, const struct config *config, struct lk_trouble *trouble)
{
    (void) state;
    char path[PATH_MAX];
    const int len = snprintf(path, sizeof path, "%s", config->courier_deliver_to + sizeof SCHEME - 1);
    if (len <= 0 || len >= (int) sizeof path)
        return lk_fail(trouble, LK_BUSY, "courier.deliver_to names no folder");
    while (access(path, F_OK) != 0 && errno == ENOENT) {
        char *slash = strrchr(path, '/');
        if (slash == NULL || slash == path)
            return access(slash == NULL ? "." : "/", W_OK | X_OK) == 0 ? LK_OK : fail(trouble, "cannot write to", path);
        *slash = '\0';
    }
    return access(path, W_OK | X_OK) == 0 ? LK_OK : fail(trouble, "cannot write to", path);
}
