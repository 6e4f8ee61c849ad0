/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/sign_up.h"

#include "actions/end_ties.h"
#include "actions/new_password.h"
#include "actions/sign_up_offer.h"
#include "base/mail_address.h"
#include "base/telephone.h"
#include "base/unicode.h"
#include "courier/outbox.h"
#include "credentials/change_password.h"
#include "credentials/judge.h"
#include "directory/names.h"

#include <string.h>
#include <strings.h>

static bool is_given(const char *text)
{
    return text != NULL && *text != '\0';
}

bool sign_up_name_is_address(struct lk_arena *arena, const char *name)
{
    char *folded = NULL;
    return lk_unicode_fold(arena, name, strlen(name), &folded) == LK_OK && strchr(folded, '@') != NULL;
}

/* A name is shown to others, typed by hand and part of a DN: what would only confuse in these places is left out. So is what passes for
 * an address that nobody could be asked to confirm. */
unsigned sign_up_name_faults(struct lk_arena *arena, const char *name)
{
    if (!is_given(name))
        return SIGN_UP_NAME_MISSING;
    size_t characters = lk_unicode_length(name, strlen(name));
    if (characters < SIGN_UP_NAME_LEAST)
        return SIGN_UP_NAME_TOO_SHORT;
    if (characters > SIGN_UP_NAME_MOST || strpbrk(name, "\"<>\\,;=#*()&%") != NULL ||
        !lk_unicode_is_seen(name, strlen(name)))
        return SIGN_UP_NAME_BAD;
    if (sign_up_name_is_address(arena, name) && !lk_mail_address_is_valid(name, strlen(name)))
        return SIGN_UP_NAME_NOT_ADDRESS;
    return 0;
}

static unsigned password_faults(const struct action_context *context, const struct sign_up_form *form,
                                struct quality *quality_out)
{
    static const unsigned faults[] = {
        [NEW_PASSWORD_MISSING] = SIGN_UP_PASSWORD_MISSING,
        [NEW_PASSWORD_POOR] = SIGN_UP_PASSWORD_POOR,
        [NEW_PASSWORD_DIFFERS] = SIGN_UP_PASSWORD_DIFFERS,
        [NEW_PASSWORD_GOOD] = 0,
    };
    const struct new_password_form typed = { .password = form->password, .again = form->password_again };
    const char *const own_words[NEW_PASSWORD_WORDS] = { form->name,    form->alternate_mail, form->given_name,
                                                        form->surname, form->telephone,      form->postal_code };
    return faults[new_password_judge(context->credentials, &typed, own_words, quality_out)];
}

/* All of them, so that nobody mends one only to hear of the next. */
static unsigned form_faults(const struct action_context *context, const struct sign_up_form *form,
                            struct quality *quality_out)
{
    unsigned faults = sign_up_name_faults(context->arena, form->name) | password_faults(context, form, quality_out);
    if (is_given(form->alternate_mail) && !lk_mail_address_is_valid(form->alternate_mail, strlen(form->alternate_mail)))
        faults |= SIGN_UP_MAIL_BAD;
    if (is_given(form->question) && form->answer == NULL)
        faults |= SIGN_UP_QUESTION_ALONE;
    if (!is_given(form->question) && form->answer != NULL)
        faults |= SIGN_UP_ANSWER_ALONE;
    if (is_given(form->telephone) && !lk_telephone_is_valid(form->telephone))
        faults |= SIGN_UP_TELEPHONE_BAD;
    return faults;
}

static void add_given(struct directory_change *entry, const char *attribute, const char *value)
{
    if (is_given(value))
        directory_change_add(entry, attribute, value);
}

/* inetOrgPerson demands cn and sn: the name stands in until the person gives them. */
static void add_person(struct directory_change *entry, const struct action_context *context,
                       const struct sign_up_form *form)
{
    const char *common_name = form->name;
    if (is_given(form->given_name) && is_given(form->surname))
        common_name = lk_arena_format(context->arena, "%s %s", form->given_name, form->surname);
    if (!account_name_is_cn(context->config))
        directory_change_add(entry, "cn", common_name);
    directory_change_add(entry, "sn", is_given(form->surname) ? form->surname : form->name);
    add_given(entry, "givenName", form->given_name);
    add_given(entry, "telephoneNumber", form->telephone);
    add_given(entry, "postalCode", form->postal_code);
}

