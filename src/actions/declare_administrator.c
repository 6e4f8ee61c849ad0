/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/declare_administrator.h"

#include "actions/end_ties.h"
#include "actions/keep_profile.h"
#include "courier/outbox.h"
#include "directory/names.h"

#include <string.h>

static enum operate_outcome begin(struct action_context *context, const struct session *session, enum policy_act act,
                                  const uint8_t id[static 16], const char **as_out,
                                  struct organization *organization_out)
{
    const enum operate_outcome outcome = operate_as(context, session, act, as_out);
    if (outcome != OPERATE_DONE)
        return outcome;
    return operate_outcome_of_read(organization_by_id(context->directory, context->config, context->arena, id,
                                                      organization_out, &context->trouble));
}

/* A profile is looked up within its organisation: another one's is none. */
static enum operate_outcome find_profile(struct action_context *context, const struct organization *organization,
                                         const uint8_t id[static 16], struct profile *profile_out)
{
    const enum lk_status status =
        profile_by_id(context->directory, context->config, context->arena, id, profile_out, &context->trouble);
    if (status == LK_OK && !dn_equals(profile_out->organization_dn, organization->dn))
        return OPERATE_ABSENT;
    return operate_outcome_of_read(status);
}

/* The value as it stands, or NULL. */
static const char *value_of(const struct organization *organization, const char *dn)
{
    for (size_t i = 0; i < organization->administrators.count; i++) {
        if (dn_equals(organization->administrators.values[i].bytes, dn))
            return organization->administrators.values[i].bytes;
    }
    return NULL;
}

enum operate_outcome declare_administrator_as(struct action_context *context, const char *as,
                                              const struct organization *organization, const struct profile *profile,
                                              const char *former)
{
    struct directory_change *change = directory_change_new(context->arena);
    if (!organization_has_administrator(organization, profile->dn))
        directory_change_add(change, NAME_ADMINISTRATOR, profile->dn);
    if (*former != '\0') {
        const char *value = value_of(organization, former);
        if (value == NULL)
            return OPERATE_CHANGED;
        if (dn_equals(value, profile->dn))
            return OPERATE_FORM;
        directory_change_delete(change, NAME_ADMINISTRATOR, value);
    }
    if (directory_change_is_empty(change))
        return OPERATE_DONE;
    return operate_outcome_of_change(operate_modify(context, as, organization->dn, change));
}

enum operate_outcome declare_administrator(struct action_context *context, const struct session *session,
                                           const struct declaration *declaration)
{
    const char *as = NULL;
    struct organization organization;
    struct profile profile;
    enum operate_outcome outcome =
        begin(context, session, POLICY_DECLARE_ADMINISTRATOR, declaration->organization, &as, &organization);
    if (outcome == OPERATE_DONE)
        outcome = find_profile(context, &organization, declaration->profile, &profile);
    if (outcome != OPERATE_DONE)
        return outcome;
    return declare_administrator_as(context, as, &organization, &profile, declaration->former);
}

/* The directory keeps the last one (objectClassViolation): of two that are removed at the same moment it refuses the second. */
static enum operate_outcome refused_or_last(struct action_context *context, const uint8_t organization[static 16])
{
    struct organization now;
    if (organization_by_id(context->directory, context->config, context->arena, organization, &now, NULL) != LK_OK)
        return OPERATE_REFUSED;
    return now.administrators.count == 1 ? OPERATE_LAST : OPERATE_REFUSED;
}

enum operate_outcome remove_administrator_as(struct action_context *context, const char *as,
                                             const struct organization *organization, const char *former)
{
    const char *value = value_of(organization, former);
    if (value == NULL)
        return OPERATE_CHANGED;
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_delete(change, NAME_ADMINISTRATOR, value);
    const enum operate_outcome outcome =
        operate_outcome_of_change(operate_modify(context, as, organization->dn, change));
    return outcome == OPERATE_REFUSED ? refused_or_last(context, organization->id) : outcome;
}

