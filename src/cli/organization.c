/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey organization: customers, their plans and main contact. */
#include "actions/create_organization.h"
#include "actions/declare_administrator.h"
#include "actions/set_plans.h"
#include "base/encoding.h"
#include "base/mail_address.h"
#include "cli/find.h"
#include "cli/nouns.h"
#include "cli/outcome.h"
#include "cli/output.h"

#include <string.h>

#define LIST_MOST ((size_t) 10 * 1000 * 1000)

/* ---- what is shown ---- */

static const char *id_text(struct lk_arena *arena, const uint8_t id[static LK_UUID_LEN])
{
    char *text = lk_arena_alloc(arena, LK_UUID_TEXT_LEN + 1);
    lk_uuid_format(id, text);
    return text;
}

static const struct field LIST_FIELDS[] = {
    {"name",            "Name",           FIELD_TEXT  },
    { "plan",           "Plan",           FIELD_TEXT  },
    { "until",          "Until",          FIELD_TIME  },
    { "ended",          "Ended",          FIELD_FLAG  },
    { "administrators", "Administrators", FIELD_NUMBER},
    { "dn",             NULL,             FIELD_TEXT  },
    { "id",             NULL,             FIELD_TEXT  },
};

/* The plan that lasts longest, or the one that ended last. */
static void list_plan(struct listing *listing, const struct organization *organization, int64_t now)
{
    const struct service_plan *plan = organization_current_plan(organization, now);
    const bool has_ended = plan == NULL;
    if (has_ended)
        plan = organization_ended_plan(organization, now);
    if (plan == NULL)
        return;
    listing_text(listing, "plan", plan->name);
    listing_time(listing, "until", plan->ends);
    listing_flag(listing, "ended", has_ended);
}

static enum command_exit list(struct command *command)
{
    struct action_context *action = &command->action;
    const struct people_search search = { .text = command->argument_count > 0 ? command->arguments[0] : "",
                                          .most = LIST_MOST };
    struct organization_list found = { 0 };
    const enum lk_status status =
        organizations_search(action->directory, action->config, action->arena, &search, &found, &action->trouble);
    if (status != LK_OK)
        return command_end_of(command, status);
    struct listing *listing = LISTING_NEW(action->arena, LIST_FIELDS);
    for (size_t i = 0; i < found.count; i++) {
        const struct organization *organization = &found.items[i];
        listing_row(listing);
        listing_text(listing, "name", organization->name);
        list_plan(listing, organization, action->now);
        listing_number(listing, "administrators", (int64_t) organization->administrators.count);
        listing_text(listing, "dn", organization->dn);
        listing_text(listing, "id", id_text(action->arena, organization->id));
    }
    const enum command_exit exit = output_listing(command, listing);
    if (exit == COMMAND_DONE && found.more)
        return command_end(COMMAND_PARTLY, "the directory's size limit cut the list: there are more");
    return exit;
}

static const struct field SHOW_FIELDS[] = {
    {"name",            "Name",           FIELD_TEXT },
    { "dn",             "DN",             FIELD_TEXT },
    { "id",             "ID",             FIELD_TEXT },
    { "contact",        "Main contact",   FIELD_TEXT },
    { "administrators", "Administrators", FIELD_TEXTS},
    { "plans",          "Plans",          FIELD_ROWS },
};

static const struct field PLAN_FIELDS[] = {
    {"name",   "Plan",  FIELD_TEXT},
    { "until", "Until", FIELD_TIME},
    { "ended", "Ended", FIELD_FLAG},
};

static struct listing *plans_of(struct lk_arena *arena, const struct organization *organization, int64_t now)
{
    struct listing *plans = LISTING_NEW(arena, PLAN_FIELDS);
    for (size_t i = 0; i < organization->plan_count; i++) {
        listing_row(plans);
        listing_text(plans, "name", organization->plans[i].name);
        listing_time(plans, "until", organization->plans[i].ends);
        listing_flag(plans, "ended", organization->plans[i].ends <= now);
    }
    return plans;
}

static enum command_exit show(struct command *command)
{
    struct action_context *action = &command->action;
    struct organization organization;
    const enum command_exit exit = find_organization(command, command->arguments[0], &organization);
    if (exit != COMMAND_DONE)
        return exit;
    struct listing *listing = LISTING_NEW(action->arena, SHOW_FIELDS);
    listing_row(listing);
    listing_text(listing, "name", organization.name);
    listing_text(listing, "dn", organization.dn);
    listing_text(listing, "id", id_text(action->arena, organization.id));
    listing_text(listing, "contact", organization.main_contact);
    for (size_t i = 0; i < organization.administrators.count; i++)
        listing_add_text(listing, "administrators", organization.administrators.values[i].bytes);
    listing_rows(listing, "plans", plans_of(action->arena, &organization, action->now));
    return output_record(command, listing);
}

/* ---- what is changed ---- */

static const struct {
    unsigned fault;
    const char *words;
} FAULTS[] = {
    {PLAN_NAME_MISSING,            "--until needs a plan: --plan NAME"                              },
    { PLAN_NAME_BAD,               "a plan is one word of letters, digits and - . _ ~"              },
    { PLAN_UNTIL_BAD,              "the end of a plan is a day: YYYY-MM-DD"                         },
    { ORGANIZATION_NAME_MISSING,   "the organisation needs a name"                                  },
    { ORGANIZATION_NAME_LONG,      "the organisation's name is longer than 64 characters"           },
    { ORGANIZATION_PERSON_MISSING, "--person NAME: who is the main contact and first administrator?"},
    { ORGANIZATION_PERSON_LONG,    "the person's name is longer than 64 characters"                 },
    { ORGANIZATION_MAIL_MISSING,   "--mail ADDRESS: where does the first administrator get e-mail?" },
};

