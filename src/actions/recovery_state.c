/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/recovery_state.h"

#include <sodium/utils.h>
#include <string.h>

enum state_part {
    AT_STEP = 0,
    AT_QUESTION = 1,
    AT_EXPIRES = 2,
    AT_ACCOUNT = 10,
    AT_ID = 26,
    PARTS = 42
};

_Static_assert((size_t) PARTS == (size_t) RECOVERY_STATE_BYTES, "the parts fill the state");

static const struct key_ring_about nothing = { NULL, 0 };

const char *recovery_state_write(const struct key_ring *ring, struct lk_arena *arena,
                                 const struct recovery_state *state)
{
    uint8_t bytes[PARTS];
    bytes[AT_STEP] = (uint8_t) state->step;
    bytes[AT_QUESTION] = state->question;
    for (unsigned i = 0; i < 8; i++)
        bytes[AT_EXPIRES + i] = (uint8_t) ((uint64_t) state->expires >> (56 - 8 * i));
    memcpy(bytes + AT_ACCOUNT, state->account, sizeof state->account);
    memcpy(bytes + AT_ID, state->id, sizeof state->id);
    const char *text = key_ring_seal(ring, arena, KEY_USE_RECOVERY, nothing, bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
    return text;
}

enum lk_status recovery_state_read(const struct key_ring *ring, const char *text, enum recovery_step step, int64_t now,
                                   struct recovery_state *state_out)
{
    uint8_t bytes[PARTS];
    const enum lk_status status =
        key_ring_open(ring, KEY_USE_RECOVERY, nothing, text, strlen(text), bytes, sizeof bytes, NULL);
    if (status != LK_OK)
        return status == LK_MALFORMED ? LK_MALFORMED : LK_REFUSED;
    if (bytes[AT_STEP] != step)
        return LK_REFUSED;
    uint64_t expires = 0;
    for (unsigned i = 0; i < 8; i++)
        expires = expires << 8 | bytes[AT_EXPIRES + i];
    *state_out = (struct recovery_state){ .step = step, .question = bytes[AT_QUESTION], .expires = (int64_t) expires };
    memcpy(state_out->account, bytes + AT_ACCOUNT, sizeof state_out->account);
    memcpy(state_out->id, bytes + AT_ID, sizeof state_out->id);
    sodium_memzero(bytes, sizeof bytes);
    return now < state_out->expires ? LK_OK : LK_ABSENT;
}

bool recovery_state_is_proven(const struct recovery_state *state)
{
    return sodium_is_zero(state->account, sizeof state->account) == 0;
}
