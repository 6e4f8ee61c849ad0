/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/second_factor.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/record.h"
#include "directory/names.h"

#include <sodium/utils.h>
#include <string.h>

#define KIND          "totp"
#define CODE_KIND     "code"
#define FREE_TRIES    5
#define FIRST_DELAY   30
#define LONGEST_DELAY 3600
#define SWAPS         16 /* tries of a swap that others' swaps come before */

/* ---- the values ---- */

static struct key_ring_about about_account(const struct account *account)
{
    return (struct key_ring_about){ account->id, sizeof account->id };
}

static const char *written(struct action_context *context, const struct lk_record *record)
{
    struct lk_text text = LK_TEXT((size_t) 2 * LK_RECORD_MOST);
    lk_record_write(record, &text);
    const char *copy = lk_arena_words(context->arena, lk_text_string(&text));
    lk_text_done(&text);
    return copy;
}

enum lk_status second_factor_read(struct action_context *context, const struct account *account,
                                  struct second_factor *factor_out)
{
    struct lk_record record;
    const char *value = account->second_factor;
    if (value == NULL)
        return LK_ABSENT;
    if (lk_record_parse(context->arena, value, strlen(value), &record) != LK_OK || strcmp(record.kind, KIND) != 0)
        return lk_fail(&context->trouble, LK_MALFORMED, "lkSecondFactor has not the form of one");
    const char *sealed = lk_record_get(&record, "sealed");
    *factor_out = (struct second_factor){ .value = value,
                                          .step = lk_record_number(&record, "step", 0),
                                          .since = lk_record_time(&record, "since", 0),
                                          .tries = lk_record_number(&record, "tries", 0),
                                          .tried = lk_record_time(&record, "tried", 0) };
    const enum lk_status status =
        sealed == NULL ? LK_MALFORMED
                       : key_ring_open(context->ring, KEY_USE_SECOND_FACTOR, about_account(account), sealed,
                                       strlen(sealed), factor_out->secret, sizeof factor_out->secret, NULL);
    if (status != LK_OK)
        return lk_fail(&context->trouble, LK_MALFORMED, "lkSecondFactor %s",
                       status == LK_ABSENT    ? "is sealed with a key that is not in the key ring"
                       : status == LK_REFUSED ? "was sealed for another account, or by other hands"
                                              : "has no sealed secret");
    return LK_OK;
}

static void set_number(struct action_context *context, struct lk_record *record, const char *name, int64_t number)
{
    lk_record_set(record, name, lk_arena_format(context->arena, "%lld", (long long) number));
}

static void set_time(struct action_context *context, struct lk_record *record, const char *name, int64_t when)
{
    char text[LK_CLOCK_GENERALIZED_LEN + 1];
    lk_clock_generalized(when, text);
    lk_record_set(record, name, lk_arena_words(context->arena, text));
}

const char *second_factor_value(struct action_context *context, const struct account *account,
                                const struct second_factor *factor)
{
    struct lk_record record = { .kind = KIND };
    set_number(context, &record, "step", factor->step);
    set_time(context, &record, "since", factor->since);
    set_number(context, &record, "tries", factor->tries);
    if (factor->tries > 0)
        set_time(context, &record, "tried", factor->tried);
    lk_record_set(&record, "sealed",
                  key_ring_seal(context->ring, context->arena, KEY_USE_SECOND_FACTOR, about_account(account),
                                factor->secret, sizeof factor->secret));
    return written(context, &record);
}

int64_t second_factor_delay(int64_t tries)
{
    int64_t delay = FIRST_DELAY;
    if (tries < FREE_TRIES)
        return 0;
    for (int64_t i = FREE_TRIES; i < tries && delay < LONGEST_DELAY; i++)
        delay *= 2;
    return delay < LONGEST_DELAY ? delay : LONGEST_DELAY;
}

/* ---- recovery codes ---- */

