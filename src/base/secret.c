/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include "base/cleanup.h"
#include "base/fatal.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium/utils.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct lk_secret {
    size_t len;
    char *bytes;            /* sodium_malloc; read-only once filled */
    atomic_size_t *holders; /* of these bytes; the last one wipes them */
};

/* Guarded room for `len` bytes and a NUL. */
static char *guarded(size_t len)
{
    char *bytes = len < SIZE_MAX / 2 ? sodium_malloc(len + 1) : NULL;
    if (bytes == NULL)
        lk_fatal("out of memory for secrets");
    return bytes;
}

static void cleanup_guarded(char **bytes)
{
    sodium_free(*bytes);
}

struct lk_secret *lk_secret_new(const void *bytes, size_t len)
{
    struct lk_secret *secret = calloc(1, sizeof *secret);
    atomic_size_t *holders = malloc(sizeof *holders);
    if (secret == NULL || holders == NULL)
        lk_fatal("out of memory");
    atomic_init(holders, 1);
    secret->holders = holders;
    secret->bytes = guarded(len);
    secret->len = len;
    if (len > 0)
        memcpy(secret->bytes, bytes, len);
    secret->bytes[len] = '\0';
    (void) sodium_mprotect_readonly(secret->bytes); /* a second line of defence: losing it changes nothing */
    return secret;
}

struct lk_secret *lk_secret_again(const struct lk_secret *secret)
{
    struct lk_secret *again = malloc(sizeof *again);
    if (again == NULL)
        lk_fatal("out of memory");
    *again = *secret;
    atomic_fetch_add_explicit(again->holders, 1, memory_order_relaxed);
    return again;
}

/* Looks at what was opened, not at the path, so that nobody can swap the file in between. */
static enum lk_status check_private(int descriptor, const char *path, struct lk_trouble *trouble)
{
    struct stat facts = { 0 };
    if (fstat(descriptor, &facts) != 0)
        return lk_fail(trouble, LK_BROKEN, "cannot look at %s: %s", path, strerrordesc_np(errno));
    if (!S_ISREG(facts.st_mode))
        return lk_fail(trouble, LK_BROKEN, "%s is not a regular file", path);
    if (facts.st_uid != 0 && facts.st_uid != geteuid())
        return lk_fail(trouble, LK_REFUSED, "%s belongs to somebody else", path);
    if ((facts.st_mode & (S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH)) != 0)
        return lk_fail(trouble, LK_REFUSED, "%s is open to group or others (chmod 600)", path);
    return LK_OK;
}

/* Fills at most `room` bytes. */
static enum lk_status read_all(int descriptor, char *bytes, size_t room, size_t *len_out)
{
    size_t len = 0;
    while (len < room) {
        const ssize_t count = read(descriptor, bytes + len, room - len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return LK_BROKEN;
        if (count == 0)
            break;
        len += (size_t) count;
    }
    *len_out = len;
    return LK_OK;
}

static size_t without_line_end(const char *bytes, size_t len)
{
    if (len > 0 && bytes[len - 1] == '\n') {
        len--;
        if (len > 0 && bytes[len - 1] == '\r')
            len--;
    }
    return len;
}

enum lk_status lk_secret_read(const char *path, size_t most, struct lk_secret **secret_out, struct lk_trouble *trouble)
{
    /* Non-blocking: a FIFO must not hang the start. */
    LK_CLEANUP(lk_cleanup_close) int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) {
        const enum lk_status status = errno == ENOENT || errno == ENOTDIR ? LK_ABSENT : LK_BROKEN;
        return lk_fail(trouble, status, "cannot open %s: %s", path, strerrordesc_np(errno));
    }
    const enum lk_status status = check_private(descriptor, path, trouble);
    if (status != LK_OK)
        return status;

    const size_t room = most + 3; /* a line end, and one byte more to see that it is too long */
    LK_CLEANUP(cleanup_guarded) char *bytes = guarded(room);
    size_t len = 0;
    if (read_all(descriptor, bytes, room, &len) != LK_OK)
        return lk_fail(trouble, LK_BROKEN, "cannot read %s: %s", path, strerrordesc_np(errno));
    const size_t secret_len = without_line_end(bytes, len);
    if (secret_len == 0)
        return lk_fail(trouble, LK_MALFORMED, "%s is empty", path);
    if (secret_len > most)
        return lk_fail(trouble, LK_MALFORMED, "%s is longer than %zu bytes", path, most);
    *secret_out = lk_secret_new(bytes, secret_len);
    return LK_OK;
}

const char *lk_secret_bytes(const struct lk_secret *secret)
{
    return secret->bytes;
}

size_t lk_secret_len(const struct lk_secret *secret)
{
    return secret->len;
}

bool lk_secret_equals(const struct lk_secret *a, const struct lk_secret *b)
{
    return a->len == b->len && sodium_memcmp(a->bytes, b->bytes, a->len) == 0;
}

void lk_secret_free(struct lk_secret *secret)
{
    if (secret == NULL)
        return;
    if (atomic_fetch_sub_explicit(secret->holders, 1, memory_order_acq_rel) == 1) {
        sodium_free(secret->bytes);
        free(secret->holders);
    }
    free(secret);
}

void lk_cleanup_secret(struct lk_secret **secret)
{
    lk_secret_free(*secret);
}
