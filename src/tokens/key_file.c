/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/key_file.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/secret.h"
#include "base/text.h"
#include "tokens/key_line_internal.h"
#include "tokens/key_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium/crypto_kdf.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_MOST 4096

struct key_change {
    enum key_file_act act;
    uint8_t id;
};

static enum lk_status broken(struct lk_trouble *trouble, const char *path, const char *what)
{
    const int why = errno;
    return lk_fail(trouble, LK_BROKEN, "cannot change the key ring %s: %s: %s", path, what, strerrordesc_np(why));
}

/* ---- lines ---- */

/* false: a comment, or empty; the file as a whole has been seen to be a ring. */
static bool read_line(const char *bytes, size_t len, struct key_line *line_out)
{
    return !key_line_is_comment(bytes, len) && key_line_read(bytes, len, line_out) == NULL;
}

static void write_line(struct lk_text *text, const struct key_line *line, bool makes)
{
    lk_text_format(text, "%u %.*s %s %.*s\n", (unsigned) line->id, (int) line->created_len, line->created_text,
                   makes ? "make" : "check", (int) line->key_len, line->key);
}

static void write_new(struct lk_text *text, uint8_t id, bool makes)
{
    uint8_t secret[crypto_kdf_KEYBYTES];
    char key[LK_BASE64URL_LEN(sizeof secret) + 1];
    char created[LK_CLOCK_GENERALIZED_LEN + 1];
    crypto_kdf_keygen(secret);
    lk_base64url_encode(secret, sizeof secret, key);
    lk_clock_generalized(lk_clock_now(), created);
    write_line(
        text,
        &(struct key_line){
            .id = id, .created_text = created, .created_len = strlen(created), .key = key, .key_len = strlen(key) },
        makes);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(key, sizeof key);
}

/* Each line of the file in turn. */
static const char *next_line(const char *at, const char *end, size_t *len_out)
{
    const char *line_end = memchr(at, '\n', (size_t) (end - at));
    *len_out = (size_t) ((line_end != NULL ? line_end : end) - at);
    return line_end != NULL ? line_end + 1 : end;
}

/* ---- the file as it is ---- */

static enum lk_status read_file(const char *path, struct lk_secret **file_out, uint8_t *newest_out,
                                struct lk_trouble *trouble)
{
    struct key_ring *ring = NULL;
    const enum lk_status status = key_ring_load(path, &ring, trouble);
    if (status != LK_OK)
        return status;
    *newest_out = key_ring_newest(ring);
    key_ring_free(ring);
    return lk_secret_read(path, KEY_FILE_MOST, file_out, trouble);
}

enum lk_status key_file_list(const char *path, struct lk_arena *arena, const struct key_file_entry **entries_out,
                             size_t *count_out, struct lk_trouble *trouble)
{
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *file = NULL;
    uint8_t newest = 0;
    const enum lk_status status = read_file(path, &file, &newest, trouble);
    if (status != LK_OK)
        return status;
    struct key_file_entry *entries = lk_arena_array(arena, KEYS_MOST, sizeof *entries);
    const char *at = lk_secret_bytes(file);
    const char *const end = at + lk_secret_len(file);
    size_t len = 0;
    *count_out = 0;
    for (const char *next = NULL; at < end && *count_out < KEYS_MOST; at = next) {
        struct key_line line;
        next = next_line(at, end, &len);
        if (!read_line(at, len, &line))
            continue;
        entries[(*count_out)++] = (struct key_file_entry){
            .id = line.id, .created = line.created, .makes = line.makes, .is_newest = line.id == newest
        };
    }
    *entries_out = entries;
    return LK_OK;
}

/* ---- the file as it is to be ---- */

static bool adds(enum key_file_act act)
{
    return act == KEY_FILE_ADD || act == KEY_FILE_MAKE || act == KEY_FILE_ROTATE;
}

/* What becomes of one key. The one that is promoted goes to the end, where the newest stands. */
static void copy_key(struct lk_text *text, const struct key_line *line, const struct key_change *change,
                     struct lk_text *last)
{
    const bool is_it = !adds(change->act) && line->id == change->id;
    if (is_it && change->act == KEY_FILE_REMOVE)
        return;
    if (is_it && change->act == KEY_FILE_PROMOTE)
        write_line(last, line, true);
    else
        write_line(text, line, line->makes && !is_it && change->act != KEY_FILE_ROTATE);
}

static void write_changed(struct lk_text *text, const struct lk_secret *file, const struct key_change *change)
{
    LK_CLEANUP(lk_text_done) struct lk_text last = LK_TEXT(KEY_FILE_MOST);
    const char *at = lk_secret_bytes(file);
    const char *const end = at + lk_secret_len(file);
    size_t len = 0;
    for (const char *next = NULL; at < end; at = next) {
        struct key_line line;
        next = next_line(at, end, &len);
        if (read_line(at, len, &line)) {
            copy_key(text, &line, change, &last);
            continue;
        }
        lk_text_add(text, at, len);
        lk_text_literal(text, "\n");
    }
    lk_text_format(text, "%s", lk_text_string(&last));
    if (adds(change->act))
        write_new(text, change->id, change->act != KEY_FILE_ADD);
}

/* ---- putting it in its place ---- */

