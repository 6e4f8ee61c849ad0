/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey profile: the people of an organisation. */
#include "actions/invite_state.h"
#include "actions/keep_profile.h"
#include "base/encoding.h"
#include "cli/find.h"
#include "cli/nouns.h"
#include "cli/outcome.h"
#include "cli/output.h"
#include "cli/prompt.h"

#include <string.h>

#define LIST_MOST ((size_t) 10 * 1000 * 1000)

/* ---- what is shown ---- */

static const char *id_text(struct lk_arena *arena, const uint8_t id[static LK_UUID_LEN])
{
    char *text = lk_arena_alloc(arena, LK_UUID_TEXT_LEN + 1);
    lk_uuid_format(id, text);
    return text;
}

/* What the account is called, as far as its DN tells: it may be that nobody but the daemon sees more of it. */
static const char *account_name(const struct command *command, const struct profile *profile)
{
    const char *name = NULL;
    if (profile->account_dn == NULL)
        return NULL;
    const char *attribute = command->action.config->directory_account_name;
    return dn_value(command->action.arena, profile->account_dn, attribute, &name) == LK_OK ? name : profile->account_dn;
}

static const struct field LIST_FIELDS[] = {
    {"name",           "Name",          FIELD_TEXT},
    { "mail",          "E-mail",        FIELD_TEXT},
    { "title",         "Title",         FIELD_TEXT},
    { "administrator", "Administrator", FIELD_FLAG},
    { "account",       "Account",       FIELD_TEXT},
    { "dn",            NULL,            FIELD_TEXT},
    { "id",            NULL,            FIELD_TEXT},
};

static void list_one(const struct command *command, struct listing *listing, const struct organization *organization,
                     const struct profile *profile)
{
    listing_row(listing);
    listing_text(listing, "name", profile->display_name);
    listing_text(listing, "mail", profile->mail);
    listing_text(listing, "title", profile->title);
    listing_flag(listing, "administrator", organization_has_administrator(organization, profile->dn));
    listing_text(listing, "account", account_name(command, profile));
    listing_text(listing, "dn", profile->dn);
    listing_text(listing, "id", id_text(command->action.arena, profile->id));
}

static enum command_exit list(struct command *command)
{
    struct action_context *action = &command->action;
    struct organization organization;
    struct profile_list found = { 0 };
    enum command_exit exit = find_organization(command, command->arguments[0], &organization);
    if (exit != COMMAND_DONE)
        return exit;
    const struct people_search search = { .text = command->argument_count > 1 ? command->arguments[1] : "",
                                          .most = LIST_MOST };
    const enum lk_status status = profiles_search(action->directory, action->config, action->arena, organization.dn,
                                                  &search, &found, &action->trouble);
    if (status != LK_OK)
        return command_end_of(command, status);
    struct listing *listing = LISTING_NEW(action->arena, LIST_FIELDS);
    for (size_t i = 0; i < found.count; i++)
        list_one(command, listing, &organization, &found.items[i]);
    exit = output_listing(command, listing);
    if (exit == COMMAND_DONE && found.more)
        return command_end(COMMAND_PARTLY, "the directory's size limit cut the list: there are more");
    return exit;
}

static const struct field SHOW_FIELDS[] = {
    {"name",           "Name",          FIELD_TEXT},
    { "given_name",    "Given name",    FIELD_TEXT},
    { "surname",       "Surname",       FIELD_TEXT},
    { "mail",          "E-mail",        FIELD_TEXT},
    { "pending_mail",  "E-mail to be",  FIELD_TEXT},
    { "telephone",     "Telephone",     FIELD_TEXT},
    { "title",         "Title",         FIELD_TEXT},
    { "language",      "Language",      FIELD_TEXT},
    { "organization",  "Organisation",  FIELD_TEXT},
    { "administrator", "Administrator", FIELD_FLAG},
    { "account",       "Account",       FIELD_TEXT},
    { "invite",        "Invite",        FIELD_TEXT},
    { "dn",            "DN",            FIELD_TEXT},
    { "id",            "ID",            FIELD_TEXT},
};

static const struct verb_option IN_OPTIONS[] = {
    {"in", "ORGANIZATION", "the organisation that the profile is looked for in"},
};

