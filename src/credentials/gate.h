/* SPDX-License-Identifier: Apache-2.0 */
/* credentials/gate.h - how much slow work runs at once: a bounded number inside, a bounded number waiting in the order in
 * which they came, for a bounded time; the rest is turned away.
 *
 * Owns:    the numbers, and the metrics latchkey_hashes_running and latchkey_hashes_waiting.
 * Threads: any. */
#ifndef LATCHKEY_CREDENTIALS_GATE_H
#define LATCHKEY_CREDENTIALS_GATE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct gate;

/* `patience`: nanoseconds that anyone waits at most. */
struct gate *gate_new(size_t inside, size_t waiting, int64_t patience);

/* Accepts NULL. Nobody may be inside or waiting. */
void gate_free(struct gate *gate);

/* LK_OK: inside, gate_leave must follow. LK_BUSY: too many wait, or the wait took too long. */
LK_MUST_CHECK enum lk_status gate_enter(struct gate *gate);
void gate_leave(struct gate *gate);

#endif
