/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/sign_up_offer.h"

#include "base/mail_address.h"

#include <string.h>

#define LEAST 2 /* both strings' ends */

_Static_assert(LK_MAIL_ADDRESS_MOST + LEAST <= KEY_RING_SEALED_MOST, "an address has room");

static const struct key_ring_about nothing = { NULL, 0 };

/* The name and the path, each with its NUL. */
const char *sign_up_offer_write(const struct key_ring *ring, struct lk_arena *arena, const struct sign_up_offer *offer)
{
    char bytes[KEY_RING_SEALED_MOST];
    const size_t name = strlen(offer->name) + 1;
    const size_t onward = strlen(offer->onward) + 1;
    const bool has_room = name + onward <= sizeof bytes;
    memcpy(bytes, offer->name, name);
    memcpy(bytes + name, has_room ? offer->onward : "", has_room ? onward : 1);
    return key_ring_seal(ring, arena, KEY_USE_SIGN_UP, nothing, bytes, name + (has_room ? onward : 1));
}

/* How many bytes are sealed in so long a text? 0: in none of that length. */
static size_t plain_len(size_t text_len)
{
    for (size_t len = LEAST; len <= KEY_RING_SEALED_MOST; len++) {
        if (KEY_RING_SEALED_LEN(len) == text_len)
            return len;
    }
    return 0;
}

enum lk_status sign_up_offer_read(const struct key_ring *ring, struct lk_arena *arena, const char *text,
                                  struct sign_up_offer *offer_out)
{
    const size_t len = plain_len(strlen(text));
    if (len == 0)
        return LK_MALFORMED;
    char *bytes = lk_arena_alloc(arena, len);
    const enum lk_status status = key_ring_open(ring, KEY_USE_SIGN_UP, nothing, text, strlen(text), bytes, len, NULL);
    if (status != LK_OK)
        return status == LK_MALFORMED ? LK_MALFORMED : LK_REFUSED;
    const size_t name = strnlen(bytes, len);
    if (name + LEAST > len || strnlen(bytes + name + 1, len - name - 1) != len - name - 2)
        return LK_MALFORMED;
    *offer_out = (struct sign_up_offer){ .name = bytes, .onward = bytes + name + 1 };
    return LK_OK;
}
