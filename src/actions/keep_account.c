/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/keep_account.h"

#include "actions/new_password.h"
#include "base/mail_address.h"
#include "base/telephone.h"
#include "base/unicode.h"
#include "courier/outbox.h"
#include "directory/names.h"

#include <string.h>

static const char *const field_names[ACCOUNT_FIELDS] = {
    [ACCOUNT_GIVEN_NAME] = "given_name",
    [ACCOUNT_SURNAME] = "surname",
    [ACCOUNT_TELEPHONE] = "telephone",
    [ACCOUNT_POSTAL_CODE] = "postal_code",
};

const char *account_field_name(enum account_field field)
{
    return field_names[field];
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

struct account_person account_person_of(const struct account *account)
{
    return (struct account_person){
        {[ACCOUNT_GIVEN_NAME] = or_empty(account->given_name),
         [ACCOUNT_SURNAME] = or_empty(account_own_surname(account)),
         [ACCOUNT_TELEPHONE] = or_empty(account->telephone),
         [ACCOUNT_POSTAL_CODE] = or_empty(account->postal_code)}
    };
}

/* What a session that has ended since was about to write is not written: whoever has ended it may have closed just that way. */
static enum lk_status modify(struct action_context *context, const struct session *session,
                             struct directory_change *change)
{
    session_hold(session, change);
    return directory_modify(context->directory, session->account.dn, change, &context->trouble);
}

/* ---- the alternate address ---- */

static unsigned mail_faults(const struct session *session, const char *mail)
{
    const char *confirmed = session->account.alternate_mail;
    if (*mail == '\0')
        return KEEP_ACCOUNT_MAIL_MISSING;
    if (!lk_mail_address_is_valid(mail, strlen(mail)))
        return KEEP_ACCOUNT_MAIL_BAD;
    return confirmed != NULL && strcmp(confirmed, mail) == 0 ? KEEP_ACCOUNT_MAIL_SAME : 0;
}

/* `waits`: a request waits already. It goes to the address that it finds; so it is put there anew, which fails if the courier has claimed it
 * meanwhile, for the former one. */
static enum lk_status ask_to_confirm(struct action_context *context, const struct session *session, const char *mail,
                                     bool waits)
{
    const char *request = outbox_confirm(context->arena);
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_replace(change, NAME_PENDING_MAIL, mail);
    if (waits)
        directory_change_delete(change, NAME_SEND, request);
    directory_change_add(change, NAME_SEND, request);
    return modify(context, session, change);
}

enum own_outcome set_alternate_mail(struct action_context *context, const struct session *session,
                                    const struct lk_secret *password, const char *mail, unsigned *faults_out)
{
    *faults_out = mail_faults(session, mail);
    if (*faults_out != 0)
        return OWN_FAULTY;
    const enum own_outcome outcome = own_account_prove(context, session, POLICY_CHANGE_RESCUE, password);
    if (outcome != OWN_DONE)
        return outcome;
    enum lk_status status = ask_to_confirm(context, session, mail, false);
    if (status == LK_CONFLICT)
        status = ask_to_confirm(context, session, mail, true);
    if (status == LK_ABSENT)
        status = ask_to_confirm(context, session, mail, false);
    return own_account_outcome(status);
}

enum own_outcome remove_alternate_mail(struct action_context *context, const struct session *session,
                                       const struct lk_secret *password)
{
    const enum own_outcome outcome = own_account_prove(context, session, POLICY_CHANGE_RESCUE, password);
    if (outcome != OWN_DONE)
        return outcome;
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_replace(change, NAME_PENDING_MAIL, NULL);
    directory_change_replace(change, NAME_ALTERNATE_MAIL, NULL);
    if (session->account.alternate_mail != NULL)
        tell_of_change(context, change, &session->account, "address", session->account.alternate_mail);
    return own_account_outcome(modify(context, session, change));
}

/* ---- question and answer ---- */

enum own_outcome set_question(struct action_context *context, const struct session *session,
                              const struct lk_secret *password, const char *question, const struct lk_secret *answer,
                              unsigned *faults_out)
{
    *faults_out = (*question == '\0' ? (unsigned) KEEP_ACCOUNT_QUESTION_MISSING : 0U) |
                  (answer == NULL ? (unsigned) KEEP_ACCOUNT_ANSWER_MISSING : 0U);
    if (*faults_out != 0)
        return OWN_FAULTY;
    const enum own_outcome outcome = own_account_prove(context, session, POLICY_CHANGE_RESCUE, password);
    if (outcome != OWN_DONE)
        return outcome;
    const char *verifier = NULL;
    const enum lk_status status = credentials_hash_answer(context->credentials, context->arena, answer, &verifier);
    if (status == LK_MALFORMED) { /* nothing but blanks */
        *faults_out = KEEP_ACCOUNT_ANSWER_MISSING;
        return OWN_FAULTY;
    }
    if (status != LK_OK)
        return own_account_outcome(status);
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_replace(change, NAME_QUESTION, question);
    directory_change_replace(change, NAME_ANSWER, verifier);
    return own_account_outcome(modify(context, session, change));
}

enum own_outcome remove_question(struct action_context *context, const struct session *session,
                                 const struct lk_secret *password)
{
    const enum own_outcome outcome = own_account_prove(context, session, POLICY_CHANGE_RESCUE, password);
    if (outcome != OWN_DONE)
        return outcome;
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_replace(change, NAME_QUESTION, NULL);
    directory_change_replace(change, NAME_ANSWER, NULL);
    return own_account_outcome(modify(context, session, change));
}

/* ---- personal data ---- */

static unsigned person_faults(const struct account_person *person)
{
    unsigned faults =
        lk_telephone_is_valid(person->values[ACCOUNT_TELEPHONE]) ? 0U : (unsigned) KEEP_ACCOUNT_TELEPHONE_BAD;
    for (size_t i = 0; i < ACCOUNT_FIELDS; i++)
        if (lk_unicode_length(person->values[i], strlen(person->values[i])) > KEEP_ACCOUNT_TEXT_MOST)
            faults |= (unsigned) KEEP_ACCOUNT_TEXT_LONG << i;
    return faults;
}

static const char *or_null(const char *text)
{
    return *text != '\0' ? text : NULL;
}

static const char *whole_name(const struct action_context *context, const struct account *account,
                              const struct account_person *person)
{
    const char *given = person->values[ACCOUNT_GIVEN_NAME];
    const char *surname = person->values[ACCOUNT_SURNAME];
    return *given != '\0' && *surname != '\0' ? lk_arena_format(context->arena, "%s %s", given, surname)
                                              : account->name;
}

/* cn follows where it was made the same way; an enterprise's own stays. */
static void change_person(const struct action_context *context, const struct account *account,
                          const struct account_person *person, struct directory_change *change)
{
    const struct account_person former = account_person_of(account);
    const char *surname = person->values[ACCOUNT_SURNAME];
    directory_change_replace(change, "givenName", or_null(person->values[ACCOUNT_GIVEN_NAME]));
    directory_change_replace(change, "sn", *surname != '\0' ? surname : account->name);
    directory_change_replace(change, "telephoneNumber", or_null(person->values[ACCOUNT_TELEPHONE]));
    directory_change_replace(change, "postalCode", or_null(person->values[ACCOUNT_POSTAL_CODE]));
    if (account_name_is_cn(context->config))
        return;
    if (strcmp(account->display_name, whole_name(context, account, &former)) == 0)
        directory_change_replace(change, "cn", whole_name(context, account, person));
}

/* The account itself may not write its sessions, so this one cannot be held. */
static enum lk_status modify_person(struct action_context *context, const struct session *session,
                                    const struct account_person *person)
{
    struct directory_change *change = directory_change_new(context->arena);
    change_person(context, &session->account, person, change);
    directory_act_as(context->directory, session->account.dn);
    const enum lk_status status = directory_modify(context->directory, session->account.dn, change, &context->trouble);
    directory_act_as(context->directory, NULL);
    return status;
}

enum own_outcome set_person(struct action_context *context, const struct session *session,
                            const struct lk_secret *password, const struct account_person *person, unsigned *faults_out)
{
    *faults_out = person_faults(person);
    if (*faults_out != 0)
        return OWN_FAULTY;
    const enum own_outcome outcome = own_account_prove(context, session, POLICY_CHANGE_RESCUE, password);
    if (outcome != OWN_DONE)
        return outcome;
    enum lk_status status = session_is_there(context->directory, context->arena, session, &context->trouble);
    if (status == LK_OK)
        status = modify_person(context, session, person);
    return own_account_outcome(status);
}
