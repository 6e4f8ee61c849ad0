/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/recover.h"

#include "actions/recovery_tries.h"
#include "base/unicode.h"
#include "directory/names.h"
#include "policy/policy.h"

#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <string.h>

#define LIFETIME     900 /* seconds that a step may take */
#define PROVEN_LEAST 2   /* pieces of personal data; fewer prove nobody */

/* What only the recovery reads of an account. */
struct secrets {
    const char *answer;
    struct directory_attribute attempts;
};

/* `dn` NULL: the decoy's, at the same cost. */
static enum lk_status read_secrets(struct action_context *context, const char *dn, struct secrets *secrets_out)
{
    static const char *const attributes[] = { NAME_ANSWER, NAME_ATTEMPT, NULL };
    struct directory_entry entry;
    *secrets_out = (struct secrets){ .answer = NULL };
    const enum lk_status status =
        directory_read(context->directory, context->arena, dn != NULL ? dn : context->config->directory_decoy, NULL,
                       attributes, &entry, &context->trouble);
    if (status != LK_OK)
        return status;
    const struct directory_attribute *attempts = directory_attribute(&entry, NAME_ATTEMPT);
    secrets_out->answer = directory_first(&entry, NAME_ANSWER);
    if (attempts != NULL)
        secrets_out->attempts = *attempts;
    return LK_OK;
}

/* ---- personal data ---- */

/* The form in which two are compared: digits of a telephone number, no blanks in a postal code, letters folded. */
static const char *comparable(struct lk_arena *arena, enum account_field field, const char *text)
{
    char *folded = NULL;
    size_t kept = 0;
    if (lk_unicode_fold(arena, text, strlen(text), &folded) != LK_OK)
        return "";
    for (size_t i = 0; folded[i] != '\0'; i++) {
        const bool is_digit = folded[i] >= '0' && folded[i] <= '9';
        if ((field == ACCOUNT_TELEPHONE && !is_digit) || (field == ACCOUNT_POSTAL_CODE && folded[i] == ' '))
            continue;
        folded[kept++] = folded[i];
    }
    folded[kept] = '\0';
    return folded;
}

/* Everything that the account knows must have been told, and it must know enough. */
static bool is_person(struct action_context *context, const struct account *account,
                      const struct account_person *person)
{
    const struct account_person known = account_person_of(account);
    size_t proven = 0;
    bool is_right = true;
    for (size_t i = 0; i < ACCOUNT_FIELDS; i++) {
        const enum account_field field = (enum account_field) i;
        const char *wanted = comparable(context->arena, field, known.values[i]);
        const char *told = comparable(context->arena, field, person->values[i]);
        const bool is_same = strlen(wanted) == strlen(told) && sodium_memcmp(wanted, told, strlen(wanted)) == 0;
        proven += *wanted != '\0' && is_same;
        is_right = is_right && (*wanted == '\0' || is_same);
    }
    return is_right && proven >= PROVEN_LEAST;
}

/* ---- states ---- */

static uint8_t stand_in_for(struct action_context *context, const char *name)
{
    uint8_t tag[KEY_RING_TAG_LEN] = { 0 };
    char *folded = NULL;
    if (lk_unicode_fold(context->arena, name, strlen(name), &folded) == LK_OK)
        (void) !key_ring_tag(context->ring, key_ring_newest(context->ring), KEY_USE_QUESTION, folded, strlen(folded),
                             tag);
    return tag[0] % RECOVER_QUESTIONS;
}

static struct recovery_state next_state(const struct action_context *context, enum recovery_step step, uint8_t question)
{
    struct recovery_state state = { .step = step, .question = question, .expires = context->now + LIFETIME };
    randombytes_buf(state.id, sizeof state.id);
    return state;
}

static void give(const struct action_context *context, const struct recovery_state *state, const char *question,
                 struct recover_result *result)
{
    result->state = recovery_state_write(context->ring, context->arena, state);
    result->stand_in = state->question;
    result->question = question;
}

static enum lk_status count(struct action_context *context, const char *dn, const struct secrets *secrets,
                            const struct recovery_try *wanted)
{
    if (dn == NULL)
        return recovery_tries_pretend(context);
    const enum lk_status status = recovery_tries_take(context, dn, &secrets->attempts, wanted);
    if (status != LK_BUSY && status != LK_ABSENT)
        return status;
    /* Not counted, so nothing will be verified; but nobody is to see that. */
    return recovery_tries_pretend(context) == LK_OK ? status : LK_BROKEN;
}

/* ---- the first step ---- */

