/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a link and the value of lkToken: strangers' bytes, and what a sysadmin may have typed. */
#include "base/cleanup.h"
#include "tokens/link.h"

#include <sodium/core.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW INT64_C(1795000000)

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

static void must_come_back(const struct key_ring *ring, const struct link_claim *claim, const char *text)
{
    char again[LINK_TEXT_LEN + 1];
    if (link_write(ring, claim, again) != LK_OK || memcmp(again, text, LINK_TEXT_LEN) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static struct key_ring *ring;
    if (ring == NULL)
        ring = make_ring();
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct link_claim claim;
    struct link_token token;
    const enum lk_status status = link_read(ring, (const char *) bytes, len, NOW, &claim);
    if (status == LK_OK)
        must_come_back(ring, &claim, (const char *) bytes);
    if (link_token_read(arena, (const char *) bytes, len, &token) == LK_OK &&
        (token.purpose == LINK_NONE || token.expires < 0))
        abort();
    return 0;
}