static void say_faults(unsigned faults)
{
    for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
        if ((faults & FAULTS[i].fault) != 0)
            (void) command_end(COMMAND_USAGE, "%s", FAULTS[i].words);
    }
}

static const char *or_nothing(const char *text)
{
    return text != NULL ? text : "";
}

static enum command_exit create(struct command *command)
{
    const char *mail = or_nothing(command_option(command, "mail"));
    const struct organization_form form = {
        .name = command_tidy(command, "the name", command->arguments[0]),
        .person = command_tidy(command, "--person", or_nothing(command_option(command, "person"))),
        .mail = mail,
        .plan = or_nothing(command_option(command, "plan")),
        .until = or_nothing(command_option(command, "until")),
    };
    if (form.name == NULL || form.person == NULL)
        return COMMAND_USAGE;
    if (*mail != '\0' && !lk_mail_address_is_valid(mail, strlen(mail)))
        return command_end(COMMAND_USAGE, "--mail is not an e-mail address");
    unsigned faults = 0;
    const char *dn = NULL;
    const enum operate_outcome outcome = create_organization_as(&command->action, NULL, &form, &faults, &dn);
    say_faults(faults);
    const enum command_exit exit = outcome_of_operate(command, outcome, form.name);
    if (exit != COMMAND_DONE && dn != NULL)
        return command_end(COMMAND_PARTLY, "the organisation is there (%s), but not its first administrator", dn);
    return exit == COMMAND_DONE ? output_done(command, "created %s; %s is invited", dn, mail) : exit;
}

static const struct verb_option CREATE_OPTIONS[] = {
    {"person", "NAME",    "the main contact and first administrator"          },
    { "mail",  "ADDRESS", "that person's address: the invite is sent there"   },
    { "plan",  "PLAN",    "a service plan that it has from now on"            },
    { "until", "DAY",     "the plan's last day (YYYY-MM-DD, UTC); else no end"},
};

static enum command_exit set_plan_verb(struct command *command)
{
    struct organization organization;
    enum command_exit exit = find_organization(command, command->arguments[0], &organization);
    if (exit != COMMAND_DONE)
        return exit;
    const char *plan = command->arguments[1];
    unsigned faults = 0;
    const enum operate_outcome outcome =
        set_plan_as(&command->action, NULL, &organization, plan, or_nothing(command_option(command, "until")), &faults);
    say_faults(faults);
    exit = outcome_of_operate(command, outcome, organization.dn);
    return exit == COMMAND_DONE ? output_done(command, "%s has the plan %s", organization.name, plan) : exit;
}

static const struct verb_option SET_PLAN_OPTIONS[] = {
    {"until", "DAY", "the plan's last day (YYYY-MM-DD, UTC); without it the plan has no end"},
};

static enum command_exit remove_plan_verb(struct command *command)
{
    struct organization organization;
    enum command_exit exit = find_organization(command, command->arguments[0], &organization);
    if (exit != COMMAND_DONE)
        return exit;
    const char *plan = command->arguments[1];
    exit = outcome_of_operate(command, remove_plan_as(&command->action, NULL, &organization, plan), plan);
    return exit == COMMAND_DONE ? output_done(command, "%s has the plan %s no more", organization.name, plan) : exit;
}

static enum command_exit set_contact(struct command *command)
{
    struct organization organization;
    struct profile person;
    enum command_exit exit = find_organization(command, command->arguments[0], &organization);
    if (exit == COMMAND_DONE)
        exit = find_profile(command, command->arguments[1], &organization, &person);
    if (exit != COMMAND_DONE)
        return exit;
    exit = outcome_of_operate(command, set_main_contact_as(&command->action, NULL, &organization, &person),
                              organization.dn);
    return exit == COMMAND_DONE
               ? output_done(command, "%s is the main contact of %s", person.display_name, organization.name)
               : exit;
}

/* ---- the table ---- */

static const struct verb VERBS[] = {
    {.name = "list",
     .arguments = "[TEXT]",
     .help = "List the organisations, or those whose name has TEXT in it (up to 3 characters: begins with it)",
     .most = 1,
     .run = list                                                   },
    { .name = "show",
     .arguments = "ORGANIZATION",
     .help = "Show one with its plans and administrators",
     .least = 1,
     .most = 1,
     .run = show },
    {                                                   .name = "create",
     .arguments = "NAME --person NAME --mail ADDRESS",
     .help = "Create one with its first administrator, who is invited by e-mail",
     .least = 1,
     .most = 1,
     .option_count = sizeof CREATE_OPTIONS / sizeof *CREATE_OPTIONS,
     .options = CREATE_OPTIONS,
     .run = create },
    {                                        .name = "set-plan",
     .arguments = "ORGANIZATION PLAN",
     .help = "Give it a service plan, or move the plan's end",
     .least = 2,
     .most = 2,
     .option_count = sizeof SET_PLAN_OPTIONS / sizeof *SET_PLAN_OPTIONS,
     .options = SET_PLAN_OPTIONS,
     .run = set_plan_verb },
    {                                                        .name = "remove-plan",
     .arguments = "ORGANIZATION PLAN",
     .help = "Take a service plan away from it",
     .least = 2,
     .most = 2,
     .run = remove_plan_verb },
    {                       .name = "set-contact",
     .arguments = "ORGANIZATION PROFILE",
     .help = "Make a profile of it the main contact, and with that an administrator",
     .least = 2,
     .most = 2,
     .run = set_contact },
};

const struct noun noun_organization = { "organization", "customers, their plans and main contact",
                                        sizeof VERBS / sizeof *VERBS, VERBS };
