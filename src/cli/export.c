/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey export: the people of an organisation as CSV, LDIF or JSON; import reads the first two. */
#include "base/encoding.h"
#include "cli/find.h"
#include "cli/nouns.h"
#include "cli/output.h"

#include <sodium/utils.h>
#include <stdio.h>
#include <string.h>

#define PEOPLE_MOST ((size_t) 10 * 1000 * 1000)

/* ---- CSV ---- */

static void print_csv(const struct command *command, const struct organization *organization,
                      const struct profile_list *people)
{
    struct lk_arena *arena = command->action.arena;
    (void) puts("name,given_name,surname,mail,telephone,title,administrator,account");
    for (size_t i = 0; i < people->count; i++) {
        const struct profile *profile = &people->items[i];
        (void) printf("%s,%s,%s,%s,%s,%s,%s,%s\n", output_csv(arena, profile->display_name),
                      output_csv(arena, profile->given_name), output_csv(arena, profile->surname),
                      output_csv(arena, profile->mail), output_csv(arena, profile->telephone),
                      output_csv(arena, profile->title),
                      organization_has_administrator(organization, profile->dn) ? "yes" : "no",
                      output_csv(arena, profile->account_dn));
    }
}

/* ---- LDIF ---- */

/* RFC 2849 SAFE-STRING; a blank at the end is easily lost. */
static bool is_safe(const char *text)
{
    const size_t len = strlen(text);
    if (len == 0 || strchr(" :<", *text) != NULL || text[len - 1] == ' ')
        return false;
    for (size_t i = 0; i < len; i++) {
        const unsigned char byte = (unsigned char) text[i];
        if (byte < 0x20 || byte > 0x7e)
            return false;
    }
    return true;
}

static void print_line(struct lk_arena *arena, const char *name, const char *text)
{
    if (text == NULL)
        return;
    if (is_safe(text)) {
        (void) printf("%s: %s\n", name, text);
        return;
    }
    const size_t len = strlen(text);
    const size_t room = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
    char *encoded = lk_arena_alloc(arena, room);
    (void) sodium_bin2base64(encoded, room, (const unsigned char *) text, len, sodium_base64_VARIANT_ORIGINAL);
    (void) printf("%s:: %s\n", name, encoded);
}

static void print_named(const struct command *command, const char *attribute, const char *text)
{
    print_line(command->action.arena, directory_name(command->action.config, attribute), text);
}

static void print_ldif(const struct command *command, const struct organization *organization,
                       const struct profile_list *people)
{
    (void) organization;
    struct lk_arena *arena = command->action.arena;
    const struct config *config = command->action.config;
    (void) puts("version: 1");
    for (size_t i = 0; i < people->count; i++) {
        const struct profile *profile = &people->items[i];
        const char *name = NULL;
        if (dn_value(arena, profile->dn, config->directory_profile_name, &name) != LK_OK)
            name = profile->display_name;
        (void) putchar('\n');
        print_line(arena, "dn", profile->dn);
        print_line(arena, "objectClass", config->directory_new_person_class);
        print_line(arena, "objectClass", config->directory_profile_class);
        print_named(command, "cn", name);
        if (strcasecmp(config->directory_profile_name, "cn") != 0)
            print_named(command, config->directory_profile_name, name);
        print_named(command, "displayName", profile->has_display_name ? profile->display_name : NULL);
        print_named(command, "givenName", profile->given_name);
        print_named(command, "sn", profile->surname);
        print_named(command, config->directory_profile_mail, profile->mail);
        print_named(command, "telephoneNumber", profile->telephone);
        print_named(command, "title", profile->title);
    }
}

/* ---- JSON ---- */

static const struct field FIELDS[] = {
    {"name",           NULL, FIELD_TEXT},
    { "given_name",    NULL, FIELD_TEXT},
    { "surname",       NULL, FIELD_TEXT},
    { "mail",          NULL, FIELD_TEXT},
    { "telephone",     NULL, FIELD_TEXT},
    { "title",         NULL, FIELD_TEXT},
    { "administrator", NULL, FIELD_FLAG},
    { "account",       NULL, FIELD_TEXT},
    { "dn",            NULL, FIELD_TEXT},
    { "id",            NULL, FIELD_TEXT},
};

static enum command_exit print_json(const struct command *command, const struct organization *organization,
                                    const struct profile_list *people)
{
    struct command as_json = *command;
    struct listing *listing = LISTING_NEW(command->action.arena, FIELDS);
    as_json.json = true;
    for (size_t i = 0; i < people->count; i++) {
        const struct profile *profile = &people->items[i];
        char *id = lk_arena_alloc(command->action.arena, LK_UUID_TEXT_LEN + 1);
        lk_uuid_format(profile->id, id);
        listing_row(listing);
        listing_text(listing, "name", profile->display_name);
        listing_text(listing, "given_name", profile->given_name);
        listing_text(listing, "surname", profile->surname);
        listing_text(listing, "mail", profile->mail);
        listing_text(listing, "telephone", profile->telephone);
        listing_text(listing, "title", profile->title);
        listing_flag(listing, "administrator", organization_has_administrator(organization, profile->dn));
        listing_text(listing, "account", profile->account_dn);
        listing_text(listing, "dn", profile->dn);
        listing_text(listing, "id", id);
    }
    return output_listing(&as_json, listing);
}

/* ---- the verb ---- */

static enum command_exit print_people(const struct command *command, const char *format,
                                      const struct organization *organization, const struct profile_list *people)
{
    if (strcmp(format, "json") == 0)
        return print_json(command, organization, people);
    if (strcmp(format, "ldif") == 0)
        print_ldif(command, organization, people);
    else
        print_csv(command, organization, people);
    return ferror(stdout) == 0 ? COMMAND_DONE : command_end(COMMAND_TROUBLE, "the result could not be written");
}

static enum command_exit export_people(struct command *command)
{
    struct action_context *action = &command->action;
    struct organization organization;
    struct profile_list people = { 0 };
    const char *format = command_option(command, "format");
    if (format == NULL)
        format = command->json ? "json" : "csv";
    if (strcmp(format, "csv") != 0 && strcmp(format, "ldif") != 0 && strcmp(format, "json") != 0)
        return command_end(COMMAND_USAGE, "--format is csv, ldif or json");
    enum command_exit exit = find_organization(command, command->arguments[0], &organization);
    if (exit != COMMAND_DONE)
        return exit;
    const struct people_search search = { .text = "", .most = PEOPLE_MOST };
    const enum lk_status status = profiles_search(action->directory, action->config, action->arena, organization.dn,
                                                  &search, &people, &action->trouble);
    if (status != LK_OK)
        return command_end_of(command, status);
    exit = print_people(command, format, &organization, &people);
    if (exit == COMMAND_DONE && people.more)
        return command_end(COMMAND_PARTLY, "the directory's size limit cut the list: there are more");
    return exit;
}

static const struct verb_option OPTIONS[] = {
    {"format", "csv|ldif|json", "how it is written; CSV if not given"},
};

static const struct verb VERBS[] = {
    {.arguments = "ORGANIZATION",
     .help = "Print the people of an organisation",
     .least = 1,
     .most = 1,
     .option_count = sizeof OPTIONS / sizeof *OPTIONS,
     .options = OPTIONS,
     .run = export_people},
};

const struct noun noun_export = { "export", "the people of an organisation, as CSV, LDIF or JSON",
                                  sizeof VERBS / sizeof *VERBS, VERBS };