/* NULL: no such key. */
static const char *code_value(struct action_context *context, const struct account *account, uint8_t key,
                              const struct recovery_code *code)
{
    uint8_t bytes[sizeof account->id + RECOVERY_CODE_LEN];
    uint8_t tag[KEY_RING_TAG_LEN];
    char text[LK_BASE64URL_LEN(KEY_RING_TAG_LEN) + 1];
    struct lk_record record = { .kind = CODE_KIND };
    memcpy(bytes, account->id, sizeof account->id);
    memcpy(bytes + sizeof account->id, code->letters, RECOVERY_CODE_LEN);
    const enum lk_status status = key_ring_tag(context->ring, key, KEY_USE_RECOVERY_CODE, bytes, sizeof bytes, tag);
    sodium_memzero(bytes, sizeof bytes);
    if (status != LK_OK)
        return NULL;
    lk_base64url_encode(tag, sizeof tag, text);
    set_number(context, &record, "key", key);
    lk_record_set(&record, "tag", text);
    return written(context, &record);
}

/* 0: the value is none, or its key is not in the ring. */
static uint8_t code_key(struct action_context *context, const struct directory_value *value)
{
    struct lk_record record;
    if (lk_record_parse(context->arena, value->bytes, value->len, &record) != LK_OK ||
        strcmp(record.kind, CODE_KIND) != 0)
        return 0;
    const int64_t key = lk_record_number(&record, "key", 0);
    return key > 0 && key <= UINT8_MAX && key_ring_has(context->ring, (uint8_t) key) ? (uint8_t) key : 0;
}

/* The value as it stands on the entry; NULL: it is none of the account's. */
static const char *find_code(struct action_context *context, const struct account *account,
                             const struct recovery_code *code)
{
    const char *found = NULL;
    for (size_t i = 0; i < account->recovery_codes.count; i++) {
        const struct directory_value *value = &account->recovery_codes.values[i];
        const uint8_t key = code_key(context, value);
        const char *right = key != 0 ? code_value(context, account, key, code) : NULL;
        if (right != NULL && strlen(right) == value->len && sodium_memcmp(right, value->bytes, value->len) == 0)
            found = value->bytes;
    }
    return found;
}

void recovery_codes_renew(struct action_context *context, const struct account *account,
                          struct directory_change *change, const char *codes_out[static RECOVERY_CODES])
{
    directory_change_replace(change, NAME_RECOVERY_CODE, NULL);
    for (size_t i = 0; i < RECOVERY_CODES; i++) {
        struct recovery_code code = recovery_code_new();
        directory_change_add(change, NAME_RECOVERY_CODE,
                             code_value(context, account, key_ring_newest(context->ring), &code));
        codes_out[i] = recovery_code_text(context->arena, &code);
        sodium_memzero(&code, sizeof code);
    }
}

size_t recovery_codes_left(struct action_context *context, const struct account *account)
{
    size_t left = 0;
    for (size_t i = 0; i < account->recovery_codes.count; i++)
        left += code_key(context, &account->recovery_codes.values[i]) != 0;
    return left;
}

bool second_factor_is_missing(const struct config *config, const struct account *account)
{
    return config->accounts_second_factor == CONFIG_SECOND_FACTOR_ADMINISTRATORS && account->second_factor == NULL;
}

/* ---- the proof ---- */

/* What was typed. */
struct typed {
    bool is_code, is_recovery_code;
    char code[TOTP_DIGITS + 1];
    struct recovery_code recovery_code;
};

static struct typed read_typed(const struct lk_secret *secret)
{
    struct typed typed = { .is_code = false };
    const char *bytes = lk_secret_bytes(secret);
    const size_t len = lk_secret_len(secret);
    typed.is_code = totp_code_read(bytes, len, typed.code);
    typed.is_recovery_code = !typed.is_code && recovery_code_read(bytes, len, &typed.recovery_code);
    return typed;
}

static bool was_changed(enum lk_status status)
{
    return status == LK_ABSENT || status == LK_CONFLICT;
}

/* A swap that came too late: how does it stand now? LK_ABSENT: the account or its second factor is gone. */
static enum lk_status read_again(struct action_context *context, struct account *account, struct second_factor *factor)
{
    const enum lk_status status =
        account_by_id(context->directory, context->config, context->arena, account->id, account, &context->trouble);
    return status == LK_OK ? second_factor_read(context, account, factor) : status;
}

