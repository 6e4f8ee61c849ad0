/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/encoding.h"
#include "base/unicode.h"
#include "sessions/value.h"
#include "tokens/digest.h"

#include <string.h>

#define KIND         "session"
#define ADDRESS_MOST 64
#define AGENT_MOST   200

enum lk_status session_value_read(struct lk_arena *arena, const char *text, size_t len, struct session_value *value_out)
{
    struct session_value value = { .text = NULL };
    if (lk_record_parse(arena, text, len, &value.record) != LK_OK || strcmp(value.record.kind, KIND) != 0)
        return LK_MALFORMED;
    value.id = lk_record_get(&value.record, "id");
    value.begun = lk_record_time(&value.record, "begun", -1);
    value.seen = lk_record_time(&value.record, "seen", -1);
    if (value.id == NULL || strlen(value.id) != TOKEN_DIGEST_TEXT_LEN || value.begun < 0 || value.seen < 0)
        return LK_MALFORMED;
    value.kept = lk_record_number(&value.record, "kept", 0) == 1;
    const char *profile = lk_record_get(&value.record, "profile");
    if (profile != NULL && lk_uuid_parse(profile, strlen(profile), value.profile) != LK_OK)
        return LK_MALFORMED;
    value.has_profile = profile != NULL;
    value.text = lk_arena_copy(arena, text, len);
    *value_out = value;
    return LK_OK;
}

int64_t session_value_ends(const struct config *config, const struct session_value *value)
{
    const int64_t idle = value->seen + (value->kept ? config->sessions_kept_idle : config->sessions_idle);
    const int64_t longest = value->begun + (value->kept ? config->sessions_kept_longest : config->sessions_longest);
    return idle < longest ? idle : longest;
}

static const char *write_record(struct lk_arena *arena, const struct lk_record *record)
{
    struct lk_text text = LK_TEXT((size_t) 2 * LK_RECORD_MOST);
    lk_record_write(record, &text);
    const char *copy = lk_arena_words(arena, lk_text_string(&text));
    lk_text_done(&text);
    return copy;
}

static void set_time(struct lk_arena *arena, struct lk_record *record, const char *name, int64_t when)
{
    char text[LK_CLOCK_GENERALIZED_LEN + 1];
    lk_clock_generalized(when, text);
    lk_record_set(record, name, lk_arena_words(arena, text));
}

/* At most `most` bytes of what a browser said of itself, cut between characters; NULL where there is nothing to show. */
static const char *shown(struct lk_arena *arena, const char *text, size_t most)
{
    if (text == NULL)
        return NULL;
    size_t len = strnlen(text, most + 1);
    if (len > most)
        for (len = most; len > 0 && ((unsigned char) text[len] & 0xc0) == 0x80;)
            len--;
    return len > 0 && lk_unicode_is_line(text, len) ? lk_arena_copy(arena, text, len) : NULL;
}

const char *session_value_begin(struct lk_arena *arena, const char *id, int64_t now, bool kept,
                                const struct session_origin *origin)
{
    struct lk_record record = { .kind = KIND };
    lk_record_set(&record, "id", id);
    set_time(arena, &record, "begun", now);
    set_time(arena, &record, "seen", now);
    lk_record_set(&record, "kept", kept ? "1" : NULL);
    lk_record_set(&record, "from", origin != NULL ? shown(arena, origin->address, ADDRESS_MOST) : NULL);
    lk_record_set(&record, "agent", origin != NULL ? shown(arena, origin->agent, AGENT_MOST) : NULL);
    return write_record(arena, &record);
}

const char *session_value_seen(struct lk_arena *arena, const struct session_value *value, int64_t now)
{
    struct lk_record record = value->record;
    set_time(arena, &record, "seen", now);
    return write_record(arena, &record);
}

const char *session_value_selecting(struct lk_arena *arena, const struct session_value *value,
                                    const uint8_t profile[static 16])
{
    char uuid[LK_UUID_TEXT_LEN + 1];
    struct lk_record record = value->record;
    lk_uuid_format(profile, uuid);
    lk_record_set(&record, "profile", uuid);
    return write_record(arena, &record);
}
