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

/* The links that stay are deleted by their exact values before all go, and put back: if one of them has been used meanwhile
 * the whole fails, so that no used link comes back to life. */
static void end_links(struct directory_change *change, struct lk_arena *arena, const struct directory_attribute *tokens,
                      const struct link_claim *disputed)
{
    const char **staying = lk_arena_array(arena, tokens->count, sizeof *staying);
    size_t count = 0;
    for (size_t i = 0; i < tokens->count; i++)
        if (stays(arena, &tokens->values[i], disputed))
            staying[count++] = tokens->values[i].bytes;
    for (size_t i = 0; i < count; i++)
        directory_change_delete(change, NAME_TOKEN, staying[i]);
    directory_change_replace(change, NAME_TOKEN, NULL);
    for (size_t i = 0; i < count; i++)
        directory_change_add(change, NAME_TOKEN, staying[i]);
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

/* A letter that is still to be sent has no link yet, or one that ends only for as long as it waits. Was it asked for when the link that
 * is being redeemed had been made, or is it as young? */
static bool is_younger(const struct action_context *context, const struct account *account,
                       const struct outbox_request *request, const struct link_claim *disputed)
{
    struct link_claim link;
    if (outbox_link(request, account->id, &link) == LK_OK)
        return link.expires >= disputed->expires;
    const int64_t made = disputed->expires - context->config->links_undo_lifetime;
    return lk_record_time(&request->record, "since", 0) >= made;
}

static void end_letters(struct action_context *context, struct directory_change *change, const struct account *account,
                        const struct link_claim *disputed)
{
    for (size_t i = 0; i < account->sends.count; i++) {
        const struct directory_value *value = &account->sends.values[i];
        struct outbox_request request;
        const char *name = NULL;
        if (outbox_read(context->arena, value, &request, &name, NULL) == LK_OK &&
            link_purpose_undoes(request.kind->purpose) && is_younger(context, account, &request, disputed))
            directory_change_delete(change, NAME_SEND, value->bytes);
    }
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
    end_letters(context, change, account, disputed);
}

/* All that happens besides the password itself. */
static struct directory_change *build(struct action_context *context, const struct new_password *wanted,
                                      const struct account *account)
{
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_replace(change, NAME_SESSION, wanted->session);
    directory_change_replace(change, NAME_ATTEMPT, NULL); /* recoveries under way end too */
    end_links(change, context->arena, &account->tokens, wanted->disputed);
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

/* What the account has of the attribute that a proof is a value of; NULL: such a proof is not looked for again. */
static const struct directory_attribute *proofs_of(const struct account *account, const char *attribute)
{
    if (strcmp(attribute, NAME_TOKEN) == 0)
        return &account->tokens;
    return strcmp(attribute, NAME_SESSION) == 0 ? &account->sessions : NULL;
}

/* Is it worth another try, with the account as it is now? A proof that is a link or a session must still be there. */
static enum lk_status look_again(struct action_context *context, const struct new_password *wanted,
                                 struct account *account)
{
    const enum lk_status status = account_by_id(context->directory, context->config, context->arena,
                                                wanted->account->id, account, &context->trouble);
    if (status != LK_OK || wanted->proof == NULL)
        return status;
    const struct directory_attribute *proofs = proofs_of(account, wanted->proof);
    return proofs != NULL && holds(proofs, wanted->proof_value) ? LK_OK : LK_ABSENT;
}

enum lk_status new_password_write(struct action_context *context, const struct new_password *wanted,
                                  enum directory_password_refusal *refusal_out)
{
    struct account account = *wanted->account;
    enum lk_status status = LK_OK;
    if (account.person_dn != NULL) {
        *refusal_out = DIRECTORY_REFUSAL_FORBIDDEN;
        return lk_fail(&context->trouble, LK_REFUSED, "another directory keeps the password of %s", account.dn);
    }
    for (int tries = 1; status == LK_OK; tries++) {
        const struct password_change change = { .account_dn = account.dn,
                                                .password = wanted->password,
                                                .link = wanted->proof_value,
                                                .link_attribute = wanted->proof,
                                                .others = build(context, wanted, &account) };
        status = credentials_change_password(context->credentials, context->directory, context->arena, &change,
                                             refusal_out, &context->trouble);
        if (status != LK_ABSENT || tries == TRIES)
            break;
        status = look_again(context, wanted, &account);
    }
    return status == LK_MALFORMED || status == LK_CONFLICT ? LK_BROKEN : status;
}