static enum command_exit show(struct command *command)
{
    struct action_context *action = &command->action;
    struct acting acting;
    struct profile profile;
    const enum command_exit exit = find_target(command, command->arguments[0], &acting, &profile);
    if (exit != COMMAND_DONE)
        return exit;
    const struct invite invite = invite_of(action->arena, &profile, action->now);
    struct listing *listing = LISTING_NEW(action->arena, SHOW_FIELDS);
    listing_row(listing);
    listing_text(listing, "name", profile.display_name);
    listing_text(listing, "given_name", profile.given_name);
    listing_text(listing, "surname", profile.surname);
    listing_text(listing, "mail", profile.mail);
    listing_text(listing, "pending_mail", profile.pending_mail);
    listing_text(listing, "telephone", profile.telephone);
    listing_text(listing, "title", profile.title);
    listing_text(listing, "language", profile.language);
    listing_text(listing, "organization", acting.organization.name);
    listing_flag(listing, "administrator", organization_has_administrator(&acting.organization, profile.dn));
    listing_text(listing, "account", account_name(command, &profile));
    listing_text(listing, "invite", invite_state_name(invite.state));
    listing_text(listing, "dn", profile.dn);
    listing_text(listing, "id", id_text(action->arena, profile.id));
    return output_record(command, listing);
}

/* ---- what is written ---- */

#define FIELD_OPTIONS                                                                                          \
    { "first", "NAME", "given name" }, { "last", "NAME", "surname" }, { "mail", "ADDRESS", "e-mail address" }, \
        { "telephone", "NUMBER", "telephone number" },                                                         \
    {                                                                                                          \
        "title", "TEXT", "what the person is: \"Head of Sales\""                                               \
    }

static const char *const OPTION_OF[PROFILE_FIELDS] = {
    [PROFILE_GIVEN_NAME] = "first",    [PROFILE_SURNAME] = "last", [PROFILE_MAIL] = "mail",
    [PROFILE_TELEPHONE] = "telephone", [PROFILE_TITLE] = "title",
};

/* What the options say goes into the form; the rest stays as it is. */
static enum command_exit read_options(struct command *command, struct profile_form *form)
{
    for (size_t i = 0; i < PROFILE_FIELDS; i++) {
        const char *text = command_option(command, OPTION_OF[i]);
        if (text == NULL)
            continue;
        form->values[i] = command_tidy(command, OPTION_OF[i], text);
        if (form->values[i] == NULL)
            return COMMAND_USAGE;
    }
    return COMMAND_DONE;
}

/* "Ada Maria Archer": the last word is the surname, unless the options say otherwise. */
static enum command_exit read_name(struct command *command, struct profile_form *form)
{
    if (command->argument_count < 2)
        return COMMAND_DONE;
    struct lk_arena *arena = command->action.arena;
    const char *name = command_tidy(command, "the name", command->arguments[1]);
    if (name == NULL)
        return COMMAND_USAGE;
    const char *last = strrchr(name, ' ');
    form->values[PROFILE_SURNAME] = last == NULL ? name : last + 1;
    if (last != NULL)
        form->values[PROFILE_GIVEN_NAME] = lk_arena_format(arena, "%.*s", (int) (last - name), name);
    return COMMAND_DONE;
}

static enum command_exit add(struct command *command)
{
    struct organization organization;
    struct profile_form form = {
        {"", "", "", "", ""}
    };
    enum command_exit exit = read_name(command, &form);
    if (exit == COMMAND_DONE)
        exit = read_options(command, &form);
    if (exit == COMMAND_DONE)
        exit = find_organization(command, command->arguments[0], &organization);
    if (exit != COMMAND_DONE)
        return exit;
    const struct acting acting = acting_as_bound(&organization);
    const bool invite = !command_has(command, "no-invite");
    unsigned faults = 0;
    const char *dn = NULL;
    const enum keep_outcome outcome = add_profile_entry(&command->action, &acting, &form, invite, &faults, &dn);
    exit = outcome_of_keep(command, outcome, faults, form.values[PROFILE_MAIL]);
    if (exit != COMMAND_DONE)
        return exit;
    return invite ? output_done(command, "added %s; %s is invited", dn, form.values[PROFILE_MAIL])
                  : output_done(command, "added %s", dn);
}

static const struct verb_option ADD_OPTIONS[] = {
    FIELD_OPTIONS,
    {"no-invite", NULL, "send no invite now"},
};

static enum command_exit set(struct command *command)
{
    struct acting acting;
    struct profile profile;
    enum command_exit exit = find_target(command, command->arguments[0], &acting, &profile);
    if (exit != COMMAND_DONE)
        return exit;
    const struct profile_form was = profile_form_of(command->action.arena, &profile);
    struct profile_form form = was;
    struct keep_result result;
    exit = read_options(command, &form);
    if (exit != COMMAND_DONE)
        return exit;
    const enum keep_outcome outcome = edit_profile(&command->action, &acting, &profile, &was, &form, &result);
    exit = outcome_of_keep(command, outcome, result.faults, profile.dn);
    return exit == COMMAND_DONE ? output_done(command, "%s is changed", profile.dn) : exit;
}

