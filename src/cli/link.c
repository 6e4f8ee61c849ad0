/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey link: which e-mailed links to a profile or an account are alive. The links themselves nobody can read here: the directory has
 * their digests only. */
#include "tokens/link.h"

#include "base/record.h"
#include "cli/find.h"
#include "cli/nouns.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "directory/names.h"

#include <string.h>

static const struct field FIELDS[] = {
    {"id",       "ID",            FIELD_TEXT},
    { "kind",    "Kind",          FIELD_TEXT},
    { "until",   "Until",         FIELD_TIME},
    { "undoes",  "Undoes",        FIELD_FLAG},
    { "account", "Bound account", FIELD_TEXT},
};

/* Who has links. */
struct holder {
    const char *dn, *name;
    struct directory_attribute tokens;
};

static enum command_exit find_holder(struct command *command, struct holder *holder_out)
{
    struct account *account = lk_arena_alloc(command->action.arena, sizeof *account);
    struct profile *profile = lk_arena_alloc(command->action.arena, sizeof *profile);
    struct acting acting;
    const bool is_account = command_has(command, "account");
    if (is_account && command_has(command, "in"))
        return command_end(COMMAND_USAGE, "only one of --account and --in");
    const enum command_exit exit = is_account ? find_account(command, command->arguments[0], account)
                                              : find_target(command, command->arguments[0], &acting, profile);
    if (exit == COMMAND_DONE)
        *holder_out = is_account ? (struct holder){ account->dn, account->name, account->tokens }
                                 : (struct holder){ profile->dn, profile->display_name, profile->tokens };
    return exit;
}

/* The digest tells links apart, and is no link. NULL: not a live link. */
static const char *live_id(const struct command *command, const struct directory_value *value, struct link_token *token)
{
    struct lk_record record;
    struct lk_arena *arena = command->action.arena;
    if (link_token_read(arena, value->bytes, value->len, token) != LK_OK || token->expires <= command->action.now ||
        lk_record_parse(arena, value->bytes, value->len, &record) != LK_OK)
        return NULL;
    return lk_record_get(&record, "digest");
}

static const char *account_of(const struct command *command, const struct link_token *token)
{
    if (!token->has_account)
        return NULL;
    char *text = lk_arena_alloc(command->action.arena, LK_UUID_TEXT_LEN + 1);
    lk_uuid_format(token->account, text);
    return text;
}

static enum command_exit list(struct command *command)
{
    struct holder holder = { 0 };
    const enum command_exit exit = find_holder(command, &holder);
    if (exit != COMMAND_DONE)
        return exit;
    struct listing *listing = LISTING_NEW(command->action.arena, FIELDS);
    for (size_t i = 0; i < holder.tokens.count; i++) {
        struct link_token token;
        const char *id = live_id(command, &holder.tokens.values[i], &token);
        if (id == NULL)
            continue;
        listing_row(listing);
        listing_text(listing, "id", id);
        listing_text(listing, "kind", link_purpose_name(token.purpose));
        listing_time(listing, "until", token.expires);
        listing_flag(listing, "undoes", link_purpose_undoes(token.purpose));
        listing_text(listing, "account", account_of(command, &token));
    }
    return output_listing(command, listing);
}

/* ---- ending ---- */

/* LK_ABSENT: it was opened, or has ended, meanwhile. */
static enum lk_status end_value(struct command *command, const struct holder *holder, const char *value)
{
    struct directory_change *change = directory_change_new(command->action.arena);
    directory_change_delete(change, NAME_TOKEN, value);
    return directory_modify(command->action.directory, holder->dn, change, &command->action.trouble);
}

static enum command_exit find_value(const struct command *command, const struct holder *holder, const char *begin,
                                    const char **value_out)
{
    *value_out = NULL;
    for (size_t i = 0; i < holder->tokens.count; i++) {
        struct link_token token;
        const char *id = live_id(command, &holder->tokens.values[i], &token);
        if (id == NULL || strncmp(id, begin, strlen(begin)) != 0)
            continue;
        if (*value_out != NULL)
            return command_end(COMMAND_CONFLICT, "several links begin with \"%s\"", begin);
        *value_out = holder->tokens.values[i].bytes;
    }
    return *value_out != NULL ? COMMAND_DONE : command_end(COMMAND_NOT_FOUND, "there is no link \"%s\"", begin);
}

static enum command_exit end(struct command *command)
{
    struct holder holder = { 0 };
    const char *value = NULL;
    enum command_exit exit = find_holder(command, &holder);
    if (exit == COMMAND_DONE)
        exit = find_value(command, &holder, command->arguments[1], &value);
    if (exit == COMMAND_DONE)
        exit = command_end_of_change(command, end_value(command, &holder, value));
    return exit == COMMAND_DONE ? output_done(command, "the link is dead") : exit;
}

/* Those that undo something stay: whoever is at work in somebody's account must not have them taken away by asking for it. */
static enum command_exit end_all(struct command *command)
{
    struct holder holder = { 0 };
    size_t count = 0;
    enum command_exit exit = find_holder(command, &holder);
    if (exit == COMMAND_DONE)
        exit = prompt_confirm(command, "End all links to %s", holder.name);
    for (size_t i = 0; exit == COMMAND_DONE && i < holder.tokens.count; i++) {
        struct link_token token;
        if (live_id(command, &holder.tokens.values[i], &token) == NULL || link_purpose_undoes(token.purpose))
            continue;
        const enum lk_status status = end_value(command, &holder, holder.tokens.values[i].bytes);
        count += status == LK_OK;
        exit = status == LK_ABSENT ? COMMAND_DONE : command_end_of_change(command, status);
    }
    return exit == COMMAND_DONE ? output_done(command, "ended: %zu", count) : exit;
}

/* ---- the table ---- */

static const struct verb_option OPTIONS[] = {
    {"account", NULL,           "the name is an account's"                          },
    { "in",     "ORGANIZATION", "the organisation that the profile is looked for in"},
};

static const struct verb VERBS[] = {
    {.name = "list",
     .arguments = "PROFILE",
     .help = "List the links to a profile (with --account: to an account) that are alive",
     .least = 1,
     .most = 1,
     .option_count = sizeof OPTIONS / sizeof *OPTIONS,
     .options = OPTIONS,
     .run = list   },
    { .name = "end",
     .arguments = "PROFILE ID",
     .help = "End one; the beginning of its ID is enough",
     .least = 2,
     .most = 2,
     .option_count = sizeof OPTIONS / sizeof *OPTIONS,
     .options = OPTIONS,
     .run = end    },
    { .name = "end-all",
     .arguments = "PROFILE",
     .help = "End all but those that undo something (\"this was not me\")",
     .least = 1,
     .most = 1,
     .option_count = sizeof OPTIONS / sizeof *OPTIONS,
     .options = OPTIONS,
     .run = end_all},
};

const struct noun noun_link = { "link", "e-mailed links that are alive", sizeof VERBS / sizeof *VERBS, VERBS };
