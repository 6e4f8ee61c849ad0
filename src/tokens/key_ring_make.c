/* SPDX-License-Identifier: Apache-2.0 */
/* The first key ring, made once however many daemons start at the same moment: each writes a file of its own beside the
 * place and links it there; link(2) lets one of them win, and a half-written ring is never seen. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/text.h"
#include "tokens/key_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium/crypto_kdf.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATH_MOST 4096

static enum lk_status broken(struct lk_trouble *trouble, const char *path, const char *what)
{
    const int why = errno;
    return lk_fail(trouble, LK_BROKEN, "cannot make the key ring %s: %s: %s", path, what, strerrordesc_np(why));
}

static void add_key(struct lk_text *text)
{
    uint8_t secret[crypto_kdf_KEYBYTES];
    char key[LK_BASE64URL_LEN(sizeof secret) + 1];
    char created[LK_CLOCK_GENERALIZED_LEN + 1];
    crypto_kdf_keygen(secret);
    lk_base64url_encode(secret, sizeof secret, key);
    lk_clock_generalized(lk_clock_now(), created);
    lk_text_format(text,
                   "# Latchkey's keys: who can read this file can forge links and sign-ins.\n"
                   "# ID CREATED USE KEY, newest last; USE is make, or check for a key that is being retired.\n"
                   "1 %s make %s\n",
                   created, key);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(key, sizeof key);
}

static enum lk_status write_all(int file, const struct lk_text *text, const char *path, struct lk_trouble *trouble)
{
    size_t done = 0;
    while (done < text->len) {
        const ssize_t wrote = write(file, text->data + done, text->len - done);
        if (wrote < 0 && errno != EINTR)
            return broken(trouble, path, "write");
        if (wrote > 0)
            done += (size_t) wrote;
    }
    return fsync(file) == 0 ? LK_OK : broken(trouble, path, "fsync");
}

/* The new name is on the disk only when its folder is. */
static enum lk_status keep_name(const char *path, struct lk_trouble *trouble)
{
    char folder[PATH_MOST];
    const char *slash = strrchr(path, '/');
    const int len = slash == NULL ? 0 : (int) (slash - path) + 1;
    (void) snprintf(folder, sizeof folder, "%.*s.", len, path);
    LK_CLEANUP(lk_cleanup_close) int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0 || fsync(file) != 0)
        return broken(trouble, path, "fsync of its folder");
    return LK_OK;
}

static enum lk_status fill_and_link(int file, const char *beside, const char *path, struct lk_trouble *trouble)
{
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(1024);
    add_key(&text);
    const enum lk_status status = write_all(file, &text, path, trouble);
    if (status != LK_OK)
        return status;
    if (link(beside, path) == 0)
        return keep_name(path, trouble);
    return errno == EEXIST ? LK_OK : broken(trouble, path, "link");
}

enum lk_status key_ring_make(const char *path, struct lk_trouble *trouble)
{
    char beside[PATH_MOST];
    if (access(path, F_OK) == 0)
        return LK_OK;
    if (strlen(path) + sizeof ".XXXXXX" > sizeof beside)
        return lk_fail(trouble, LK_BROKEN, "the key ring's path is too long");
    (void) snprintf(beside, sizeof beside, "%s.XXXXXX", path);
    LK_CLEANUP(lk_cleanup_close) int file = mkostemp(beside, O_CLOEXEC); /* mode 0600 */
    if (file < 0)
        return broken(trouble, path, "mkostemp");
    const enum lk_status status = fill_and_link(file, beside, path, trouble);
    (void) unlink(beside);
    return status;
}
