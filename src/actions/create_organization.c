/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/create_organization.h"

#include "actions/declare_administrator.h"
#include "actions/end_ties.h"
#include "actions/set_plans.h"
#include "base/unicode.h"
#include "directory/names.h"

#include <string.h>

static unsigned check_name(const char *name, unsigned if_missing, unsigned if_long)
{
    if (*name == '\0')
        return if_missing;
    return lk_unicode_length(name, strlen(name)) > ORGANIZATION_NAME_MOST ? if_long : 0;
}

/* *plan_out: the plan's value, or NULL. */
static unsigned check(struct lk_arena *arena, const struct organization_form *form, const char **plan_out)
{
    unsigned faults = check_name(form->name, ORGANIZATION_NAME_MISSING, ORGANIZATION_NAME_LONG) |
                      check_name(form->person, ORGANIZATION_PERSON_MISSING, ORGANIZATION_PERSON_LONG);
    if (*form->mail == '\0')
        faults |= ORGANIZATION_MAIL_MISSING;
    *plan_out = NULL;
    if (*form->plan != '\0' || *form->until != '\0')
        faults |= plan_read(arena, form->plan, form->until, plan_out);
    return faults;
}

static enum lk_status add_organization(struct action_context *context, const char *as, const char *dn,
                                       const char *person_dn, const struct organization_form *form, const char *plan)
{
    struct directory_change *entry = directory_change_new(context->arena);
    directory_change_add(entry, "objectClass", context->config->directory_new_organization_class);
    directory_change_add(entry, "objectClass", context->config->directory_organization_class);
    directory_change_add(entry, context->config->directory_organization_name, form->name);
    directory_change_add(entry, NAME_ADMINISTRATOR, person_dn);
    directory_change_add(entry, NAME_MAIN_CONTACT, person_dn);
    if (plan != NULL)
        directory_change_add(entry, NAME_SERVICE_PLAN, plan);
    return operate_add(context, as, dn, entry);
}

enum operate_outcome create_organization_as(struct action_context *context, const char *as,
                                            const struct organization_form *form, unsigned *faults_out,
                                            const char **dn_out)
{
    const char *person_dn = NULL, *plan = NULL;
    *dn_out = NULL;
    *faults_out = check(context->arena, form, &plan);
    if (*faults_out != 0)
        return OPERATE_FORM;
    const char *dn = NULL;
    if (dn_child(context->arena, context->config->directory_organization_name, form->name,
                 context->config->directory_organizations_base, &dn) != LK_OK ||
        dn_child(context->arena, context->config->directory_profile_name, form->person, dn, &person_dn) != LK_OK)
        return OPERATE_REFUSED;
    const enum lk_status checked = check_is_no_operators(context, person_dn);
    if (checked != LK_OK)
        return checked == LK_CONFLICT ? OPERATE_REFUSED : OPERATE_TROUBLE;
    const enum lk_status status = add_organization(context, as, dn, person_dn, form, plan);
    if (status != LK_OK)
        return status == LK_CONFLICT ? OPERATE_TAKEN : operate_outcome_of_change(status);
    *dn_out = dn;
    const enum lk_status added = add_invited_profile(context, as, person_dn, form->person, form->mail);
    return added == LK_CONFLICT ? OPERATE_DONE : operate_outcome_of_change(added);
}

enum operate_outcome create_organization(struct action_context *context, const struct session *session,
                                         const struct organization_form *form, struct creation *creation_out)
{
    const char *as = NULL, *dn = NULL;
    *creation_out = (struct creation){ .faults = 0 };
    const enum operate_outcome outcome = operate_as(context, session, POLICY_CREATE_ORGANIZATION, &as);
    if (outcome != OPERATE_DONE)
        return outcome;
    const enum operate_outcome created = create_organization_as(context, as, form, &creation_out->faults, &dn);
    if (dn == NULL)
        return created;
    const enum lk_status status = organization_by_dn(context->directory, context->config, context->arena, dn,
                                                     &creation_out->organization, &context->trouble);
    creation_out->has_organization = status == LK_OK;
    return created == OPERATE_DONE ? operate_outcome_of_read(status) : created;
}
