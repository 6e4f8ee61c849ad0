/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/sign_in_step.h"

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

static const char *step_write(struct action_context *context, enum key_use use, const struct step *step)
{
    uint8_t bytes[SIGN_IN_STEP_PLAIN_LEN];
    memcpy(bytes + AT_ACCOUNT, step->account, sizeof step->account);
    for (unsigned i = 0; i < 8; i++)
        bytes[AT_EXPIRES + i] = (uint8_t) ((uint64_t) step->expires >> (56 - 8 * i));
    bytes[AT_KEEP] = step->keep;
    memcpy(bytes + AT_MARK, step->mark, sizeof step->mark);
    return key_ring_seal(context->ring, context->arena, use, nothing, bytes, sizeof bytes);
}

/* LK_ABSENT: it is ours, but has expired. */
static enum lk_status step_read(struct action_context *context, enum key_use use, const char *text,
                                struct step *step_out)
{
    uint8_t bytes[SIGN_IN_STEP_PLAIN_LEN];
    uint64_t expires = 0;
    if (key_ring_open(context->ring, use, nothing, text, strlen(text), bytes, sizeof bytes, NULL) != LK_OK)
        return LK_MALFORMED;
    memcpy(step_out->account, bytes + AT_ACCOUNT, sizeof step_out->account);
    for (unsigned i = 0; i < 8; i++)
        expires = expires << 8 | bytes[AT_EXPIRES + i];
    step_out->expires = (int64_t) expires;
    step_out->keep = bytes[AT_KEEP] == 1;
    memcpy(step_out->mark, bytes + AT_MARK, sizeof step_out->mark);
    return step_out->expires > context->now ? LK_OK : LK_ABSENT;
}

enum lk_status sign_in_step_new(struct action_context *context, enum key_use use, const struct account *account,
                                bool keep, const char **text_out)
{
    struct step step = { .expires = context->now + SIGN_IN_STEP_LIFETIME, .keep = keep };
    memcpy(step.account, account->id, sizeof step.account);
    const enum lk_status status = password_mark(context, account->dn, step.mark);
    if (status == LK_OK)
        *text_out = step_write(context, use, &step);
    return status;
}

enum lk_status sign_in_step_open(struct action_context *context, enum key_use use, const char *text, bool *keep_out,
                                 struct account *account_out)
{
    struct step step;
    uint8_t mark[TOKEN_DIGEST_LEN];
    if (step_read(context, use, text, &step) != LK_OK)
        return LK_ABSENT;
    enum lk_status status = account_by_id(context->directory, context->config, context->arena, step.account,
                                          account_out, &context->trouble);
    if (status == LK_OK)
        status = password_mark(context, account_out->dn, mark);
    if (status == LK_OK && sodium_memcmp(mark, step.mark, sizeof mark) != 0)
        return LK_ABSENT;
    *keep_out = step.keep;
    return status;
}