static const struct verb_option SET_OPTIONS[] = {
    FIELD_OPTIONS,
    {"in", "ORGANIZATION", "the organisation that the profile is looked for in"},
};

static enum command_exit untie(struct command *command)
{
    struct acting acting;
    struct profile profile;
    enum command_exit exit = find_target(command, command->arguments[0], &acting, &profile);
    if (exit != COMMAND_DONE)
        return exit;
    if (profile.account_dn == NULL)
        return output_done(command, "%s is tied to no account", profile.dn);
    exit =
        prompt_confirm(command, "Free %s from the account %s", profile.display_name, account_name(command, &profile));
    if (exit != COMMAND_DONE)
        return exit;
    exit = outcome_of_keep(command, untie_profile(&command->action, &acting, &profile), 0, profile.dn);
    return exit == COMMAND_DONE ? output_done(command, "%s is free from its account", profile.dn) : exit;
}

static enum command_exit after_remove(const struct command *command, enum remove_outcome outcome,
                                      const struct profile *profile)
{
    const char *words = command->action.trouble.words;
    switch (outcome) {
    case REMOVE_DONE: return output_done(command, "removed %s", profile->dn);
    case REMOVE_GONE: return command_end(COMMAND_CONFLICT, "%s was removed by somebody else meanwhile", profile->dn);
    case REMOVE_LAST_ADMINISTRATOR:
        return command_end(COMMAND_REFUSED, "%s is the only administrator of its organisation: %s", profile->dn, words);
    case REMOVE_REFUSED: return command_end(COMMAND_REFUSED, "%s", words);
    case REMOVE_TROUBLE: break;
    }
    return command_end(COMMAND_TROUBLE, "%s", words);
}

static enum command_exit remove_verb(struct command *command)
{
    struct acting acting;
    struct profile profile;
    enum command_exit exit = find_target(command, command->arguments[0], &acting, &profile);
    if (exit == COMMAND_DONE)
        exit = prompt_confirm(command, "Remove %s (%s) from %s", profile.display_name, profile.dn,
                              acting.organization.name);
    if (exit != COMMAND_DONE)
        return exit;
    return after_remove(command, remove_profile(&command->action, &acting, &profile), &profile);
}

/* ---- the table ---- */

static const struct verb VERBS[] = {
    {.name = "list",
     .arguments = "ORGANIZATION [TEXT]",
     .help = "List its people, or those whose name or address has TEXT in it (up to 3 characters: begins with it)",
     .least = 1,
     .most = 2,
     .run = list       },
    { .name = "show",
     .arguments = "PROFILE",
     .help = "Show one",
     .least = 1,
     .most = 1,
     .option_count = sizeof IN_OPTIONS / sizeof *IN_OPTIONS,
     .options = IN_OPTIONS,
     .run = show },
    {       .name = "add",
     .arguments = "ORGANIZATION [NAME] --mail ADDRESS",
     .help = "Add somebody, who is invited by e-mail; the last word of NAME is the surname",
     .least = 1,
     .most = 2,
     .option_count = sizeof ADD_OPTIONS / sizeof *ADD_OPTIONS,
     .options = ADD_OPTIONS,
     .run = add },
    {        .name = "set",
     .arguments = "PROFILE",
     .help = "Change what the options say; an empty value takes a field away",
     .least = 1,
     .most = 1,
     .option_count = sizeof SET_OPTIONS / sizeof *SET_OPTIONS,
     .options = SET_OPTIONS,
     .run = set },
    {        .name = "untie",
     .arguments = "PROFILE",
     .help = "Free it from the account that it is tied to",
     .least = 1,
     .most = 1,
     .option_count = sizeof IN_OPTIONS / sizeof *IN_OPTIONS,
     .options = IN_OPTIONS,
     .run = untie },
    {      .name = "remove",
     .arguments = "PROFILE",
     .help = "Remove it; an account that it is tied to stays",
     .least = 1,
     .most = 1,
     .option_count = sizeof IN_OPTIONS / sizeof *IN_OPTIONS,
     .options = IN_OPTIONS,
     .run = remove_verb },
};

const struct noun noun_profile = { "profile", "the people of an organisation", sizeof VERBS / sizeof *VERBS, VERBS };