static enum proof_outcome outcome_of(enum lk_status status)
{
    switch (status) {
    case LK_OK: return PROOF_DONE;
    case LK_ABSENT: return PROOF_NONE;
    case LK_BUSY:
    case LK_CONFLICT: return PROOF_BUSY;
    case LK_REFUSED:
    case LK_MALFORMED:
    case LK_BROKEN: break;
    }
    return PROOF_TROUBLE;
}

/* Counts one try, before anything is looked at. PROOF_DONE: it may be. */
static enum proof_outcome count_in_value(struct action_context *context, struct account *account,
                                         struct second_factor *factor, int64_t *wait_out)
{
    enum lk_status status = second_factor_read(context, account, factor);
    for (int swaps = 1; status == LK_OK; swaps++) {
        const int64_t wait = factor->tried + second_factor_delay(factor->tries) - context->now;
        if (factor->tries > 0 && wait > 0) {
            *wait_out = wait;
            return PROOF_WAIT;
        }
        struct second_factor counted = *factor;
        counted.tries++;
        counted.tried = context->now;
        counted.value = second_factor_value(context, account, &counted);
        struct directory_change *change = directory_change_new(context->arena);
        directory_change_delete(change, NAME_SECOND_FACTOR, factor->value);
        directory_change_add(change, NAME_SECOND_FACTOR, counted.value);
        status = directory_modify(context->directory, account->dn, change, &context->trouble);
        if (status == LK_OK) {
            *factor = counted;
            return PROOF_DONE;
        }
        if (!was_changed(status))
            break;
        if (swaps == SWAPS)
            return PROOF_BUSY;
        status = read_again(context, account, factor);
    }
    return outcome_of(status);
}

/* LK_REFUSED: it is none, or has been used. */
static enum lk_status look_at(struct action_context *context, const struct account *account,
                              const struct second_factor *factor, const struct typed *typed, int64_t *step_out,
                              const char **recovery_out)
{
    if (typed->is_code)
        return totp_check(factor->secret, context->now, factor->step, typed->code, step_out);
    *step_out = factor->step;
    *recovery_out = find_code(context, account, &typed->recovery_code);
    return *recovery_out != NULL ? LK_OK : LK_REFUSED;
}

/* Uses the code up, and has the effect, in one Modify. */
static enum proof_outcome accept(struct action_context *context, struct account *account, struct second_factor *factor,
                                 const struct typed *typed, proof_effect *effect, void *its)
{
    enum lk_status status = LK_OK;
    for (int swaps = 1; status == LK_OK && swaps <= SWAPS; swaps++) {
        const char *recovery = NULL;
        struct second_factor after = *factor;
        if (look_at(context, account, factor, typed, &after.step, &recovery) != LK_OK)
            return PROOF_WRONG;
        after.tries = 0;
        struct directory_change *change = directory_change_new(context->arena);
        directory_change_delete(change, NAME_SECOND_FACTOR, factor->value);
        directory_change_add(change, NAME_SECOND_FACTOR, second_factor_value(context, account, &after));
        if (recovery != NULL)
            directory_change_delete(change, NAME_RECOVERY_CODE, recovery);
        sodium_memzero(after.secret, sizeof after.secret);
        status = effect(context, account, change, its);
        if (status != LK_OK)
            return PROOF_TROUBLE;
        status = directory_modify(context->directory, account->dn, change, &context->trouble);
        if (!was_changed(status))
            return outcome_of(status);
        status = read_again(context, account, factor);
    }
    return status == LK_OK ? PROOF_BUSY : outcome_of(status);
}

enum proof_outcome prove_second_factor(struct action_context *context, struct account *account,
                                       const struct lk_secret *code, proof_effect *effect, void *its, int64_t *wait_out)
{
    struct second_factor factor = { .value = NULL };
    struct typed typed = code != NULL ? read_typed(code) : (struct typed){ .is_code = false };
    if (!typed.is_code && !typed.is_recovery_code)
        return account->second_factor != NULL ? PROOF_WRONG : PROOF_NONE;
    enum proof_outcome outcome = count_in_value(context, account, &factor, wait_out);
    if (outcome == PROOF_DONE)
        outcome = accept(context, account, &factor, &typed, effect, its);
    sodium_memzero(&factor, sizeof factor);
    sodium_memzero(&typed, sizeof typed);
    return outcome;
}
