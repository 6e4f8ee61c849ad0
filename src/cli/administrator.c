/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey administrator: who administers an organisation. The directory keeps the last one. */
#include "actions/declare_administrator.h"
#include "base/mail_address.h"
#include "cli/find.h"
#include "cli/nouns.h"
#include "cli/outcome.h"
#include "cli/output.h"
#include "cli/prompt.h"

#include <string.h>

static const struct field FIELDS[] = {
    {"name",     "Name",         FIELD_TEXT},
    { "mail",    "E-mail",       FIELD_TEXT},
    { "contact", "Main contact", FIELD_FLAG},
    { "tied",    "Has account",  FIELD_FLAG},
    { "missing", "Missing",      FIELD_FLAG},
    { "dn",      "DN",           FIELD_TEXT},
};

/* An administrator without a profile is one whose adding was interrupted, or whose profile was removed. */
static enum command_exit list_one(struct command *command, struct listing *listing,
                                  const struct organization *organization, const char *dn)
{
    struct action_context *action = &command->action;
    struct profile profile;
    const enum lk_status status =
        profile_by_dn(action->directory, action->config, action->arena, dn, &profile, &action->trouble);
    const bool is_missing = status == LK_ABSENT || status == LK_MALFORMED;
    if (status != LK_OK && !is_missing)
        return command_end_of(command, status);
    listing_row(listing);
    listing_text(listing, "dn", dn);
    listing_flag(listing, "contact", organization->main_contact != NULL && dn_equals(organization->main_contact, dn));
    listing_flag(listing, "missing", is_missing);
    if (is_missing)
        return COMMAND_DONE;
    listing_text(listing, "name", profile.display_name);
    listing_text(listing, "mail", profile.mail);
    listing_flag(listing, "tied", profile.account_dn != NULL);
    return COMMAND_DONE;
}

static enum command_exit list(struct command *command)
{
    struct organization organization;
    enum command_exit exit = find_organization(command, command->arguments[0], &organization);
    struct listing *listing = LISTING_NEW(command->action.arena, FIELDS);
    for (size_t i = 0; exit == COMMAND_DONE && i < organization.administrators.count; i++)
        exit = list_one(command, listing, &organization, organization.administrators.values[i].bytes);
    return exit == COMMAND_DONE ? output_listing(command, listing) : exit;
}

/* The DN of one of the administrators: also of one whose profile is gone. */
static enum command_exit find_administrator(struct command *command, const char *text,
                                            const struct organization *organization, const char **dn_out)
{
    struct profile profile;
    if (organization_has_administrator(organization, text)) {
        *dn_out = text;
        return COMMAND_DONE;
    }
    const enum command_exit exit = find_profile(command, text, organization, &profile);
    if (exit != COMMAND_DONE)
        return exit;
    *dn_out = profile.dn;
    if (organization_has_administrator(organization, profile.dn))
        return COMMAND_DONE;
    return command_end(COMMAND_NOT_FOUND, "%s is no administrator of %s", profile.dn, organization->name);
}

static enum command_exit add_person(struct command *command, const struct organization *organization, const char *mail)
{
    const char *name = command_tidy(command, "the name", command->arguments[1]);
    if (name == NULL)
        return COMMAND_USAGE;
    if (!lk_mail_address_is_valid(mail, strlen(mail)))
        return command_end(COMMAND_USAGE, "--mail is not an e-mail address");
    const enum operate_outcome outcome = add_administrator_as(&command->action, NULL, organization, name, mail);
    if (outcome == OPERATE_FORM)
        return command_end(COMMAND_USAGE, "this cannot be a name in the directory");
    const enum command_exit exit = outcome_of_operate(command, outcome, name);
    return exit == COMMAND_DONE
               ? output_done(command, "%s administers %s; %s is invited", name, organization->name, mail)
               : exit;
}

static enum command_exit declare(struct command *command, const struct organization *organization,
                                 const struct profile *profile, const char *former)
{
    const enum operate_outcome outcome =
        declare_administrator_as(&command->action, NULL, organization, profile, former);
    if (outcome == OPERATE_FORM)
        return command_end(COMMAND_USAGE, "nobody takes the own place");
    const enum command_exit exit = outcome_of_operate(command, outcome, organization->name);
    return exit == COMMAND_DONE ? output_done(command, "%s administers %s", profile->display_name, organization->name)
                                : exit;
}

static enum command_exit add(struct command *command)
{
    struct organization organization;
    struct profile profile;
    const char *mail = command_option(command, "mail");
    enum command_exit exit = find_organization(command, command->arguments[0], &organization);
    if (exit != COMMAND_DONE)
        return exit;
    if (mail != NULL)
        return add_person(command, &organization, mail);
    exit = find_profile(command, command->arguments[1], &organization, &profile);
    return exit == COMMAND_DONE ? declare(command, &organization, &profile, "") : exit;
}

static const struct verb_option ADD_OPTIONS[] = {
    {"mail", "ADDRESS", "somebody new, of that name: the invite is sent there"},
};

static enum command_exit replace(struct command *command)
{
    struct organization organization;
    struct profile profile;
    const char *former = NULL;
    enum command_exit exit = find_organization(command, command->arguments[0], &organization);
    if (exit == COMMAND_DONE)
        exit = find_administrator(command, command->arguments[1], &organization, &former);
    if (exit == COMMAND_DONE)
        exit = find_profile(command, command->arguments[2], &organization, &profile);
    return exit == COMMAND_DONE ? declare(command, &organization, &profile, former) : exit;
}

static enum command_exit remove_verb(struct command *command)
{
    struct organization organization;
    const char *former = NULL;
    enum command_exit exit = find_organization(command, command->arguments[0], &organization);
    if (exit == COMMAND_DONE)
        exit = find_administrator(command, command->arguments[1], &organization, &former);
    if (exit != COMMAND_DONE)
        return exit;
    const enum operate_outcome outcome = remove_administrator_as(&command->action, NULL, &organization, former);
    exit = outcome_of_operate(command, outcome, organization.name);
    return exit == COMMAND_DONE ? output_done(command, "%s administers %s no more", former, organization.name) : exit;
}

static const struct verb VERBS[] = {
    {.name = "list",
     .arguments = "ORGANIZATION",
     .help = "List who administers it",
     .least = 1,
     .most = 1,
     .run = list                                             },
    { .name = "add",
     .arguments = "ORGANIZATION PROFILE",
     .help = "Make a profile of it an administrator; with --mail somebody new, who is invited",
     .least = 2,
     .most = 2,
     .option_count = sizeof ADD_OPTIONS / sizeof *ADD_OPTIONS,
     .options = ADD_OPTIONS,
     .run = add },
    { .name = "replace",
     .arguments = "ORGANIZATION FORMER PROFILE",
     .help = "Make a profile of it an administrator in the place of one who has left, in one step",
     .least = 3,
     .most = 3,
     .run = replace                                              },
    { .name = "remove",
     .arguments = "ORGANIZATION PROFILE",
     .help = "Make it an administrator no more; the last one stays",
     .least = 2,
     .most = 2,
     .run = remove_verb                                              },
};

const struct noun noun_administrator = { "administrator", "who administers an organisation",
                                         sizeof VERBS / sizeof *VERBS, VERBS };