static enum lk_status build_entry(struct action_context *context, const struct sign_up_form *form, bool is_confirmed,
                                  struct directory_change **entry_out)
{
    struct directory_change *entry = directory_change_new(context->arena);
    directory_change_add(entry, "objectClass", context->config->directory_new_person_class);
    directory_change_add(entry, "objectClass", context->config->directory_account_class);
    directory_change_add(entry, context->config->directory_account_name, form->name);
    if (is_confirmed && strcasecmp(context->config->directory_account_name, "mail") != 0)
        directory_change_add(entry, "mail", form->name); /* what account_rescue_mail knows it by */
    add_person(entry, context, form);
    if (form->answer != NULL) {
        const char *verifier = NULL;
        const enum lk_status status =
            credentials_hash_answer(context->credentials, context->arena, form->answer, &verifier);
        if (status != LK_OK)
            return status;
        directory_change_add(entry, NAME_QUESTION, form->question);
        directory_change_add(entry, NAME_ANSWER, verifier);
    }
    if (is_given(form->alternate_mail)) {
        /* Kept apart until the person has opened the link that this asks for: nothing is sent to it before that. */
        directory_change_add(entry, NAME_PENDING_MAIL, form->alternate_mail);
        directory_change_add(entry, NAME_SEND, outbox_confirm(context->arena));
    }
    *entry_out = entry;
    return LK_OK;
}

static enum sign_up_outcome begin_session(struct action_context *context, const struct sign_up_form *form,
                                          struct sign_up_result *result_out)
{
    struct account account;
    enum lk_status status =
        account_by_name(context->directory, context->config, context->arena, form->name, &account, &context->trouble);
    if (status != LK_OK)
        return SIGN_UP_TROUBLE;
    status = session_begin(context->config, context->ring, context->directory, context->arena, &account, false,
                           &context->origin, context->now, result_out->cookie, &context->trouble);
    if (status == LK_OK && form->former != NULL)
        status = session_end(context->directory, context->arena, form->former, &context->trouble);
    return status == LK_OK ? SIGN_UP_DONE : SIGN_UP_TROUBLE;
}

/* Counted whether or not the name turns out to be free: it is names that are guessed at, and mailboxes that are filled. */
static enum lk_status take_token(struct action_context *context, const struct sign_up_form *form, int64_t *wait_out)
{
    char *folded = NULL;
    const char *target = is_given(form->alternate_mail) ? form->alternate_mail : NULL;
    if (target != NULL && lk_unicode_fold(context->arena, target, strlen(target), &folded) != LK_OK)
        return LK_MALFORMED;
    const struct limits_subject subjects[] = {
        {LIMIT_SIGN_UP_ADDRESS,  context->origin.address},
        { LIMIT_SIGN_UP_NETWORK, context->origin.address},
        { LIMIT_MAIL_TARGET,     folded                 }
    };
    return limits_take(context->limits, subjects, sizeof subjects / sizeof *subjects, wait_out);
}

/* ---- under an address ---- */

static enum lk_status take_token_to_ask(struct action_context *context, const char *name, int64_t *wait_out)
{
    char *folded = NULL;
    if (lk_unicode_fold(context->arena, name, strlen(name), &folded) != LK_OK)
        return LK_MALFORMED;
    const struct limits_subject subjects[] = {
        {LIMIT_SIGN_UP_ADDRESS,  context->origin.address},
        { LIMIT_SIGN_UP_NETWORK, context->origin.address},
        { LIMIT_MAIL_ADDRESS,    context->origin.address},
        { LIMIT_MAIL_NETWORK,    context->origin.address},
        { LIMIT_MAIL_TARGET,     folded                 }
    };
    return limits_take(context->limits, subjects, sizeof subjects / sizeof *subjects, wait_out);
}

static enum sign_up_outcome ask(struct action_context *context, const struct sign_up_form *form,
                                struct sign_up_result *result_out)
{
    const struct sign_up_offer offer = { .name = form->name, .onward = form->onward };
    enum lk_status status = take_token_to_ask(context, form->name, &result_out->wait);
    if (status != LK_OK)
        return status == LK_BUSY ? SIGN_UP_TOO_MANY : SIGN_UP_TROUBLE;
    const struct outbox_sign_up asked = { .to = form->name,
                                          .offer = sign_up_offer_write(context->ring, context->arena, &offer),
                                          .language = form->language,
                                          .now = context->now };
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_add(change, NAME_SEND, outbox_sign_up(context->arena, context->ring, &asked));
    status = directory_modify(context->directory, context->config->directory_decoy, change, &context->trouble);
    if (status == LK_BUSY || status == LK_REFUSED) /* the constraint overlay bounds how many may wait */
        return SIGN_UP_BUSY;
    return status == LK_OK ? SIGN_UP_ASKED : SIGN_UP_TROUBLE;
}

