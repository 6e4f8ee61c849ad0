/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey session: where an account is signed in. */
#include "cli/find.h"
#include "cli/nouns.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "sessions/sessions.h"

#include <string.h>

static const struct field FIELDS[] = {
    {"id",       "ID",      FIELD_TEXT},
    { "begun",   "Begun",   FIELD_TIME},
    { "seen",    "Seen",    FIELD_TIME},
    { "ends",    "Ends",    FIELD_TIME},
    { "kept",    "Kept",    FIELD_FLAG},
    { "address", "From",    FIELD_TEXT},
    { "agent",   "Browser", FIELD_TEXT},
};

static enum command_exit list(struct command *command)
{
    struct action_context *action = &command->action;
    struct account account;
    const enum command_exit exit = find_account(command, command->arguments[0], &account);
    if (exit != COMMAND_DONE)
        return exit;
    const struct session_view *sessions = NULL;
    const size_t count = session_list(action->config, action->arena, &account, action->now, &sessions);
    struct listing *listing = LISTING_NEW(action->arena, FIELDS);
    for (size_t i = 0; i < count; i++) {
        listing_row(listing);
        listing_text(listing, "id", sessions[i].id);
        listing_time(listing, "begun", sessions[i].begun);
        listing_time(listing, "seen", sessions[i].seen);
        listing_time(listing, "ends", sessions[i].ends);
        listing_flag(listing, "kept", sessions[i].kept);
        listing_text(listing, "address", sessions[i].address);
        listing_text(listing, "agent", sessions[i].agent);
    }
    return output_listing(command, listing);
}

/* The one session whose id begins so. */
static enum command_exit find_session(const struct session_view *sessions, size_t count, const char *begin,
                                      const char **id_out)
{
    *id_out = NULL;
    for (size_t i = 0; i < count; i++) {
        if (strncmp(sessions[i].id, begin, strlen(begin)) != 0)
            continue;
        if (*id_out != NULL)
            return command_end(COMMAND_CONFLICT, "several sessions begin with \"%s\"", begin);
        *id_out = sessions[i].id;
    }
    return *id_out != NULL ? COMMAND_DONE : command_end(COMMAND_NOT_FOUND, "there is no session \"%s\"", begin);
}

static enum command_exit end(struct command *command)
{
    struct action_context *action = &command->action;
    struct account account;
    const char *id = NULL;
    enum command_exit exit = find_account(command, command->arguments[0], &account);
    if (exit != COMMAND_DONE)
        return exit;
    const struct session_view *sessions = NULL;
    const size_t count = session_list(action->config, action->arena, &account, action->now, &sessions);
    exit = find_session(sessions, count, command->arguments[1], &id);
    if (exit != COMMAND_DONE)
        return exit;
    const enum lk_status status = session_end_by_id(action->directory, action->arena, &account, id, &action->trouble);
    return status == LK_OK ? output_done(command, "%s is signed out there", account.name)
                           : command_end_of_change(command, status);
}

/* Also where none can be seen: who may write them need not be allowed to read them. */
static enum command_exit end_all(struct command *command)
{
    struct action_context *action = &command->action;
    struct account account;
    enum command_exit exit = find_account(command, command->arguments[0], &account);
    if (exit == COMMAND_DONE)
        exit = prompt_confirm(command, "Sign %s out everywhere", account.name);
    if (exit != COMMAND_DONE)
        return exit;
    const enum lk_status status = session_end_all(action->directory, action->arena, account.dn, &action->trouble);
    return status == LK_OK ? output_done(command, "%s is signed out everywhere", account.name)
                           : command_end_of_change(command, status);
}

static const struct verb VERBS[] = {
    {.name = "list",
     .arguments = "ACCOUNT",
     .help = "List where an account is signed in, the last used first",
     .least = 1,
     .most = 1,
     .run = list   },
    { .name = "end",
     .arguments = "ACCOUNT ID",
     .help = "End one session; the beginning of its ID is enough",
     .least = 2,
     .most = 2,
     .run = end    },
    { .name = "end-all",
     .arguments = "ACCOUNT",
     .help = "Sign an account out everywhere",
     .least = 1,
     .most = 1,
     .run = end_all},
};

const struct noun noun_session = { "session", "where accounts are signed in", sizeof VERBS / sizeof *VERBS, VERBS };
