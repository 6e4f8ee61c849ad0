/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/sign_in.h"

#include "actions/adopt_person.h"
#include "actions/count_try.h"
#include "actions/sign_in_password.h"
#include "actions/sign_in_step.h"
#include "base/unicode.h"
#include "credentials/verifiers.h"

#include <string.h>

#define BEGIN_TRIES 3
#define CHECKS_MOST 3

/* One sign-in on its way. */
struct attempt {
    const struct sign_in_form *form;
    struct limits_subject subjects[LIMITS_SUBJECTS_MOST];
    size_t subject_count;
    const char *name; /* folded */
    struct account account;
    struct outsider person; /* of another directory, where there is no account of the name; without a DN: none */
    struct counted_try counted;
};

/* ---- counted before it is made ---- */

/* In memory, by what was typed and by where it comes from. A browser that the owner has used is not held up by what strangers
 * do, not even by those behind the same address. */
static enum sign_in_outcome take_token(struct action_context *context, struct attempt *attempt,
                                       struct sign_in_result *result)
{
    const struct limits_subject known[] = {
        {LIMIT_SIGN_IN_KNOWN, attempt->name}
    };
    const struct limits_subject stranger[] = {
        {LIMIT_SIGN_IN_NAME,     attempt->name          },
        { LIMIT_SIGN_IN_ADDRESS, context->origin.address},
        { LIMIT_SIGN_IN_NETWORK, context->origin.address}
    };
    attempt->subject_count =
        attempt->form->is_known ? sizeof known / sizeof *known : sizeof stranger / sizeof *stranger;
    memcpy(attempt->subjects, attempt->form->is_known ? known : stranger, attempt->subject_count * sizeof *known);
    const enum lk_status status =
        limits_take(context->limits, attempt->subjects, attempt->subject_count, &result->wait);
    return status == LK_OK ? SIGN_IN_DONE : SIGN_IN_TOO_MANY;
}

/* On the entry, for every daemon. */
static enum sign_in_outcome count(struct action_context *context, struct attempt *attempt,
                                  struct sign_in_result *result)
{
    const struct try_of tried = { .kind = attempt->form->is_known ? "signin-known" : "signin",
                                  .account_dn = attempt->account.dn,
                                  .name = attempt->name };
    switch (count_try(context, &tried, &attempt->counted)) {
    case COUNT_TRY_DONE: return SIGN_IN_DONE;
    case COUNT_TRY_TOO_SOON: result->wait = attempt->counted.wait; return SIGN_IN_TOO_MANY;
    case COUNT_TRY_BUSY: return SIGN_IN_BUSY;
    case COUNT_TRY_TROUBLE: break;
    }
    return SIGN_IN_TROUBLE;
}

/* ---- the steps; each returns SIGN_IN_DONE where the next one follows ---- */

static bool is_nobody(enum lk_status status)
{
    return status == LK_ABSENT || status == LK_CONFLICT || status == LK_MALFORMED;
}

static enum sign_in_outcome find_person(struct action_context *context, struct attempt *attempt)
{
    const enum lk_status status = outsider_by_name(context->directory, context->config, context->arena,
                                                   attempt->form->name, &attempt->person, &context->trouble);
    if (status == LK_OK)
        return SIGN_IN_DONE;
    attempt->person = (struct outsider){ .dn = NULL };
    return is_nobody(status) ? SIGN_IN_DONE : SIGN_IN_TROUBLE;
}

static enum sign_in_outcome find(struct action_context *context, struct attempt *attempt)
{
    const enum lk_status status = account_by_name(context->directory, context->config, context->arena,
                                                  attempt->form->name, &attempt->account, &context->trouble);
    if (status == LK_OK)
        return SIGN_IN_DONE;
    attempt->account = (struct account){ .dn = NULL };
    if (status == LK_ABSENT)
        return find_person(context, attempt);
    return is_nobody(status) ? SIGN_IN_DONE : SIGN_IN_TROUBLE;
}

/* What a directory says with its yes. Whoever has to change the password may do nothing else there, and so nothing here. */
static enum sign_in_outcome outcome_of_success(enum directory_password_state state)
{
    switch (state) {
    case DIRECTORY_PASSWORD_PLAIN: return SIGN_IN_DONE;
    case DIRECTORY_PASSWORD_LOCKED: return SIGN_IN_LOCKED;
    case DIRECTORY_PASSWORD_EXPIRED: return SIGN_IN_EXPIRED;
    case DIRECTORY_PASSWORD_MUST_CHANGE: return SIGN_IN_MUST_CHANGE;
    }
    return SIGN_IN_TROUBLE;
}

