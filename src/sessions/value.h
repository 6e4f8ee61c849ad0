/* SPDX-License-Identifier: Apache-2.0 */
/* sessions/value.h - one lkSession value: read, judged, written.
 *
 * Memory:  a value read lives in the arena it was read into.
 * Threads: any; pure. */
#ifndef LATCHKEY_SESSIONS_VALUE_H
#define LATCHKEY_SESSIONS_VALUE_H

#include "base/record.h"
#include "config/config.h"
#include "sessions/sessions.h"

struct session_value {
    const char *text; /* as it stands on the entry */
    const char *id;
    int64_t begun, seen;
    bool kept;
    bool has_profile;
    uint8_t profile[16];
    struct lk_record record;
};

/* LK_MALFORMED: not one of ours, or without the times that end it. */
LK_MUST_CHECK enum lk_status session_value_read(struct lk_arena *arena, const char *text, size_t len,
                                                struct session_value *value_out);

/* When it ends, the earlier of the two limits. */
int64_t session_value_ends(const struct config *config, const struct session_value *value);

/* The texts of a value that begins now, and of one that differs in when it was last seen or in its profile. */
const char *session_value_begin(struct lk_arena *arena, const char *id, int64_t now, bool kept,
                                const struct session_origin *origin);
const char *session_value_seen(struct lk_arena *arena, const struct session_value *value, int64_t now);
const char *session_value_selecting(struct lk_arena *arena, const struct session_value *value,
                                    const uint8_t profile[static 16]);

#endif
