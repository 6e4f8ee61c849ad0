/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/operate.h"

#include "actions/second_factor.h"

#include <string.h>

/* ---- who ---- */

/* Asked for every page of everybody: who is no operator costs one read. */
enum lk_status operator_name(struct action_context *context, const char *account_dn, const char *profile_dn,
                             const char **dn_out)
{
    const char *group = context->config->directory_operators_group;
    enum lk_status status =
        group_has_member(context->directory, context->arena, group, account_dn, profile_dn, &context->trouble);
    if (status != LK_OK)
        return status;
    const char *name = account_dn;
    if (profile_dn != NULL)
        status = group_has_member(context->directory, context->arena, group, account_dn, NULL, &context->trouble);
    if (status == LK_ABSENT)
        name = profile_dn;
    else if (status != LK_OK)
        return status;
    *dn_out = name;
    return LK_OK;
}

/* The profile that the session acts as, if it is still the account's; NULL where it acts as none. */
static enum lk_status acting_profile(struct action_context *context, const struct session *session, const char **dn_out)
{
    struct profile profile;
    *dn_out = NULL;
    if (!session->has_profile)
        return LK_OK;
    const enum lk_status status = profile_by_id(context->directory, context->config, context->arena, session->profile,
                                                &profile, &context->trouble);
    if (status == LK_OK && profile.account_dn != NULL && dn_equals(profile.account_dn, session->account.dn))
        *dn_out = profile.dn;
    return status == LK_ABSENT ? LK_OK : status;
}

enum operate_outcome operate_as(struct action_context *context, const struct session *session, enum policy_act act,
                                const char **dn_out)
{
    const char *profile_dn = NULL;
    const char *name = NULL;
    enum lk_status status = acting_profile(context, session, &profile_dn);
    if (status == LK_OK)
        status = operator_name(context, session->account.dn, profile_dn, &name);
    if (status != LK_OK && status != LK_ABSENT)
        return OPERATE_TROUBLE;
    context->acting_as = status == LK_OK ? name : profile_dn;
    const unsigned facts = FACT_SIGNED_IN | (status == LK_OK ? (unsigned) FACT_IS_OPERATOR : 0U);
    if (policy_ask(act, facts) != POLICY_ALLOWED)
        return OPERATE_NOT_OPERATOR;
    if (second_factor_is_missing(context->config, &session->account))
        return OPERATE_NO_SECOND_FACTOR;
    *dn_out = name;
    return OPERATE_DONE;
}

enum lk_status operate_modify(struct action_context *context, const char *as, const char *dn,
                              const struct directory_change *change)
{
    directory_act_as(context->directory, as);
    const enum lk_status status = directory_modify(context->directory, dn, change, &context->trouble);
    directory_act_as(context->directory, NULL);
    return status;
}

enum lk_status operate_add(struct action_context *context, const char *as, const char *dn,
                           const struct directory_change *attributes)
{
    directory_act_as(context->directory, as);
    const enum lk_status status = directory_add(context->directory, dn, attributes, &context->trouble);
    directory_act_as(context->directory, NULL);
    return status;
}

enum operate_outcome operate_outcome_of_read(enum lk_status status)
{
    switch (status) {
    case LK_OK: return OPERATE_DONE;
    case LK_ABSENT: return OPERATE_ABSENT;
    case LK_REFUSED:
    case LK_MALFORMED:
    case LK_CONFLICT:
    case LK_BUSY:
    case LK_BROKEN: break;
    }
    return OPERATE_TROUBLE;
}

enum operate_outcome operate_outcome_of_change(enum lk_status status)
{
    switch (status) {
    case LK_OK: return OPERATE_DONE;
    case LK_ABSENT:
    case LK_CONFLICT: return OPERATE_CHANGED;
    case LK_REFUSED:
    case LK_MALFORMED: return OPERATE_REFUSED;
    case LK_BUSY:
    case LK_BROKEN: break;
    }
    return OPERATE_TROUBLE;
}

/* ---- what they see ---- */

enum operate_outcome list_organizations(struct action_context *context, const struct session *session, const char *text,
                                        struct organization_list *list_out)
{
    const char *as = NULL;
    const enum operate_outcome outcome = operate_as(context, session, POLICY_SEE_ORGANIZATIONS, &as);
    if (outcome != OPERATE_DONE)
        return outcome;
    const struct people_search search = { .text = text, .most = OPERATE_ORGANIZATIONS_MOST };
    const enum lk_status status =
        organizations_search(context->directory, context->config, context->arena, &search, list_out, &context->trouble);
    return status == LK_OK ? OPERATE_DONE : OPERATE_TROUBLE;
}

/* LK_ABSENT: there is no such profile. */
static enum lk_status read_profile(struct action_context *context, const char *dn, struct profile *profile_out)
{
    const enum lk_status status =
        profile_by_dn(context->directory, context->config, context->arena, dn, profile_out, &context->trouble);
    return status == LK_MALFORMED ? LK_ABSENT : status;
}

static enum lk_status read_administrators(struct action_context *context, struct organization_view *view)
{
    const struct directory_attribute *names = &view->organization.administrators;
    view->more_administrators = names->count > OPERATE_ADMINISTRATORS_MOST;
    view->administrator_count = view->more_administrators ? OPERATE_ADMINISTRATORS_MOST : names->count;
    struct administrator_view *all = lk_arena_array(context->arena, view->administrator_count, sizeof *all);
    for (size_t i = 0; i < view->administrator_count; i++) {
        all[i].dn = names->values[i].bytes;
        const enum lk_status status = read_profile(context, all[i].dn, &all[i].profile);
        if (status != LK_OK && status != LK_ABSENT)
            return status;
        all[i].is_missing = status == LK_ABSENT;
        all[i].name = all[i].profile.display_name;
        if (all[i].is_missing &&
            (!dn_is_below(all[i].dn, view->organization.dn) ||
             dn_value(context->arena, all[i].dn, context->config->directory_profile_name, &all[i].name) != LK_OK))
            all[i].name = NULL;
    }
    view->administrators = all;
    return LK_OK;
}

static enum lk_status read_main_contact(struct action_context *context, struct organization_view *view)
{
    if (view->organization.main_contact == NULL)
        return LK_OK;
    const enum lk_status status = read_profile(context, view->organization.main_contact, &view->main_contact);
    view->has_main_contact = status == LK_OK;
    return status == LK_ABSENT ? LK_OK : status;
}

enum operate_outcome open_organization(struct action_context *context, const struct session *session,
                                       const uint8_t id[static 16], const char *text,
                                       struct organization_view *view_out)
{
    const char *as = NULL;
    const enum operate_outcome outcome = operate_as(context, session, POLICY_SEE_ORGANIZATIONS, &as);
    if (outcome != OPERATE_DONE)
        return outcome;
    *view_out = (struct organization_view){ .administrator_count = 0 };
    enum lk_status status = organization_by_id(context->directory, context->config, context->arena, id,
                                               &view_out->organization, &context->trouble);
    if (status != LK_OK)
        return operate_outcome_of_read(status);
    status = read_administrators(context, view_out);
    if (status == LK_OK)
        status = read_main_contact(context, view_out);
    const struct people_search search = { .text = text, .most = OPERATE_PEOPLE_MOST };
    if (status == LK_OK)
        status = profiles_search(context->directory, context->config, context->arena, view_out->organization.dn,
                                 &search, &view_out->people, &context->trouble);
    return status == LK_OK ? OPERATE_DONE : OPERATE_TROUBLE;
}