/* Directories look at a password's age only once it has been found right: so it may be told. That an account is locked they say
 * whatever the password: so it is not told. */
static enum sign_in_outcome outcome_of_check(enum lk_status status, enum directory_password_state state)
{
    switch (status) {
    case LK_OK: return outcome_of_success(state);
    case LK_REFUSED: return state == DIRECTORY_PASSWORD_EXPIRED ? SIGN_IN_EXPIRED : SIGN_IN_WRONG;
    case LK_MALFORMED: return SIGN_IN_WRONG;
    case LK_BUSY: return SIGN_IN_BUSY;
    case LK_ABSENT:
    case LK_CONFLICT:
    case LK_BROKEN: break;
    }
    return SIGN_IN_TROUBLE;
}

static enum sign_in_outcome check(struct action_context *context, struct attempt *attempt)
{
    enum directory_password_state state = DIRECTORY_PASSWORD_PLAIN;
    const char *dn = attempt->account.dn != NULL ? attempt->account.dn : attempt->person.dn;
    const enum lk_status status = credentials_check_password(context->credentials, context->directory, dn,
                                                             attempt->form->password, &state, &context->trouble);
    return outcome_of_check(status, state);
}

static bool is_password_right(enum sign_in_outcome outcome)
{
    return outcome == SIGN_IN_DONE || outcome == SIGN_IN_LOCKED || outcome == SIGN_IN_EXPIRED ||
           outcome == SIGN_IN_MUST_CHANGE;
}

/* The owner is not held to what was counted. That a count stays is no reason to keep them out. */
static void forgive(struct action_context *context, const struct attempt *attempt)
{
    (void) forget_tries(context, &attempt->counted);
}

/* Somebody of another directory, for the first time. What was counted stands on the decoy: the new account has nothing to forgive. */
static enum sign_in_outcome adopt(struct action_context *context, struct attempt *attempt)
{
    forgive(context, attempt);
    attempt->counted = (struct counted_try){ .value = NULL };
    const enum lk_status status = adopt_person(context, &attempt->person, &attempt->account);
    if (status != LK_OK)
        attempt->account = (struct account){ .dn = NULL };
    return status == LK_OK ? SIGN_IN_DONE : SIGN_IN_TROUBLE;
}

/* Has nobody set another password, or turned a second factor on? */
static bool takes_the_same(const struct account *one, const struct account *other)
{
    return account_has_same_password(one, other) && (one->second_factor == NULL) == (other->second_factor == NULL);
}

/* One Modify, with which the count ends too. Where others have signed in, or gone on counting, meanwhile: on what is there then;
 * where they do so all the time, the session begins alone. LK_CONFLICT: what was proven is not what it takes now; the attempt's
 * account is the one that is there then. */
static enum lk_status begin_and_forgive(struct action_context *context, struct attempt *attempt, char *cookie_out)
{
    struct account account = attempt->account;
    const struct directory_attribute *attempts = NULL;
    for (int tries = 0; tries < BEGIN_TRIES; tries++) {
        struct directory_change *change = directory_change_new(context->arena);
        forget_tries_in(&attempt->counted, attempts, change);
        enum lk_status status =
            session_begin_in(context->config, context->ring, context->arena, &account, attempt->form->keep,
                             &context->origin, context->now, change, cookie_out);
        if (status == LK_OK)
            status = directory_modify(context->directory, account.dn, change, &context->trouble);
        if (status != LK_ABSENT && status != LK_CONFLICT)
            return status;
        status = account_by_id(context->directory, context->config, context->arena, attempt->account.id, &account,
                               &context->trouble);
        if (status != LK_OK)
            return status;
        if (!takes_the_same(&attempt->account, &account)) {
            attempt->account = account;
            return LK_CONFLICT;
        }
        attempts = &account.attempts;
    }
    return session_begin(context->config, context->ring, context->directory, context->arena, &account,
                         attempt->form->keep, &context->origin, context->now, cookie_out, &context->trouble);
}

