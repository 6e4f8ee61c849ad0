/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/filter.h"
#include "directory/names.h"
#include "directory/people_internal.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

struct account_attributes {
    const char *names[24];
};

static bool shows_people(const struct config *config)
{
    return *config->directory_people_base != '\0';
}

/* Whoever may write the attribute makes somebody's password the account's: so it counts only where the people are. */
static const char *person_of(const struct config *config, const struct directory_entry *entry)
{
    const char *dn = shows_people(config) ? directory_first(entry, config->directory_account_person) : NULL;
    return dn != NULL && dn_is_below(dn, config->directory_people_base) ? dn : NULL;
}

static struct account_attributes attributes_of(const struct config *config)
{
    return (struct account_attributes){
        {config->directory_account_name,
         config->directory_unique_id,
         "cn", "givenName",
         "sn", "telephoneNumber",
         "postalCode", "mail",
         NAME_ALTERNATE_MAIL, NAME_PENDING_MAIL,
         NAME_QUESTION, NAME_PREFERRED_LANGUAGE,
         NAME_SESSION, NAME_TOKEN,
         NAME_SEND, NAME_ATTEMPT,
         NAME_VERIFIER, NAME_SECOND_FACTOR,
         NAME_RECOVERY_CODE, shows_people(config) ? config->directory_account_person : NULL,
         NULL}
    };
}

static enum lk_status account_from(const struct config *config, const struct directory_entry *entry,
                                   struct account *account_out, struct lk_trouble *trouble)
{
    struct account account = { .dn = entry->dn,
                               .name = directory_first(entry, config->directory_account_name),
                               .display_name = directory_first(entry, "cn"),
                               .given_name = directory_first(entry, "givenName"),
                               .surname = directory_first(entry, "sn"),
                               .telephone = directory_first(entry, "telephoneNumber"),
                               .postal_code = directory_first(entry, "postalCode"),
                               .person_dn = person_of(config, entry),
                               .mail = directory_first(entry, "mail"),
                               .alternate_mail = directory_first(entry, NAME_ALTERNATE_MAIL),
                               .pending_mail = directory_first(entry, NAME_PENDING_MAIL),
                               .question = directory_first(entry, NAME_QUESTION),
                               .verifier = directory_first(entry, NAME_VERIFIER),
                               .language = directory_first(entry, NAME_PREFERRED_LANGUAGE),
                               .sessions = people_values(entry, NAME_SESSION),
                               .tokens = people_values(entry, NAME_TOKEN),
                               .sends = people_values(entry, NAME_SEND),
                               .attempts = people_values(entry, NAME_ATTEMPT),
                               .second_factor = directory_first(entry, NAME_SECOND_FACTOR),
                               .recovery_codes = people_values(entry, NAME_RECOVERY_CODE) };
    const enum lk_status status = people_id(config, entry, account.id, trouble);
    if (status != LK_OK)
        return status;
    if (account.name == NULL)
        return lk_fail(trouble, LK_BROKEN, "an account without a name; entry %s", entry->dn);
    if (account.display_name == NULL)
        account.display_name = account.name;
    *account_out = account;
    return LK_OK;
}

/* `identifying` goes first: it has few candidates, and the server looks at the index of the first one first. */
static enum lk_status find_account(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                   const struct directory_filter *identifying, struct account *account_out,
                                   struct lk_trouble *trouble)
{
    const struct account_attributes attributes = attributes_of(config);
    struct directory_entry entry = { 0 };
    const enum lk_status status =
        people_find(directory, arena, config->directory_accounts_base,
                    filter_and(arena, identifying, filter_tested(arena, accounts_filter(config, arena))),
                    attributes.names, &entry, trouble);
    return status == LK_OK ? account_from(config, &entry, account_out, trouble) : status;
}

enum lk_status account_by_name(struct directory *directory, const struct config *config, struct lk_arena *arena,
                               const char *name, struct account *account_out, struct lk_trouble *trouble)
{
    return find_account(directory, config, arena, filter_equals(arena, config->directory_account_name, name),
                        account_out, trouble);
}

enum lk_status account_by_id(struct directory *directory, const struct config *config, struct lk_arena *arena,
                             const uint8_t id[static 16], struct account *account_out, struct lk_trouble *trouble)
{
    return find_account(directory, config, arena, filter_equals_uuid(arena, config->directory_unique_id, id),
                        account_out, trouble);
}

enum lk_status account_by_token(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                const char *token_value, struct account *account_out, struct lk_trouble *trouble)
{
    return find_account(directory, config, arena, filter_equals(arena, NAME_TOKEN, token_value), account_out, trouble);
}

enum lk_status account_by_dn(struct directory *directory, const struct config *config, struct lk_arena *arena,
                             const char *dn, struct account *account_out, struct lk_trouble *trouble)
{
    const struct people_kind kind = { config->directory_accounts_base, accounts_filter(config, arena) };
    const struct account_attributes attributes = attributes_of(config);
    struct directory_entry entry = { 0 };
    const enum lk_status status = people_read(directory, arena, dn, &kind, attributes.names, &entry, trouble);
    return status == LK_OK ? account_from(config, &entry, account_out, trouble) : status;
}

bool account_name_is_cn(const struct config *config)
{
    return strcasecmp(config->directory_account_name, "cn") == 0;
}

const char *account_own_surname(const struct account *account)
{
    const bool is_stand_in = account->surname != NULL && strcmp(account->surname, account->name) == 0;
    return is_stand_in ? NULL : account->surname;
}

bool account_has_same_password(const struct account *one, const struct account *other)
{
    if (one->verifier == NULL || other->verifier == NULL)
        return one->verifier == other->verifier;
    return strcmp(one->verifier, other->verifier) == 0;
}

const char *account_rescue_mail(const struct account *account)
{
    if (account->alternate_mail != NULL)
        return account->alternate_mail;
    const bool is_name = account->mail != NULL && strcasecmp(account->mail, account->name) == 0;
    return is_name ? account->mail : NULL;
}