static enum lk_status write_all(int file, const struct lk_text *text, const char *path, struct lk_trouble *trouble)
{
    for (size_t done = 0; done < text->len;) {
        const ssize_t wrote = write(file, text->data + done, text->len - done);
        if (wrote < 0 && errno != EINTR)
            return broken(trouble, path, "write");
        done += wrote > 0 ? (size_t) wrote : 0;
    }
    return fsync(file) == 0 ? LK_OK : broken(trouble, path, "fsync");
}

/* The daemon must still be able to read it when root has changed it. */
static enum lk_status keep_owner(int file, const char *path, struct lk_trouble *trouble)
{
    struct stat former;
    if (stat(path, &former) != 0)
        return broken(trouble, path, "stat");
    if (geteuid() == 0 && fchown(file, former.st_uid, former.st_gid) != 0)
        return broken(trouble, path, "fchown");
    return LK_OK;
}

/* A ring without a key that makes is none: that is why it is read before it is put in its place. */
static enum lk_status check_ring(const char *beside, struct lk_trouble *trouble)
{
    struct key_ring *ring = NULL;
    const enum lk_status status = key_ring_load(beside, &ring, NULL);
    if (status == LK_OK)
        key_ring_free(ring);
    return status == LK_OK ? LK_OK : lk_fail(trouble, LK_REFUSED, "no key would be left to make new things with");
}

static enum lk_status put(const char *path, int folder, const struct lk_text *text, struct lk_trouble *trouble)
{
    char beside[PATH_MOST];
    (void) snprintf(beside, sizeof beside, "%s.XXXXXX", path);
    LK_CLEANUP(lk_cleanup_close) int file = mkostemp(beside, O_CLOEXEC); /* mode 0600 */
    if (file < 0)
        return broken(trouble, path, "mkostemp");
    enum lk_status status = write_all(file, text, path, trouble);
    if (status == LK_OK)
        status = check_ring(beside, trouble);
    if (status == LK_OK)
        status = keep_owner(file, path, trouble);
    if (status == LK_OK && rename(beside, path) != 0)
        status = broken(trouble, path, "rename");
    if (status != LK_OK)
        (void) unlink(beside);
    else if (fsync(folder) != 0)
        status = broken(trouble, path, "fsync of its folder");
    return status;
}

/* The folder stands for the file, which is another one after each change. */
static int lock_folder(const char *path)
{
    char folder[PATH_MOST];
    const char *slash = strrchr(path, '/');
    const int len = slash == NULL ? 0 : (int) (slash - path) + 1;
    (void) snprintf(folder, sizeof folder, "%.*s.", len, path);
    const int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file >= 0 && flock(file, LOCK_EX) != 0) {
        (void) close(file);
        return -1;
    }
    return file;
}

/* ---- changing ---- */

/* One more than the highest, as long as there is one; else the lowest that is free. 0: none is. */
static uint8_t free_id(const struct key_ring *ring)
{
    for (unsigned id = KEYS_MOST; id > 0; id--) {
        if (key_ring_has(ring, (uint8_t) id) && id < KEYS_MOST)
            return (uint8_t) (id + 1);
        if (key_ring_has(ring, (uint8_t) id))
            break;
    }
    for (unsigned id = 1; id <= KEYS_MOST; id++) {
        if (!key_ring_has(ring, (uint8_t) id))
            return (uint8_t) id;
    }
    return 0;
}

static enum lk_status choose_id(const char *path, struct key_change *change, struct lk_trouble *trouble)
{
    struct key_ring *ring = NULL;
    const enum lk_status status = key_ring_load(path, &ring, trouble);
    if (status != LK_OK)
        return status;
    const bool is_there = change->id != 0 && key_ring_has(ring, change->id);
    if (adds(change->act))
        change->id = free_id(ring);
    key_ring_free(ring);
    if (adds(change->act))
        return change->id != 0 ? LK_OK : lk_fail(trouble, LK_CONFLICT, "the ring has 255 keys: remove some first");
    return is_there ? LK_OK : lk_fail(trouble, LK_ABSENT, "there is no key %u", (unsigned) change->id);
}

enum lk_status key_file_change(const char *path, enum key_file_act act, uint8_t *id_in_out, struct lk_trouble *trouble)
{
    struct key_change change = { .act = act, .id = *id_in_out };
    if (strlen(path) + sizeof ".XXXXXX" > PATH_MOST)
        return lk_fail(trouble, LK_BROKEN, "the key ring's path is too long");
    LK_CLEANUP(lk_cleanup_close) int folder = lock_folder(path);
    if (folder < 0)
        return errno == ENOENT ? lk_fail(trouble, LK_ABSENT, "there is no %s", path) : broken(trouble, path, "lock");
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *file = NULL;
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(KEY_FILE_MOST);
    uint8_t newest = 0;
    enum lk_status status = choose_id(path, &change, trouble);
    if (status == LK_OK)
        status = read_file(path, &file, &newest, trouble);
    if (status != LK_OK)
        return status;
    write_changed(&text, file, &change);
    if (!lk_text_ok(&text))
        return lk_fail(trouble, LK_BROKEN, "the key ring would become too long");
    status = put(path, folder, &text, trouble);
    if (status == LK_OK)
        *id_in_out = change.id;
    return status;
}