/* ---- the account ---- */

static enum sign_up_outcome outcome_of_add(enum lk_status status, enum directory_password_refusal refusal)
{
    if (status == LK_BUSY)
        return SIGN_UP_BUSY;
    if (status == LK_CONFLICT)
        return SIGN_UP_NAME_TAKEN;
    if (status == LK_REFUSED)
        return refusal == DIRECTORY_REFUSAL_UNSAID ? SIGN_UP_NOT_SAVED : SIGN_UP_PASSWORD_REFUSED;
    return SIGN_UP_TROUBLE;
}

/* Whoever has the name in the other directory gets the account of that name at the first sign-in: nobody else does before that. */
static enum lk_status check_not_an_outsiders(struct action_context *context, const char *name)
{
    struct outsider person;
    const enum lk_status status =
        outsider_by_name(context->directory, context->config, context->arena, name, &person, &context->trouble);
    if (status == LK_OK || status == LK_CONFLICT)
        return lk_fail(&context->trouble, LK_CONFLICT, "somebody of the other directory has this name");
    return status == LK_ABSENT || status == LK_MALFORMED ? LK_OK : status;
}

static enum lk_status add_account(struct action_context *context, const struct sign_up_form *form, bool is_confirmed,
                                  struct sign_up_result *result, const char **dn_out)
{
    struct directory_change *entry = NULL;
    enum lk_status status = dn_child(context->arena, context->config->directory_account_name, form->name,
                                     context->config->directory_accounts_base, dn_out);
    if (status == LK_OK)
        status = check_not_an_outsiders(context, form->name);
    if (status == LK_OK)
        status = build_entry(context, form, is_confirmed, &entry);
    if (status == LK_OK)
        status = check_is_no_operators(context, *dn_out);
    if (status == LK_OK)
        status = end_former_ties(context, *dn_out);
    if (status != LK_OK)
        return status;
    const struct new_entry account = { .dn = *dn_out, .password = form->password, .attributes = entry };
    return credentials_add_entry(context->credentials, context->directory, context->arena, &account, &result->refusal,
                                 &context->trouble);
}

static enum sign_up_outcome add(struct action_context *context, const struct sign_up_form *form, bool is_confirmed,
                                struct sign_up_result *result_out)
{
    const char *dn = NULL;
    const enum lk_status status = add_account(context, form, is_confirmed, result_out, &dn);
    if (status == LK_OK)
        return begin_session(context, form, result_out);
    return outcome_of_add(status, result_out->refusal);
}

enum lk_status create_account(struct action_context *context, const struct sign_up_form *form,
                              struct sign_up_result *result_out, const char **dn_out)
{
    *result_out = (struct sign_up_result){ .faults = 0 };
    result_out->faults = form_faults(context, form, &result_out->quality);
    if (result_out->faults != 0)
        return LK_MALFORMED;
    const bool is_confirmed = sign_up_name_is_address(context->arena, form->name);
    return add_account(context, form, is_confirmed, result_out, dn_out);
}

enum sign_up_outcome sign_up_make(struct action_context *context, const struct sign_up_form *form, bool is_confirmed,
                                  struct sign_up_result *result_out)
{
    *result_out = (struct sign_up_result){ .faults = 0 };
    result_out->faults = form_faults(context, form, &result_out->quality);
    if (result_out->faults != 0)
        return SIGN_UP_REFUSED;
    const enum lk_status status = take_token(context, form, &result_out->wait);
    if (status != LK_OK)
        return status == LK_BUSY ? SIGN_UP_TOO_MANY : SIGN_UP_TROUBLE;
    return add(context, form, is_confirmed, result_out);
}

enum sign_up_outcome sign_up(struct action_context *context, const struct sign_up_form *form,
                             struct sign_up_result *result_out)
{
    *result_out = (struct sign_up_result){ .faults = 0 };
    if (!context->config->accounts_sign_up)
        return SIGN_UP_CLOSED;
    if (!sign_up_name_is_address(context->arena, form->name))
        return sign_up_make(context, form, false, result_out);
    result_out->faults = sign_up_name_faults(context->arena, form->name);
    return result_out->faults != 0 ? SIGN_UP_REFUSED : ask(context, form, result_out);
}
