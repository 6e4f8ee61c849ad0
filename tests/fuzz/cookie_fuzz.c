/* SPDX-License-Identifier: Apache-2.0 */
/* The session cookie, and the lkSession value that it leads to. */
#include "base/cleanup.h"
#include "sessions/cookie.h"
#include "sessions/sessions.h"
#include "sessions/value.h"

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

static void try_cookie(const struct key_ring *ring, const char *text, size_t len)
{
    struct session_cookie cookie;
    char again[SESSION_COOKIE_LEN + 1];
    if (session_cookie_read(ring, text, len, &cookie) != LK_OK)
        return;
    if (session_cookie_write(ring, &cookie, again) != LK_OK || memcmp(again, text, SESSION_COOKIE_LEN) != 0)
        abort();
}

/* A value that was read is written the same, but for outer blanks and spellings of its escapes: reading again agrees. */
static void try_value(const char *text, size_t len)
{
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct session_value value;
    struct session_value again;
    if (session_value_read(arena, text, len, &value) != LK_OK)
        return;
    const char *seen = session_value_seen(arena, &value, value.seen + 1);
    if (strlen(seen) > LK_RECORD_MOST)
        return;
    if (session_value_read(arena, seen, strlen(seen), &again) != LK_OK || strcmp(again.id, value.id) != 0 ||
        again.begun != value.begun || again.kept != value.kept || again.has_profile != value.has_profile)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct key_ring *ring;
    if (ring == NULL)
        ring = make_ring();
    try_cookie(ring, (const char *) bytes, len);
    try_value((const char *) bytes, len);
    return 0;
}
