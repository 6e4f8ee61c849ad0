/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey invite: invites are asked for, looked after, and called back. The daemon sends them. */
#include "actions/invite.h"

#include "actions/invite_state.h"
#include "cli/find.h"
#include "cli/nouns.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/prompt.h"
#include "directory/names.h"

#include <string.h>

#define LIST_MOST ((size_t) 10 * 1000 * 1000)

/* A value that no link leaves: deleting it changes nothing, and its answer says whether one may. */
#define NO_TOKEN "none digest=none"

/* ---- how far they are ---- */

static const struct field FIELDS[] = {
    {"name",   "Name",   FIELD_TEXT},
    { "mail",  "E-mail", FIELD_TEXT},
    { "state", "Invite", FIELD_TEXT},
    { "when",  "When",   FIELD_TIME},
    { "until", "Until",  FIELD_TIME},
    { "words", "Words",  FIELD_TEXT},
    { "dn",    NULL,     FIELD_TEXT},
};

/* Most people may not see links. Then one that was sent lately is not known to have ended. */
static bool may_be_alive(const struct command *command, const struct profile *profile, const struct invite *invite)
{
    return invite->state == INVITE_EXPIRED && profile->tokens.count == 0 &&
           invite->when + command->action.config->links_invite_lifetime > command->action.now;
}

static struct invite seen_invite(const struct command *command, const struct profile *profile)
{
    struct invite invite = invite_of(command->action.arena, profile, command->action.now);
    if (may_be_alive(command, profile, &invite))
        invite.state = INVITE_SENT;
    return invite;
}

static void list_one(const struct command *command, struct listing *listing, const struct profile *profile)
{
    const struct invite invite = seen_invite(command, profile);
    listing_row(listing);
    listing_text(listing, "name", profile->display_name);
    listing_text(listing, "mail", profile->mail);
    listing_text(listing, "state", invite_state_name(invite.state));
    if (invite.when != 0)
        listing_time(listing, "when", invite.when);
    if (invite.until != 0)
        listing_time(listing, "until", invite.until);
    listing_text(listing, "words", invite.words);
    listing_text(listing, "dn", profile->dn);
}

static enum command_exit read_people(struct command *command, const char *text, struct organization *organization_out,
                                     struct profile_list *list_out)
{
    struct action_context *action = &command->action;
    const enum command_exit exit = find_organization(command, text, organization_out);
    if (exit != COMMAND_DONE)
        return exit;
    const struct people_search search = { .text = "", .most = LIST_MOST };
    return command_end_of(command, profiles_search(action->directory, action->config, action->arena,
                                                   organization_out->dn, &search, list_out, &action->trouble));
}

static enum command_exit say_if_cut(const struct profile_list *list, enum command_exit exit)
{
    if (exit == COMMAND_DONE && list->more)
        return command_end(COMMAND_PARTLY, "the directory's size limit cut the list of people: there are more");
    return exit;
}

static bool is_wanted(const struct command *command, const struct profile *profile)
{
    const char *state = command_option(command, "state");
    const struct invite invite = seen_invite(command, profile);
    return state == NULL || strcmp(state, invite_state_name(invite.state)) == 0;
}

static bool is_state(const char *name)
{
    for (int state = 0; state < INVITE_STATES; state++) {
        if (strcmp(invite_state_name((enum invite_state) state), name) == 0)
            return true;
    }
    return false;
}

static enum command_exit list(struct command *command)
{
    struct organization organization;
    struct profile_list people = { 0 };
    const char *state = command_option(command, "state");
    if (state != NULL && !is_state(state))
        return command_end(COMMAND_USAGE,
                           "--state is none, queued, sending, deferred, refused, sent, expired or accepted");
    const enum command_exit exit = read_people(command, command->arguments[0], &organization, &people);
    if (exit != COMMAND_DONE)
        return exit;
    struct listing *listing = LISTING_NEW(command->action.arena, FIELDS);
    for (size_t i = 0; i < people.count; i++) {
        if (is_wanted(command, &people.items[i]))
            list_one(command, listing, &people.items[i]);
    }
    return say_if_cut(&people, output_listing(command, listing));
}

static const struct verb_option LIST_OPTIONS[] = {
    {"state", "STATE", "only those: none, queued, sending, deferred, refused, sent, expired, accepted"},
};

static enum command_exit show(struct command *command)
{
    struct acting acting;
    struct profile profile;
    const enum command_exit exit = find_target(command, command->arguments[0], &acting, &profile);
    if (exit != COMMAND_DONE)
        return exit;
    struct listing *listing = LISTING_NEW(command->action.arena, FIELDS);
    list_one(command, listing, &profile);
    return output_record(command, listing);
}

