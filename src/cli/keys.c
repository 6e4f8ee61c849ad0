/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey keys: the file of the key ring (links.key_ring). No key is ever printed. */
#include "cli/nouns.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "tokens/key_file.h"

#include <stdlib.h>
#include <string.h>

#define ID_MOST 255

static const struct field FIELDS[] = {
    {"id",       "ID",      FIELD_NUMBER},
    { "created", "Created", FIELD_TIME  },
    { "use",     "Use",     FIELD_TEXT  },
    { "newest",  "Newest",  FIELD_FLAG  },
};

static enum command_exit list(struct command *command)
{
    struct action_context *action = &command->action;
    const struct key_file_entry *entries = NULL;
    size_t count = 0;
    const enum lk_status status =
        key_file_list(action->config->links_key_ring, action->arena, &entries, &count, &action->trouble);
    if (status != LK_OK)
        return command_end_of(command, status);
    struct listing *listing = LISTING_NEW(action->arena, FIELDS);
    for (size_t i = 0; i < count; i++) {
        listing_row(listing);
        listing_number(listing, "id", entries[i].id);
        listing_time(listing, "created", entries[i].created);
        listing_text(listing, "use", entries[i].makes ? "make" : "check");
        listing_flag(listing, "newest", entries[i].is_newest);
    }
    return output_listing(command, listing);
}

static enum command_exit change(struct command *command, enum key_file_act act, uint8_t *id)
{
    struct action_context *action = &command->action;
    if (command->dry_run)
        return command_end(COMMAND_USAGE, "there is no dry run of the key ring");
    const enum lk_status status = key_file_change(action->config->links_key_ring, act, id, &action->trouble);
    return command_end_of(command, status);
}

static enum command_exit make(struct command *command)
{
    uint8_t id = 0;
    const bool is_for_later = command_has(command, "check");
    const enum command_exit exit = change(command, is_for_later ? KEY_FILE_ADD : KEY_FILE_MAKE, &id);
    if (exit != COMMAND_DONE)
        return exit;
    return output_done(command, "key %u %s once the daemon has reloaded", (unsigned) id,
                       is_for_later ? "is checked with" : "makes new links and sessions");
}

static const struct verb_option MAKE_OPTIONS[] = {
    {"check", NULL, "only check with it for now: until all daemons have the file"},
};

static enum command_exit rotate(struct command *command)
{
    uint8_t id = 0;
    const enum command_exit exit = change(command, KEY_FILE_ROTATE, &id);
    return exit == COMMAND_DONE ? output_done(command,
                                              "key %u makes new links and sessions once the daemon has "
                                              "reloaded; the others are only checked with",
                                              (unsigned) id)
                                : exit;
}

static enum command_exit read_id(const struct command *command, uint8_t *id_out)
{
    char *end = NULL;
    const char *text = command->arguments[0];
    const unsigned long id = strtoul(text, &end, 10);
    if (*end != '\0' || *text < '1' || *text > '9' || id > ID_MOST)
        return command_end(COMMAND_USAGE, "a key's ID is a number from 1 to 255");
    *id_out = (uint8_t) id;
    return COMMAND_DONE;
}

static enum command_exit promote(struct command *command)
{
    uint8_t id = 0;
    enum command_exit exit = read_id(command, &id);
    if (exit == COMMAND_DONE)
        exit = change(command, KEY_FILE_PROMOTE, &id);
    return exit == COMMAND_DONE
               ? output_done(command, "key %u makes new links and sessions once the daemon has reloaded", (unsigned) id)
               : exit;
}

static enum command_exit retire(struct command *command)
{
    uint8_t id = 0;
    enum command_exit exit = read_id(command, &id);
    if (exit == COMMAND_DONE)
        exit = change(command, KEY_FILE_RETIRE, &id);
    return exit == COMMAND_DONE
               ? output_done(command, "key %u is only checked with once the daemon has reloaded", (unsigned) id)
               : exit;
}

static enum command_exit remove_verb(struct command *command)
{
    uint8_t id = 0;
    enum command_exit exit = read_id(command, &id);
    if (exit == COMMAND_DONE)
        exit = prompt_confirm(command, "Remove key %u: links, sessions and second factors made with it are dead",
                              (unsigned) id);
    if (exit == COMMAND_DONE)
        exit = change(command, KEY_FILE_REMOVE, &id);
    return exit == COMMAND_DONE ? output_done(command, "key %u is gone once the daemon has reloaded", (unsigned) id)
                                : exit;
}

/* Version 14 falls over this table. */
/* clang-format off */

static const struct verb VERBS[] = {
    { .name = "list", .arguments = "",
      .help = "List the keys of the ring, without what is secret",
      .run = list, .need = VERB_NEEDS_CONFIGURATION },
    { .name = "make", .arguments = "",
      .help = "Add a new key, which makes new links and sessions",
      .option_count = sizeof MAKE_OPTIONS / sizeof *MAKE_OPTIONS, .options = MAKE_OPTIONS,
      .run = make, .need = VERB_NEEDS_CONFIGURATION },
    { .name = "rotate", .arguments = "",
      .help = "Add a new key, and retire all others",
      .run = rotate, .need = VERB_NEEDS_CONFIGURATION },
    { .name = "promote", .arguments = "ID",
      .help = "Make new links and sessions with a key that was only checked with",
      .run = promote, .need = VERB_NEEDS_CONFIGURATION, .least = 1, .most = 1 },
    { .name = "retire", .arguments = "ID",
      .help = "Only check with a key: what was made with it works until its end",
      .run = retire, .need = VERB_NEEDS_CONFIGURATION, .least = 1, .most = 1 },
    { .name = "remove", .arguments = "ID",
      .help = "Remove a key: what was made with it is dead",
      .run = remove_verb, .need = VERB_NEEDS_CONFIGURATION, .least = 1, .most = 1 },
};
/* clang-format on */

const struct noun noun_keys = { "keys", "the keys of links and sessions", sizeof VERBS / sizeof *VERBS, VERBS };