enum recover_outcome recover_by_person(struct action_context *context, const char *name,
                                       const struct account_person *person, struct recover_result *result_out)
{
    struct account account = { .dn = NULL };
    struct secrets secrets;
    *result_out = (struct recover_result){ .question = NULL };
    if (!context->config->accounts_reset_by_question)
        return RECOVER_CLOSED;
    enum lk_status status =
        account_by_name(context->directory, context->config, context->arena, name, &account, &context->trouble);
    if (status != LK_OK && status != LK_ABSENT && status != LK_CONFLICT && status != LK_MALFORMED)
        return RECOVER_TROUBLE;
    const char *dn = status == LK_OK ? account.dn : NULL;
    if (read_secrets(context, dn, &secrets) != LK_OK)
        return RECOVER_TROUBLE;
    struct recovery_state state = next_state(context, RECOVERY_AT_QUESTION, stand_in_for(context, name));
    const struct recovery_try wanted = { .sort = "person", .next = state.id, .until = state.expires };
    status = count(context, dn, &secrets, &wanted);
    if (status != LK_OK && status != LK_BUSY && status != LK_ABSENT)
        return RECOVER_TROUBLE;
    const bool may_go_on = status == LK_OK && dn != NULL && account.person_dn == NULL && secrets.answer != NULL &&
                           account.question != NULL;
    const bool is_proven = may_go_on && is_person(context, &account, person);
    if (is_proven)
        memcpy(state.account, account.id, sizeof state.account);
    give(context, &state, is_proven ? account.question : NULL, result_out);
    return RECOVER_NEXT;
}

/* ---- the second ---- */

enum recover_outcome recover_by_answer(struct action_context *context, const char *state,
                                       const struct lk_secret *answer, struct recover_result *result_out)
{
    struct recovery_state former;
    struct account account = { .dn = NULL };
    struct secrets secrets;
    *result_out = (struct recover_result){ .question = NULL };
    if (!context->config->accounts_reset_by_question)
        return RECOVER_CLOSED;
    if (recovery_state_read(context->ring, state, RECOVERY_AT_QUESTION, context->now, &former) != LK_OK)
        return RECOVER_BEGIN;
    enum lk_status status =
        account_by_id(context->directory, context->config, context->arena, former.account, &account, &context->trouble);
    if (status != LK_OK && status != LK_ABSENT)
        return RECOVER_TROUBLE;
    const char *dn = status == LK_OK && recovery_state_is_proven(&former) ? account.dn : NULL;
    if (read_secrets(context, dn, &secrets) != LK_OK)
        return RECOVER_TROUBLE;
    struct recovery_state next = next_state(context, RECOVERY_AT_QUESTION, former.question);
    const struct recovery_try wanted = {
        .sort = "answer", .uses_up = former.id, .next = next.id, .until = next.expires
    };
    status = count(context, dn, &secrets, &wanted);
    if (status != LK_OK && status != LK_BUSY && status != LK_ABSENT)
        return RECOVER_TROUBLE;
    const bool may_go_on = status == LK_OK && dn != NULL;
    if (dn != NULL) /* also without a try: the step is not on the entry then, and the state leads nowhere */
        memcpy(next.account, former.account, sizeof next.account);
    const enum lk_status verdict =
        answer == NULL ? LK_REFUSED
                       : credentials_check_answer(context->credentials, may_go_on ? secrets.answer : NULL, answer);
    if (verdict == LK_BUSY)
        return RECOVER_BUSY;
    const bool is_right = may_go_on && secrets.answer != NULL && verdict == LK_OK;
    if (is_right)
        next.step = RECOVERY_AT_PASSWORD;
    give(context, &next, dn != NULL ? account.question : NULL, result_out);
    result_out->name = is_right ? account.name : NULL;
    return is_right ? RECOVER_NEXT : RECOVER_WRONG;
}

/* ---- the last ---- */

enum reset_outcome recover_password(struct action_context *context, const char *state,
                                    const struct new_password_form *form, struct reset_result *result_out)
{
    struct recovery_state former;
    struct account *account = &result_out->view.account;
    *result_out = (struct reset_result){ .verdict = NEW_PASSWORD_MISSING };
    if (!context->config->accounts_reset_by_question ||
        recovery_state_read(context->ring, state, RECOVERY_AT_PASSWORD, context->now, &former) != LK_OK)
        return RESET_USED;
    const enum lk_status status =
        account_by_id(context->directory, context->config, context->arena, former.account, account, &context->trouble);
    if (status != LK_OK)
        return status == LK_ABSENT ? RESET_USED : RESET_TROUBLE;
    /* The state is given to nobody else; policy is asked all the same, so that its table stays the one place. */
    if (policy_ask(POLICY_RESET_PASSWORD, FACT_PERSON_IS_PROVEN | FACT_ANSWER_IS_PROVEN) != POLICY_ALLOWED)
        return RESET_USED;
    result_out->verdict = new_password_judge_for(context->credentials, form, account, &result_out->quality);
    if (result_out->verdict != NEW_PASSWORD_GOOD)
        return RESET_FAULTY;
    const struct new_password wanted = { .account = account,
                                         .password = form->password,
                                         .proof = NAME_ATTEMPT,
                                         .proof_value = recovery_step_value(context->arena, former.id, former.expires),
                                         .told = "answer" };
    return reset_outcome_of(new_password_write(context, &wanted, &result_out->refusal));
}
