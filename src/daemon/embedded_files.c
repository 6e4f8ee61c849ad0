/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "daemon/embedded_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_FOLDERS_MOST 16

const char *embedded_path(const struct embedded *embedded, const char *name)
{
    return lk_arena_format(embedded->arena, "%s/%s", embedded->folder, name);
}

bool embedded_is_there(const char *path)
{
    struct stat facts = { 0 };
    return stat(path, &facts) == 0;
}

enum lk_status embedded_read_file(const char *path, struct lk_text *text, struct lk_trouble *trouble)
{
    LK_CLEANUP(lk_cleanup_close) int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return lk_fail(trouble, errno == ENOENT ? LK_ABSENT : LK_BROKEN, "cannot open %s: %s", path,
                       strerrordesc_np(errno));
    for (;;) {
        char bytes[8192];
        const ssize_t count = read(descriptor, bytes, sizeof bytes);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return lk_fail(trouble, LK_BROKEN, "cannot read %s: %s", path, strerrordesc_np(errno));
        if (count == 0)
            break;
        lk_text_add(text, bytes, (size_t) count);
    }
    return lk_text_ok(text) ? LK_OK : lk_fail(trouble, LK_BROKEN, "%s is too large", path);
}

static int write_all(int descriptor, const char *bytes, size_t len)
{
    while (len > 0) {
        const ssize_t count = write(descriptor, bytes, len);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        bytes += count;
        len -= (size_t) count;
    }
    return 0;
}

enum lk_status embedded_write_file(const char *path, const struct lk_text *text, struct lk_trouble *trouble)
{
    LK_CLEANUP(lk_text_done) struct lk_text beside = LK_TEXT(4096);
    lk_text_format(&beside, "%s.new", path);
    if (!lk_text_ok(&beside))
        return lk_fail(trouble, LK_MALFORMED, "path too long: %s", path);
    LK_CLEANUP(lk_cleanup_close)
    int descriptor = open(lk_text_string(&beside), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0 || write_all(descriptor, lk_text_string(text), text->len) != 0 || fsync(descriptor) != 0 ||
        rename(lk_text_string(&beside), path) != 0)
        return lk_fail(trouble, LK_BROKEN, "cannot write %s: %s", path, strerrordesc_np(errno));
    return LK_OK;
}

enum lk_status embedded_make_folder(const char *path, struct lk_trouble *trouble)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return LK_OK;
    return lk_fail(trouble, LK_BROKEN, "cannot make folder %s: %s", path, strerrordesc_np(errno));
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
    (void) facts;
    (void) kind;
    (void) place;
    return remove(path);
}

enum lk_status embedded_remove(const char *path, struct lk_trouble *trouble)
{
    /* nftw is safe among threads without FTW_CHDIR (nftw(3)). NOLINTNEXTLINE(concurrency-mt-unsafe) */
    if (nftw(path, remove_one, OPEN_FOLDERS_MOST, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
        return LK_OK;
    return lk_fail(trouble, LK_BROKEN, "cannot remove %s: %s", path, strerrordesc_np(errno));
}
