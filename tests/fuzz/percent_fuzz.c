/* SPDX-License-Identifier: Apache-2.0 */
/* What lk_percent_decode gives is a string of no more bytes than it was given, and survives encoding and decoding. */
#include "base/cleanup.h"
#include "base/encoding.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
    if (!holds)
        abort();
}

static void check(struct lk_arena *arena, const char *text, size_t size, int plus_is_space)
{
    char *decoded = NULL;
    size_t len = 0;
    if (lk_percent_decode(arena, text, size, plus_is_space, &decoded, &len) != LK_OK) {
        require(memchr(text, '%', size) != NULL || memchr(text, '\0', size) != NULL);
        return;
    }
    require(len <= size && strlen(decoded) == len);

    LK_CLEANUP(lk_text_done) struct lk_text encoded = LK_TEXT(3 * len);
    lk_percent_encode(&encoded, decoded, len, "/");
    require(lk_text_ok(&encoded));
    char *again = NULL;
    size_t again_len = 0;
    require(lk_percent_decode(arena, lk_text_string(&encoded), encoded.len, plus_is_space, &again, &again_len) ==
            LK_OK);
    require(again_len == len && memcmp(again, decoded, len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) /* memchr on nothing is no question to ask */
        return 0;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    check(arena, (const char *) data, size, 0);
    check(arena, (const char *) data, size, 1);
    return 0;
}
