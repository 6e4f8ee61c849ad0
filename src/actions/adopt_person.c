/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/adopt_person.h"

#include "actions/end_ties.h"
#include "directory/names.h"

#include <strings.h>

static void add_known(struct directory_change *entry, const char *attribute, const char *value)
{
    if (value != NULL)
        directory_change_add(entry, attribute, value);
}

static const struct directory_change *new_entry(struct action_context *context, const struct outsider *person)
{
    const struct config *config = context->config;
    struct directory_change *entry = directory_change_new(context->arena);
    directory_change_add(entry, "objectClass", config->directory_new_person_class);
    directory_change_add(entry, "objectClass", config->directory_account_class);
    directory_change_add(entry, config->directory_account_name, person->name);
    directory_change_add(entry, config->directory_account_person, person->dn);
    if (!account_name_is_cn(config))
        directory_change_add(entry, "cn", person->display_name != NULL ? person->display_name : person->name);
    directory_change_add(entry, "sn", person->surname != NULL ? person->surname : person->name);
    add_known(entry, "givenName", person->given_name);
    add_known(entry, "telephoneNumber", person->telephone);
    add_known(entry, NAME_PREFERRED_LANGUAGE, person->language);
    if (strcasecmp(config->directory_account_name, "mail") != 0)
        add_known(entry, "mail", person->mail);
    return entry;
}

enum lk_status adopt_person(struct action_context *context, const struct outsider *person, struct account *account_out)
{
    const char *dn = NULL;
    enum lk_status status = dn_child(context->arena, context->config->directory_account_name, person->name,
                                     context->config->directory_accounts_base, &dn);
    if (status == LK_OK)
        status = check_is_no_operators(context, dn);
    if (status != LK_OK)
        return status;
    status = end_former_ties(context, dn);
    if (status == LK_OK)
        status = directory_add(context->directory, dn, new_entry(context, person), &context->trouble);
    if (status != LK_OK && status != LK_CONFLICT)
        return status;
    status = account_by_dn(context->directory, context->config, context->arena, dn, account_out, &context->trouble);
    if (status != LK_OK)
        return status;
    const bool is_same = account_out->person_dn != NULL && dn_equals(account_out->person_dn, person->dn);
    return is_same ? LK_OK : lk_fail(&context->trouble, LK_CONFLICT, "there is another account of this name: %s", dn);
}
