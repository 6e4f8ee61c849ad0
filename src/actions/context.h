/* SPDX-License-Identifier: Apache-2.0 */
/* actions/context.h - what every action is given: one request's (or one command's) means.
 *
 * Made by a door (web, cli) for each request; everything it points to outlives the action. An action returns its own outcome
 * enum; 0 is always "our trouble", described in `trouble`. Actions do not log and know no HTTP. */
#ifndef LATCHKEY_ACTIONS_CONTEXT_H
#define LATCHKEY_ACTIONS_CONTEXT_H

#include "base/arena.h"
#include "base/status.h"
#include "config/config.h"
#include "credentials/password.h"
#include "directory/directory.h"
#include "limits/limits.h"
#include "sessions/sessions.h"
#include "tokens/key_ring.h"

#include <stdint.h>

struct action_context {
    const struct config *config;
    const struct key_ring *ring;
    struct credentials *credentials;
    struct limits *limits;
    struct directory *directory; /* this thread's */
    struct lk_arena *arena;      /* results live here */
    int64_t now;                 /* lk_clock_now() when the request came */
    struct session_origin origin;
    const char
        *acting_as; /* written by actions, for the log: the DN that the person turned out to act under; NULL: none */
    int64_t wait;   /* written by actions with an outcome that says "too soon": seconds, at least 1 */
    struct lk_trouble trouble;
};

#endif