/* ---- asking and calling back ---- */

static enum command_exit after(const struct command *command, enum invite_outcome outcome,
                               const struct profile *profile)
{
    const char *dn = output_visible(command->action.arena, profile->dn);
    const char *words = command->action.trouble.words;
    switch (outcome) {
    case INVITE_DONE: return COMMAND_DONE;
    case INVITE_UNDER_WAY: return command_end(COMMAND_CONFLICT, "%s: an invite is being sent at this moment", dn);
    case INVITE_NO_ADDRESS: return command_end(COMMAND_REFUSED, "%s has no e-mail address", dn);
    case INVITE_GONE: return command_end(COMMAND_CONFLICT, "%s was removed meanwhile", dn);
    case INVITE_BUSY: return command_end(COMMAND_BUSY, "%s: the directory is busy: %s", dn, words);
    case INVITE_DENIED: return command_end(COMMAND_REFUSED, "%s: %s", dn, words);
    case INVITE_TOO_SOON: /* the pages' own limit */
    case INVITE_TROUBLE: break;
    }
    return command_end(COMMAND_TROUBLE, "%s: %s", dn, words);
}

/* Only who may end links has ended one that was sent already. */
static enum command_exit check_link(struct command *command, const struct acting *acting, const struct profile *profile)
{
    struct action_context *action = &command->action;
    struct profile now;
    if (command->dry_run || profile->tokens.count > 0 || acting_read_again(action, acting, profile, &now) != LK_OK)
        return COMMAND_DONE;
    const struct invite invite = invite_of(action->arena, &now, action->now);
    struct directory_change *change = directory_change_new(action->arena);
    directory_change_delete(change, NAME_TOKEN, NO_TOKEN);
    if (!may_be_alive(command, &now, &invite) ||
        directory_modify(action->directory, profile->dn, change, NULL) != LK_REFUSED)
        return COMMAND_DONE;
    return command_end(COMMAND_PARTLY,
                       "%s: the link of the invite that was sent already may still work, and you may not end links",
                       output_visible(action->arena, profile->dn));
}

typedef enum command_exit (*invite_step)(struct command *command, const struct acting *acting,
                                         const struct profile *profile);

static enum command_exit send_one(struct command *command, const struct acting *acting, const struct profile *profile)
{
    return after(command, send_invite(&command->action, acting, profile), profile);
}

static enum command_exit cancel_one(struct command *command, const struct acting *acting, const struct profile *profile)
{
    const enum command_exit exit = after(command, cancel_invite(&command->action, acting, profile), profile);
    return exit == COMMAND_DONE ? check_link(command, acting, profile) : exit;
}

/* Each for itself: what becomes of one says nothing about the others. */
static enum command_exit do_all(struct command *command, struct profile_list *people,
                                const struct organization *organization, invite_step step, const char *done)
{
    const struct acting acting = acting_as_bound(organization);
    size_t failed = 0;
    enum command_exit exit = COMMAND_DONE;
    struct progress progress = progress_begin(command, done, (int64_t) people->count);
    for (size_t i = 0; i < people->count; i++) {
        const enum command_exit one = step(command, &acting, &people->items[i]);
        if (one != COMMAND_DONE) {
            failed++;
            exit = one;
        }
        progress_tell(&progress, (int64_t) i + 1);
    }
    progress_end(&progress);
    const size_t count = people->count - failed;
    if (failed == 0)
        return output_done(command, "%s: %zu of %zu", done, count, people->count);
    return count == 0 ? exit : command_end(COMMAND_PARTLY, "%s: %zu of %zu", done, count, people->count);
}

static void keep_those(struct command *command, struct profile_list *people,
                       bool (*is_meant)(struct command *command, const struct profile *profile))
{
    size_t kept = 0;
    for (size_t i = 0; i < people->count; i++) {
        if (is_meant(command, &people->items[i]))
            people->items[kept++] = people->items[i];
    }
    people->count = kept;
}

/* Tied to none, and not on the way already. */
static bool is_to_be_invited(struct command *command, const struct profile *profile)
{
    const struct invite invite = seen_invite(command, profile);
    const bool is_waiting =
        invite.state == INVITE_QUEUED || invite.state == INVITE_SENDING || invite.state == INVITE_DEFERRED;
    return profile->account_dn == NULL && profile->mail != NULL && !is_waiting &&
           (invite.state != INVITE_SENT || command_has(command, "again"));
}

