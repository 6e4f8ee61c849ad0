/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/sign_in_code.h"

#include "actions/second_factor.h"
#include "base/cleanup.h"
#include "directory/names.h"
#include "tokens/digest.h"

#include <sodium/utils.h>
#include <string.h>

#define MARK_MOST ((size_t) 64 * 1024)

/* What the sealed text says. */
struct step {
    uint8_t account[16];
    int64_t expires;
    bool keep;
    uint8_t mark[TOKEN_DIGEST_LEN];
};

enum step_part {
    AT_ACCOUNT = 0,
    AT_EXPIRES = 16,
    AT_KEEP = 24,
    AT_MARK = 25
};

_Static_assert(AT_MARK + TOKEN_DIGEST_LEN == SIGN_IN_STEP_PLAIN_LEN, "the parts fill the step");

/* A digest of what changes with the password, and may be read by us. */
static enum lk_status password_mark(struct action_context *context, const char *dn,
                                    uint8_t mark_out[static TOKEN_DIGEST_LEN])
{
    static const char *const attributes[] = { NAME_VERIFIER, "pwdChangedTime", "pwdLastSet", NULL };
    struct directory_entry entry;
    struct lk_text text LK_CLEANUP(lk_text_done) = LK_TEXT(MARK_MOST);
    const enum lk_status status =
        directory_read(context->directory, context->arena, dn, NULL, attributes, &entry, &context->trouble);
    if (status != LK_OK)
        return status;
    for (size_t i = 0; attributes[i] != NULL; i++) {
        const char *value = directory_first(&entry, attributes[i]);
        lk_text_words(&text, attributes[i]);
        lk_text_char(&text, '=');
        lk_text_words(&text, value);
        lk_text_char(&text, '\n');
    }
    token_digest(text.data, text.len, mark_out);
    return LK_OK;
}

static const struct key_ring_about nothing = { "", 0 };

static const char *step_write(struct action_context *context, const struct step *step)
{
    uint8_t bytes[SIGN_IN_STEP_PLAIN_LEN];
    memcpy(bytes + AT_ACCOUNT, step->account, sizeof step->account);
    for (unsigned i = 0; i < 8; i++)
        bytes[AT_EXPIRES + i] = (uint8_t) ((uint64_t) step->expires >> (56 - 8 * i));
    bytes[AT_KEEP] = step->keep;
    memcpy(bytes + AT_MARK, step->mark, sizeof step->mark);
    return key_ring_seal(context->ring, context->arena, KEY_USE_SIGN_IN_STEP, nothing, bytes, sizeof bytes);
}

/* LK_ABSENT: it is ours, but has expired. */
static enum lk_status step_read(struct action_context *context, const char *text, struct step *step_out)
{
    uint8_t bytes[SIGN_IN_STEP_PLAIN_LEN];
    uint64_t expires = 0;
    if (key_ring_open(context->ring, KEY_USE_SIGN_IN_STEP, nothing, text, strlen(text), bytes, sizeof bytes, NULL) !=
        LK_OK)
        return LK_MALFORMED;
    memcpy(step_out->account, bytes + AT_ACCOUNT, sizeof step_out->account);
    for (unsigned i = 0; i < 8; i++)
        expires = expires << 8 | bytes[AT_EXPIRES + i];
    step_out->expires = (int64_t) expires;
    step_out->keep = bytes[AT_KEEP] == 1;
    memcpy(step_out->mark, bytes + AT_MARK, sizeof step_out->mark);
    return step_out->expires > context->now ? LK_OK : LK_ABSENT;
}

enum lk_status sign_in_step_new(struct action_context *context, const struct account *account, bool keep,
                                const char **step_out)
{
    struct step step = { .expires = context->now + SIGN_IN_STEP_LIFETIME, .keep = keep };
    memcpy(step.account, account->id, sizeof step.account);
    const enum lk_status status = password_mark(context, account->dn, step.mark);
    if (status == LK_OK)
        *step_out = step_write(context, &step);
    return status;
}

/* Whose second step is it? LK_ABSENT: nobody's any more. */
static enum lk_status open_step(struct action_context *context, const char *text, struct step *step,
                                struct account *account)
{
    uint8_t mark[TOKEN_DIGEST_LEN];
    if (step_read(context, text, step) != LK_OK)
        return LK_ABSENT;
    enum lk_status status =
        account_by_id(context->directory, context->config, context->arena, step->account, account, &context->trouble);
    if (status == LK_OK)
        status = password_mark(context, account->dn, mark);
    if (status == LK_OK && sodium_memcmp(mark, step->mark, sizeof mark) != 0)
        return LK_ABSENT;
    return status;
}

/* ---- the session, in the Modify that uses the code up ---- */

struct beginning {
    bool keep;
    char *cookie_out;
};

static enum lk_status begin(struct action_context *context, const struct account *account,
                            struct directory_change *change, void *its)
{
    const struct beginning *beginning = its;
    return session_begin_in(context->config, context->ring, context->arena, account, beginning->keep, &context->origin,
                            context->now, change, beginning->cookie_out);
}

static enum sign_in_code_outcome outcome_of(enum proof_outcome outcome)
{
    switch (outcome) {
    case PROOF_DONE: return SIGN_IN_CODE_DONE;
    case PROOF_WRONG: return SIGN_IN_CODE_WRONG;
    case PROOF_WAIT: return SIGN_IN_CODE_WAIT;
    case PROOF_NONE:
        return SIGN_IN_CODE_STALE; /* turned off meanwhile: then the password is enough, but by the usual way */
    case PROOF_BUSY: return SIGN_IN_CODE_BUSY;
    case PROOF_TROUBLE: break;
    }
    return SIGN_IN_CODE_TROUBLE;
}

enum sign_in_code_outcome sign_in_with_code(struct action_context *context, const char *step_text,
                                            const struct lk_secret *code, const struct session *former,
                                            struct sign_in_code_result *result_out)
{
    *result_out = (struct sign_in_code_result){ .wait = 0 };
    struct step step;
    const enum lk_status status = open_step(context, step_text, &step, &result_out->account);
    if (status != LK_OK)
        return status == LK_ABSENT ? SIGN_IN_CODE_STALE : SIGN_IN_CODE_TROUBLE;
    result_out->keep = step.keep;
    struct beginning beginning = { .keep = step.keep, .cookie_out = result_out->cookie };
    const enum sign_in_code_outcome outcome =
        outcome_of(prove_second_factor(context, &result_out->account, code, begin, &beginning, &result_out->wait));
    if (outcome == SIGN_IN_CODE_DONE && former != NULL &&
        session_end(context->directory, context->arena, former, &context->trouble) != LK_OK)
        return SIGN_IN_CODE_TROUBLE;
    return outcome;
}
