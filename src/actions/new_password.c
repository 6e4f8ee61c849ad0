/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/new_password.h"

#include "courier/outbox.h"
#include "courier/outbox_record.h"
#include "credentials/change_password.h"
#include "credentials/judge.h"
#include "directory/names.h"
#include "tokens/link.h"

#include <string.h>

#define TRIES 4

/* ---- judging ---- */

enum new_password_verdict new_password_judge(struct credentials *credentials, const struct new_password_form *form,
                                             const char *const own_words[static NEW_PASSWORD_WORDS],
                                             struct quality *quality_out)
{
    if (form->password == NULL)
        return NEW_PASSWORD_MISSING;
    const char *words[NEW_PASSWORD_WORDS + 1];
    size_t count = 0;
    for (size_t i = 0; i < NEW_PASSWORD_WORDS; i++)
        if (own_words[i] != NULL && *own_words[i] != '\0')
            words[count++] = own_words[i];
    words[count] = NULL;
    *quality_out = credentials_judge(credentials, form->password, words);
    if (quality_out->verdict != QUALITY_GOOD)
        return NEW_PASSWORD_POOR;
    const bool is_same = form->again != NULL && lk_secret_equals(form->password, form->again);
    return is_same ? NEW_PASSWORD_GOOD : NEW_PASSWORD_DIFFERS;
}

enum new_password_verdict new_password_judge_for(struct credentials *credentials, const struct new_password_form *form,
                                                 const struct account *account, struct quality *quality_out)
{
    const char *const words[NEW_PASSWORD_WORDS] = { account->name,      account->alternate_mail, account->pending_mail,
                                                    account->mail,      account->given_name,     account->surname,
                                                    account->telephone, account->postal_code };
    return new_password_judge(credentials, form, words, quality_out);
}

/* ---- writing ---- */

/* "This was not me" stays good, but not in letters as young as the one that is being redeemed: those may have gone to whoever took
 * the account over. */
static bool stays(struct lk_arena *arena, const struct directory_value *value, const struct link_claim *disputed)
{
    struct link_token token;
    return link_token_read(arena, value->bytes, value->len, &token) == LK_OK && link_purpose_undoes(token.purpose) &&
           (disputed == NULL || token.expires < disputed->expires);
}

/* What stays is deleted by its exact values before all goes, and put back: what nobody has seen yet goes too, and if something of it has been
 * used meanwhile the whole fails, so that no used link comes back to life. */
static void keep_only(struct directory_change *change, const char *attribute, const char *const *staying, size_t count)
{
    for (size_t i = 0; i < count; i++)
        directory_change_delete(change, attribute, staying[i]);
    directory_change_replace(change, attribute, NULL);
    for (size_t i = 0; i < count; i++)
        directory_change_add(change, attribute, staying[i]);
}

/* Whoever says "this was not me" leaves nothing that may have come since. All others end what they see, by its exact values: what is mailed
 * in the same moment may be the way back from the change before this one. The link that is the proof is used up already. */
static void end_links(struct directory_change *change, struct lk_arena *arena, const struct directory_attribute *tokens,
                      const struct new_password *wanted)
{
    const char **staying = lk_arena_array(arena, tokens->count, sizeof *staying);
    const char *proof = wanted->proof != NULL && strcmp(wanted->proof, NAME_TOKEN) == 0 ? wanted->proof_value : NULL;
    size_t count = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        const char *value = tokens->values[i].bytes;
        if (stays(arena, &tokens->values[i], wanted->disputed))
            staying[count++] = value;
        else if (wanted->disputed == NULL && (proof == NULL || strcmp(value, proof) != 0))
            directory_change_delete(change, NAME_TOKEN, value);
    }
    if (wanted->disputed != NULL)
        keep_only(change, NAME_TOKEN, staying, count);
}

void tell_of_change(struct action_context *context, struct directory_change *change, const struct account *account,
                    const char *what, const char *to)
{
    const struct outbox_told told = { .kind = OUTBOX_ACCOUNT_CHANGED,
                                      .entry = account->id,
                                      .to = to,
                                      .field = "what",
                                      .text = what,
                                      .now = context->now };
    directory_change_add(change, NAME_SEND, outbox_told(context->arena, context->ring, &told));
}

void tell_holder(struct action_context *context, struct directory_change *change, const struct account *account,
                 const char *what)
{
    const char *first = account->alternate_mail;
    if (first != NULL)
        tell_of_change(context, change, account, what, first);
    if (account->mail != NULL && (first == NULL || strcmp(first, account->mail) != 0))
        tell_of_change(context, change, account, what, account->mail);
}

static bool is_of_later(struct action_context *context, const struct directory_value *value,
                        const struct link_claim *disputed)
{
    struct outbox_request request;
    const char *name = NULL;
    return outbox_read(context->arena, value, &request, &name, NULL) == LK_OK &&
           link_purpose_undoes(request.kind->purpose) && outbox_is_younger(&request, context->config, disputed);
}

/* A letter that a mail server has put off would bring its link back. */
static void end_letters(struct action_context *context, struct directory_change *change,
                        const struct directory_attribute *sends, const struct link_claim *disputed)
{
    const char **staying = lk_arena_array(context->arena, sends->count, sizeof *staying);
    size_t count = 0;
    for (size_t i = 0; i < sends->count; i++)
        if (!is_of_later(context, &sends->values[i], disputed))
            staying[count++] = sends->values[i].bytes;
    keep_only(change, NAME_SEND, staying, count);
}

