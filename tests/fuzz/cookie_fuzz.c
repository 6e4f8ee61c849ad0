/* SPDX-License-Identifier: Apache-2.0 */
/* The Cookie header, and the list of names in one of them. */
#include "base/cleanup.h"
#include "web/cookie.h"
#include "web/names.h"

#include <sodium/core.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct key_ring *make_ring(void)
{
    static const char words[] = "1 20260101000000Z make AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n";
    char path[] = "/tmp/latchkey-fuzz-XXXXXX";
    struct key_ring *ring = NULL;
    const int file = mkstemp(path);
    if (sodium_init() < 0 || file < 0 || write(file, words, sizeof words - 1) != (ssize_t) sizeof words - 1 ||
        close(file) != 0 || key_ring_load(path, &ring, NULL) != LK_OK || unlink(path) != 0)
        abort();
    return ring;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct key_ring *ring;
    if (ring == NULL)
        ring = make_ring();
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    const char *header = (const char *) bytes;
    const char *value = NULL;
    size_t value_len = 0;
    if (web_cookie_find(header, len, "latchkey-names", &value, &value_len) == LK_OK) {
        if (value < header || value + value_len > header + len)
            abort();
        const struct web_names names = web_names_parse(ring, arena, value, value_len);
        const char *again = web_names_write(ring, arena, &names);
        if (names.count > WEB_NAMES_MOST || (names.count > 0 && strlen(again) > value_len))
            abort();
    }
    (void) web_names_parse(ring, arena, header, len);
    return 0;
}