static bool is_to_be_cancelled(struct command *command, const struct profile *profile)
{
    const struct invite invite = seen_invite(command, profile);
    return invite_is_open(&invite);
}

static enum command_exit send_all(struct command *command)
{
    struct organization organization;
    struct profile_list people = { 0 };
    enum command_exit exit = read_people(command, command_option(command, "all"), &organization, &people);
    if (exit != COMMAND_DONE)
        return exit;
    keep_those(command, &people, is_to_be_invited);
    exit = prompt_confirm(command, "Invite %zu people of %s", people.count, organization.name);
    if (exit != COMMAND_DONE)
        return exit;
    return say_if_cut(&people, do_all(command, &people, &organization, send_one, "invited"));
}

static enum command_exit cancel_all(struct command *command)
{
    struct organization organization;
    struct profile_list people = { 0 };
    enum command_exit exit = read_people(command, command_option(command, "all"), &organization, &people);
    if (exit != COMMAND_DONE)
        return exit;
    keep_those(command, &people, is_to_be_cancelled);
    exit = prompt_confirm(command, "Call back %zu invites of %s", people.count, organization.name);
    if (exit != COMMAND_DONE)
        return exit;
    return say_if_cut(&people, do_all(command, &people, &organization, cancel_one, "called back"));
}

static enum command_exit do_one(struct command *command, invite_step step, const char *done)
{
    struct acting acting;
    struct profile profile;
    enum command_exit exit = find_target(command, command->arguments[0], &acting, &profile);
    if (exit == COMMAND_DONE)
        exit = step(command, &acting, &profile);
    return exit == COMMAND_DONE ? output_done(command, "%s: %s", profile.dn, done) : exit;
}

static enum command_exit one_or_all(struct command *command, enum command_exit (*all)(struct command *command),
                                    invite_step one, const char *done)
{
    const bool is_all = command_has(command, "all");
    if (is_all == (command->argument_count > 0))
        return command_end(COMMAND_USAGE, "either a PROFILE, or --all ORGANIZATION");
    return is_all ? all(command) : do_one(command, one, done);
}

static enum command_exit send_verb(struct command *command)
{
    return one_or_all(command, send_all, send_one, "is invited");
}

static enum command_exit cancel_verb(struct command *command)
{
    return one_or_all(command, cancel_all, cancel_one, "the invite is called back");
}

/* ---- the table ---- */

#define IN_OPTION                                                                  \
    {                                                                              \
        "in", "ORGANIZATION", "the organisation that the profile is looked for in" \
    }

static const struct verb_option SHOW_OPTIONS[] = { IN_OPTION };

static const struct verb_option SEND_OPTIONS[] = {
    IN_OPTION,
    {"all",    "ORGANIZATION", "everybody there who has no account and no invite under way"},
    { "again", NULL,           "with --all: also those whose last invite still works"      },
};

static const struct verb_option CANCEL_OPTIONS[] = {
    IN_OPTION,
    {"all", "ORGANIZATION", "all that are under way or still work there"},
};

static const struct verb VERBS[] = {
    {.name = "list",
     .arguments = "ORGANIZATION",
     .help = "List how far the invites of its people are",
     .least = 1,
     .most = 1,
     .option_count = sizeof LIST_OPTIONS / sizeof *LIST_OPTIONS,
     .options = LIST_OPTIONS,
     .run = list },
    { .name = "show",
     .arguments = "PROFILE",
     .help = "Show how far the invite of one is",
     .least = 1,
     .most = 1,
     .option_count = sizeof SHOW_OPTIONS / sizeof *SHOW_OPTIONS,
     .options = SHOW_OPTIONS,
     .run = show },
    { .name = "send",
     .arguments = "[PROFILE]",
     .help = "Have an invite sent, in place of any that waits",
     .most = 1,
     .option_count = sizeof SEND_OPTIONS / sizeof *SEND_OPTIONS,
     .options = SEND_OPTIONS,
     .run = send_verb    },
    { .name = "cancel",
     .arguments = "[PROFILE]",
     .help = "Call it back: it is not sent, and the link of one that was sent is dead",
     .most = 1,
     .option_count = sizeof CANCEL_OPTIONS / sizeof *CANCEL_OPTIONS,
     .options = CANCEL_OPTIONS,
     .run = cancel_verb},
};

const struct noun noun_invite = { "invite", "invites by e-mail, and how far they are", sizeof VERBS / sizeof *VERBS,
                                  VERBS };