/* Whoever was at work here may have left ways back in. An address that stays is put back exactly: another one may be confirmed
 * meanwhile. */
static void close_ways(struct action_context *context, struct directory_change *change, const struct account *account,
                       const struct link_claim *disputed)
{
    const char *mail = account->alternate_mail;
    const bool is_theirs = mail != NULL && link_was_sent_to(context->ring, disputed, mail);
    directory_change_replace(change, NAME_QUESTION, NULL);
    directory_change_replace(change, NAME_ANSWER, NULL);
    directory_change_replace(change, NAME_PENDING_MAIL, NULL);
    if (is_theirs)
        directory_change_delete(change, NAME_ALTERNATE_MAIL, mail);
    directory_change_replace(change, NAME_ALTERNATE_MAIL, is_theirs ? mail : NULL);
    end_letters(context, change, &account->sends, disputed);
}

/* All that happens besides the password itself. */
static struct directory_change *build(struct action_context *context, const struct new_password *wanted,
                                      const struct account *account)
{
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_replace(change, NAME_SESSION, wanted->session);
    directory_change_replace(change, NAME_ATTEMPT, NULL); /* recoveries under way end too */
    end_links(change, context->arena, &account->tokens, wanted);
    if (wanted->told != NULL)
        tell_holder(context, change, account, wanted->told);
    if (wanted->disputed != NULL)
        close_ways(context, change, account, wanted->disputed);
    return change;
}

static bool holds(const struct directory_attribute *attribute, const char *value)
{
    for (size_t i = 0; i < attribute->count; i++)
        if (strcmp(attribute->values[i].bytes, value) == 0)
            return true;
    return false;
}

static bool is_proven(const struct account *account, const char *attribute, const char *value)
{
    if (strcmp(attribute, NAME_TOKEN) == 0)
        return holds(&account->tokens, value);
    if (strcmp(attribute, NAME_SESSION) == 0)
        return holds(&account->sessions, value);
    if (strcmp(attribute, NAME_ATTEMPT) == 0)
        return holds(&account->attempts, value);
    return account->verifier != NULL && strcmp(account->verifier, value) == 0;
}

/* What stands between two tries. */
struct writing {
    struct account account; /* as it was last read */
    bool is_set; /* the password, and the proof is used up: only the rest is to be written (password_method exop) */
};

/* Is it worth another try, with the account as it is now? The proof must still be there. */
static enum lk_status look_again(struct action_context *context, const struct new_password *wanted,
                                 struct writing *writing)
{
    struct account *account = &writing->account;
    const enum lk_status status = account_by_id(context->directory, context->config, context->arena,
                                                wanted->account->id, account, &context->trouble);
    if (status != LK_OK || wanted->proof == NULL || writing->is_set)
        return status;
    return is_proven(account, wanted->proof, wanted->proof_value) ? LK_OK : LK_ABSENT;
}

static enum lk_status write_all(struct action_context *context, const struct new_password *wanted,
                                struct writing *writing, enum directory_password_refusal *refusal_out)
{
    const struct password_change change = { .account_dn = writing->account.dn,
                                            .password = wanted->password,
                                            .link = wanted->proof_value,
                                            .link_attribute = wanted->proof,
                                            .others = build(context, wanted, &writing->account),
                                            .is_set = &writing->is_set };
    return credentials_change_password(context->credentials, context->directory, context->arena, &change, refusal_out,
                                       &context->trouble);
}

/* Where the outbox takes no letters, without them: what the old password opened ends all the same. */
static enum lk_status write_rest(struct action_context *context, const struct new_password *wanted,
                                 const struct account *account)
{
    struct new_password silent = *wanted;
    silent.told = NULL;
    const enum lk_status status =
        directory_modify(context->directory, account->dn, build(context, wanted, account), &context->trouble);
    return status == LK_REFUSED
               ? directory_modify(context->directory, account->dn, build(context, &silent, account), &context->trouble)
               : status;
}

static bool is_worth_a_look(const struct writing *writing, enum lk_status status)
{
    return status == LK_ABSENT || (writing->is_set && status == LK_REFUSED);
}

enum lk_status new_password_write(struct action_context *context, const struct new_password *wanted,
                                  enum directory_password_refusal *refusal_out)
{
    struct writing writing = { .account = *wanted->account };
    enum lk_status status = LK_OK;
    if (writing.account.person_dn != NULL) {
        *refusal_out = DIRECTORY_REFUSAL_FORBIDDEN;
        return lk_fail(&context->trouble, LK_REFUSED, "another directory keeps the password of %s", writing.account.dn);
    }
    for (int tries = 1; status == LK_OK; tries++) {
        status = writing.is_set ? write_rest(context, wanted, &writing.account)
                                : write_all(context, wanted, &writing, refusal_out);
        if (!is_worth_a_look(&writing, status) || tries == TRIES)
            break;
        status = look_again(context, wanted, &writing);
    }
    const bool is_half_done = writing.is_set && status != LK_OK;
    return is_half_done || status == LK_MALFORMED || status == LK_CONFLICT ? LK_BROKEN : status;
}
