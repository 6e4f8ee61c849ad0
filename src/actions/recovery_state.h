/* SPDX-License-Identifier: Apache-2.0 */
/* actions/recovery_state.h - what the form of a recovery carries from one step to the next: sealed with the key ring, so that nobody
 * can read, make or alter it, and so neither skip a step nor move to another account.
 *
 * `id` names an lkAttempt value on the account that the next step uses up: no step can be repeated. An account of zeros stands for
 * "not proven", which nobody can tell from the outside. Pure but for the key ring. */
#ifndef LATCHKEY_ACTIONS_RECOVERY_STATE_H
#define LATCHKEY_ACTIONS_RECOVERY_STATE_H

#include "base/encoding.h"
#include "tokens/key_ring.h"

#include <stdbool.h>

enum recovery_step {
    RECOVERY_AT_QUESTION = 1,
    RECOVERY_AT_PASSWORD
};

struct recovery_state {
    enum recovery_step step;
    uint8_t question; /* which one stands in where there is none to be shown */
    int64_t expires;
    uint8_t account[16];
    uint8_t id[16];
};

#define RECOVERY_STATE_BYTES (1 + 1 + 8 + 16 + 16)
#define RECOVERY_STATE_LEN   KEY_RING_SEALED_LEN(RECOVERY_STATE_BYTES)

/* RECOVERY_STATE_LEN characters, in the arena. */
const char *recovery_state_write(const struct key_ring *ring, struct lk_arena *arena,
                                 const struct recovery_state *state);

/* LK_MALFORMED, LK_REFUSED: not ours, or of another step. LK_ABSENT: it has expired at `now`. */
LK_MUST_CHECK enum lk_status recovery_state_read(const struct key_ring *ring, const char *text, enum recovery_step step,
                                                 int64_t now, struct recovery_state *state_out);

bool recovery_state_is_proven(const struct recovery_state *state);

#endif
