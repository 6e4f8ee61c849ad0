/* SPDX-License-Identifier: Apache-2.0 */
#include "limits/attempt.h"

#include "base/clock.h"
#include "base/record.h"

#include <inttypes.h>

#define COUNT_MOST INT64_C(1000000)

enum lk_status attempt_read(struct lk_arena *arena, const char *text, size_t len, struct attempt *attempt_out)
{
    struct lk_record record;
    if (lk_record_parse(arena, text, len, &record) != LK_OK)
        return LK_MALFORMED;
    const struct attempt attempt = { .kind = record.kind,
                                     .name = lk_record_get(&record, "name"),
                                     .at = lk_record_time(&record, "at", -1),
                                     .count = lk_record_number(&record, "count", -1) };
    if (attempt.at < 0 || attempt.count < 0)
        return LK_MALFORMED;
    *attempt_out = attempt;
    return LK_OK;
}

static const char *write_record(struct lk_arena *arena, const struct lk_record *record)
{
    struct lk_text text = LK_TEXT(LK_RECORD_MOST);
    lk_record_write(record, &text);
    const char *value = lk_arena_words(arena, lk_text_string(&text));
    lk_text_done(&text);
    return value;
}

const char *attempt_write(struct lk_arena *arena, const struct attempt *attempt)
{
    char at[LK_CLOCK_GENERALIZED_LEN + 1];
    lk_clock_generalized(attempt->at, at);
    struct lk_record record = { .kind = attempt->kind };
    lk_record_set(&record, "at", at);
    const int64_t count = attempt->count < COUNT_MOST ? attempt->count : COUNT_MOST;
    lk_record_set(&record, "count", lk_arena_format(arena, "%" PRId64, count));
    lk_record_set(&record, "name", attempt->name);
    return write_record(arena, &record);
}

const char *attempt_mark(struct lk_arena *arena, const struct attempt *attempt)
{
    struct lk_record record = { .kind = "counting" };
    lk_record_set(&record, "kind", attempt->kind);
    lk_record_set(&record, "name", attempt->name);
    return write_record(arena, &record);
}

bool attempt_is_over(const struct config *config, const struct attempt *attempt, int64_t now)
{
    return now - attempt->at >= config->limits_account_forget;
}

/* What has to pass between the latest try and the next one. */
static int64_t pause_after(const struct config *config, int64_t count)
{
    const int64_t longest = config->limits_account_longest_pause;
    int64_t pause = config->limits_account_first_pause;
    if (count < config->limits_account_tries)
        return 0;
    for (int64_t i = config->limits_account_tries; i < count && pause < longest; i++)
        pause *= 2;
    return pause < longest ? pause : longest;
}

/* Another machine's clock may be ahead of ours: nobody waits longer for that. */
int64_t attempt_wait(const struct config *config, const struct attempt *attempt, int64_t now)
{
    if (config->limits_account_tries == 0 || attempt_is_over(config, attempt, now))
        return 0;
    const int64_t pause = pause_after(config, attempt->count);
    const int64_t wait = attempt->at + pause - now;
    if (wait <= 0)
        return 0;
    return wait < pause ? wait : pause;
}