enum operate_outcome remove_administrator(struct action_context *context, const struct session *session,
                                          const uint8_t organization[static 16], const char *former)
{
    const char *as = NULL;
    struct organization found;
    const enum operate_outcome outcome =
        begin(context, session, POLICY_DECLARE_ADMINISTRATOR, organization, &as, &found);
    return outcome == OPERATE_DONE ? remove_administrator_as(context, as, &found, former) : outcome;
}

enum operate_outcome set_main_contact_as(struct action_context *context, const char *as,
                                         const struct organization *organization, const struct profile *person)
{
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_replace(change, NAME_MAIN_CONTACT, person->dn);
    if (!organization_has_administrator(organization, person->dn))
        directory_change_add(change, NAME_ADMINISTRATOR, person->dn);
    return operate_outcome_of_change(operate_modify(context, as, organization->dn, change));
}

enum operate_outcome set_main_contact(struct action_context *context, const struct session *session,
                                      const uint8_t organization[static 16], const uint8_t profile[static 16])
{
    const char *as = NULL;
    struct organization found;
    struct profile person;
    enum operate_outcome outcome = begin(context, session, POLICY_SET_MAIN_CONTACT, organization, &as, &found);
    if (outcome == OPERATE_DONE)
        outcome = find_profile(context, &found, profile, &person);
    return outcome == OPERATE_DONE ? set_main_contact_as(context, as, &found, &person) : outcome;
}

enum lk_status add_invited_profile(struct action_context *context, const char *as, const char *dn, const char *name,
                                   const char *mail)
{
    const char *last = strrchr(name, ' ');
    struct directory_change *entry = directory_change_new(context->arena);
    directory_change_add(entry, "objectClass", context->config->directory_new_person_class);
    directory_change_add(entry, "objectClass", context->config->directory_profile_class);
    name_profile(entry, context->config, name);
    directory_change_add(entry, "displayName", name);
    directory_change_add(entry, "sn", last == NULL ? name : last + 1);
    if (last != NULL)
        directory_change_add_bytes(entry, "givenName", name, (size_t) (last - name));
    directory_change_add(entry, context->config->directory_profile_mail, mail);
    directory_change_add(entry, NAME_SEND, outbox_invite(context->arena, NULL));
    return operate_add(context, as, dn, entry);
}

static enum operate_outcome name_administrator(struct action_context *context, const char *as,
                                               const struct organization *organization, const char *dn)
{
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_add(change, NAME_ADMINISTRATOR, dn);
    const enum lk_status status = operate_modify(context, as, organization->dn, change);
    return status == LK_CONFLICT ? OPERATE_DONE
                                 : operate_outcome_of_change(status); /* it is there: somebody's same step */
}

enum operate_outcome add_administrator_as(struct action_context *context, const char *as,
                                          const struct organization *organization, const char *name, const char *mail)
{
    const char *dn = NULL;
    struct profile profile;
    if (dn_child(context->arena, context->config->directory_profile_name, name, organization->dn, &dn) != LK_OK)
        return OPERATE_FORM;
    const bool is_named = organization_has_administrator(organization, dn);
    enum lk_status status =
        profile_by_dn(context->directory, context->config, context->arena, dn, &profile, &context->trouble);
    if (status == LK_OK)
        return is_named ? OPERATE_DONE : OPERATE_TAKEN;
    if (status != LK_ABSENT)
        return OPERATE_TROUBLE;
    status = check_is_no_operators(context, dn);
    if (status != LK_OK)
        return status == LK_CONFLICT ? OPERATE_REFUSED : OPERATE_TROUBLE;
    const enum operate_outcome outcome = is_named ? OPERATE_DONE : name_administrator(context, as, organization, dn);
    if (outcome != OPERATE_DONE)
        return outcome;
    status = add_invited_profile(context, as, dn, name, mail);
    return status == LK_CONFLICT ? OPERATE_DONE : operate_outcome_of_change(status);
}

enum operate_outcome add_administrator(struct action_context *context, const struct session *session,
                                       const uint8_t organization[static 16], const char *name, const char *mail)
{
    const char *as = NULL;
    struct organization found;
    const enum operate_outcome outcome =
        begin(context, session, POLICY_DECLARE_ADMINISTRATOR, organization, &as, &found);
    return outcome == OPERATE_DONE ? add_administrator_as(context, as, &found, name, mail) : outcome;
}