/* What the directory keeps of the password, as today's configuration wants it; now is when somebody knows the password. If it
 * cannot be, the next time will do: the person is signed in all the same. */
static void renew_verifiers(struct action_context *context, const struct attempt *attempt)
{
    struct lk_trouble trouble;
    if (attempt->account.person_dn != NULL ||
        !credentials_are_outdated(context->credentials, attempt->account.verifier))
        return;
    (void) !credentials_renew_verifiers(context->credentials, context->directory, context->arena, attempt->account.dn,
                                        attempt->account.verifier, attempt->form->password, &trouble);
}

/* After the verifiers: the step dies with what they are today. */
static enum sign_in_outcome ask_for_code(struct action_context *context, const struct attempt *attempt,
                                         struct sign_in_result *result)
{
    renew_verifiers(context, attempt);
    const enum lk_status status =
        sign_in_step_new(context, KEY_USE_SIGN_IN_STEP, &attempt->account, attempt->form->keep, &result->step);
    return status == LK_OK ? SIGN_IN_CODE_NEEDED : SIGN_IN_TROUBLE;
}

/* What the password opens: a session, or the next step. Where it was changed since it was looked at, or a second factor turned on: all
 * once more, for what it takes now. */
static enum sign_in_outcome begin_session(struct action_context *context, struct attempt *attempt,
                                          const struct session *former, struct sign_in_result *result)
{
    enum lk_status status = LK_CONFLICT;
    for (int checks = 1; status == LK_CONFLICT && checks <= CHECKS_MOST; checks++) {
        const enum sign_in_outcome outcome = checks == 1 ? SIGN_IN_DONE : check(context, attempt);
        if (outcome != SIGN_IN_DONE)
            return outcome;
        if (attempt->account.second_factor != NULL)
            return ask_for_code(context, attempt, result);
        status = begin_and_forgive(context, attempt, result->cookie);
    }
    if (status == LK_ABSENT) /* removed since it was found */
        return SIGN_IN_WRONG;
    if (status == LK_OK && former != NULL)
        status = session_end(context->directory, context->arena, former, &context->trouble);
    return status == LK_OK ? SIGN_IN_DONE : SIGN_IN_TROUBLE;
}

/* What else there is to do where the password is right. */
static enum sign_in_outcome go_on(struct action_context *context, const struct attempt *attempt,
                                  enum sign_in_outcome outcome, struct sign_in_result *result)
{
    const bool is_kept_here = attempt->account.dn != NULL && attempt->account.person_dn == NULL;
    if (is_kept_here && (outcome == SIGN_IN_EXPIRED || outcome == SIGN_IN_MUST_CHANGE))
        sign_in_offer_new_password(context, &attempt->account, attempt->form->keep, &result->step);
    return outcome == SIGN_IN_DONE ? ask_for_code(context, attempt, result) : outcome;
}

enum sign_in_outcome sign_in(struct action_context *context, const struct sign_in_form *form,
                             const struct session *former, struct sign_in_result *result_out)
{
    *result_out = (struct sign_in_result){ .wait = 0 };
    struct attempt attempt = { .form = form };
    char *folded = NULL;
    if (lk_unicode_fold(context->arena, form->name, strlen(form->name), &folded) != LK_OK)
        return SIGN_IN_WRONG;
    attempt.name = folded;
    enum sign_in_outcome outcome = take_token(context, &attempt, result_out);
    if (outcome == SIGN_IN_DONE)
        outcome = find(context, &attempt);
    if (outcome == SIGN_IN_DONE)
        outcome = count(context, &attempt, result_out);
    if (outcome == SIGN_IN_DONE)
        outcome = check(context, &attempt);
    if (is_password_right(outcome))
        limits_give_back(context->limits, attempt.subjects, attempt.subject_count);
    if (outcome == SIGN_IN_DONE && attempt.account.dn == NULL)
        outcome = adopt(context, &attempt);
    const bool begins = outcome == SIGN_IN_DONE && attempt.account.second_factor == NULL;
    if (is_password_right(outcome) && !begins)
        forgive(context, &attempt);
    if (!begins)
        return go_on(context, &attempt, outcome, result_out);
    outcome = begin_session(context, &attempt, former, result_out);
    result_out->account = attempt.account;
    if (outcome == SIGN_IN_DONE)
        renew_verifiers(context, &attempt);
    return outcome;
}
