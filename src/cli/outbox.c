/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey outbox: what is to be sent, why it waits, and what could not be sent. It is all in lkSend and lkSendError of the entries. */
#include "courier/outbox.h"

#include "base/record.h"
#include "cli/find.h"
#include "cli/nouns.h"
#include "cli/output.h"
#include "cli/prompt.h"
#include "courier/outbox_record.h"
#include "directory/filter.h"
#include "directory/names.h"

#include <string.h>

#define ENTRIES_MOST ((size_t) 10 * 1000 * 1000)

/* One value of lkSend or lkSendError. */
struct letter {
    const char *dn;
    const struct directory_value *value;
    const char *kind;
    const char *state;
    bool is_failed, is_under_way;
    int64_t begun, after, tries; /* 0: not known */
    const char *words;
    struct outbox_request request; /* unless it failed or cannot be read */
    bool is_request;
};

struct letters {
    struct letter *items;
    size_t count;
    bool more;
};

/* ---- reading ---- */

static struct letter waiting(const struct command *command, const char *dn, const struct directory_value *value)
{
    struct letter letter = { .dn = dn, .value = value, .state = "waiting" };
    struct lk_trouble why = { "" };
    const int64_t now = command->action.now;
    if (outbox_read(command->action.arena, value, &letter.request, &letter.kind, &why) != LK_OK) {
        letter.state = "unreadable";
        letter.words = lk_arena_words(command->action.arena, why.words);
        return letter;
    }
    const struct outbox_request *request = &letter.request;
    letter.is_request = true;
    letter.kind = request->kind->name;
    letter.begun = request->begun;
    letter.tries = request->tries;
    letter.is_under_way = request->claimed_by != NULL && request->until > now;
    if (letter.is_under_way) {
        letter.state = "sending";
    } else if (request->after > now) {
        letter.state = "deferred";
        letter.after = request->after;
        letter.words = lk_record_get(&request->record, "why");
    }
    return letter;
}

static struct letter failed(const struct command *command, const char *dn, const struct directory_value *value)
{
    struct lk_record record;
    struct letter letter = { .dn = dn, .value = value, .kind = OUTBOX_UNKNOWN, .state = "failed", .is_failed = true };
    if (lk_record_parse(command->action.arena, value->bytes, value->len, &record) != LK_OK)
        return letter;
    letter.kind = record.kind;
    letter.begun = lk_record_time(&record, "at", 0);
    letter.words = lk_record_get(&record, "words");
    return letter;
}

static bool is_meant(const struct command *command, const struct letter *letter)
{
    const char *kind = command_option(command, "kind");
    const char *state = command_option(command, "state");
    return (kind == NULL || strcmp(kind, letter->kind) == 0) && (state == NULL || strcmp(state, letter->state) == 0);
}

static size_t count_values(const struct directory_entry *entry, const char *name)
{
    const struct directory_attribute *values = directory_attribute(entry, name);
    return values != NULL ? values->count : 0;
}

static void add_values(const struct command *command, const struct directory_entry *entry, const char *name,
                       struct letter (*read)(const struct command *command, const char *dn,
                                             const struct directory_value *value),
                       struct letters *letters)
{
    const struct directory_attribute *values = directory_attribute(entry, name);
    for (size_t i = 0; values != NULL && i < values->count; i++) {
        const struct letter letter = read(command, entry->dn, &values->values[i]);
        if (is_meant(command, &letter))
            letters->items[letters->count++] = letter;
    }
}

static void add_entries(const struct command *command, const struct directory_entry *entries, size_t count,
                        struct letters *letters)
{
    size_t most = letters->count;
    for (size_t i = 0; i < count; i++)
        most += count_values(&entries[i], NAME_SEND) + count_values(&entries[i], NAME_SEND_ERROR);
    struct letter *items = lk_arena_array(command->action.arena, most, sizeof *items);
    if (letters->count > 0)
        memcpy(items, letters->items, letters->count * sizeof *items);
    letters->items = items;
    for (size_t i = 0; i < count; i++) {
        add_values(command, &entries[i], NAME_SEND, waiting, letters);
        add_values(command, &entries[i], NAME_SEND_ERROR, failed, letters);
    }
}

static const char *const ATTRIBUTES[] = { NAME_SEND, NAME_SEND_ERROR, NULL };

static enum lk_status search(struct command *command, const char *base, struct letters *letters)
{
    struct action_context *action = &command->action;
    struct directory_entry *entries = NULL;
    size_t count = 0;
    bool more = false;
    const struct directory_search wanted = { .base = base,
                                             .scope = DIRECTORY_SUBTREE,
                                             .filter =
                                                 filter_or(action->arena, filter_present(action->arena, NAME_SEND),
                                                           filter_present(action->arena, NAME_SEND_ERROR)),
                                             .attributes = ATTRIBUTES,
                                             .most = ENTRIES_MOST };
    const enum lk_status status =
        directory_search(action->directory, action->arena, &wanted, &entries, &count, &more, &action->trouble);
    if (status == LK_OK)
        add_entries(command, entries, count, letters);
    letters->more = letters->more || more;
    return status;
}

static enum command_exit read_entry(struct command *command, const char *dn, struct letters *letters)
{
    struct action_context *action = &command->action;
    struct directory_entry entry = { 0 };
    const enum lk_status status =
        directory_read(action->directory, action->arena, dn, NULL, ATTRIBUTES, &entry, &action->trouble);
    if (status == LK_ABSENT)
        return command_end(COMMAND_NOT_FOUND, "there is no %s, or you may not see it", dn);
    if (status == LK_OK)
        add_entries(command, &entry, 1, letters);
    return command_end_of(command, status);
}

/* Of the whole directory: organisations with their people, accounts, and what stands on the decoy. */
static enum command_exit read_everywhere(struct command *command, struct letters *letters)
{
    const struct config *config = command->action.config;
    const char *const bases[] = { config->directory_organizations_base, config->directory_accounts_base,
                                  config->directory_decoy };
    size_t seen = 0;
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        const enum lk_status status = search(command, bases[i], letters);
        if (status != LK_OK && status != LK_ABSENT)
            return command_end_of(command, status);
        seen += status == LK_OK;
    }
    return seen > 0 ? COMMAND_DONE
                    : command_end(COMMAND_NOT_FOUND, "you see nothing there; name your ORGANIZATION or an entry");
}

static enum command_exit read_letters(struct command *command, struct letters *letters)
{
    const char *entry = command_option(command, "entry");
    struct organization organization;
    *letters = (struct letters){ .count = 0 };
    if (entry != NULL && command->argument_count > 0)
        return command_end(COMMAND_USAGE, "only one of ORGANIZATION and --entry");
    if (entry != NULL)
        return read_entry(command, entry, letters);
    if (command->argument_count == 0)
        return read_everywhere(command, letters);
    const enum command_exit exit = find_organization(command, command->arguments[0], &organization);
    return exit == COMMAND_DONE ? command_end_of(command, search(command, organization.dn, letters)) : exit;
}

/* ---- listing ---- */

static const struct field FIELDS[] = {
    {"kind",   "Kind",  FIELD_TEXT  },
    { "state", "State", FIELD_TEXT  },
    { "since", "Since", FIELD_TIME  },
    { "tries", "Tries", FIELD_NUMBER},
    { "after", "Next",  FIELD_TIME  },
    { "words", "Words", FIELD_TEXT  },
    { "dn",    "DN",    FIELD_TEXT  },
};

static enum command_exit list(struct command *command)
{
    struct letters letters = { 0 };
    enum command_exit exit = read_letters(command, &letters);
    if (exit != COMMAND_DONE)
        return exit;
    struct listing *listing = LISTING_NEW(command->action.arena, FIELDS);
    for (size_t i = 0; i < letters.count; i++) {
        const struct letter *letter = &letters.items[i];
        listing_row(listing);
        listing_text(listing, "kind", letter->kind);
        listing_text(listing, "state", letter->state);
        if (letter->begun != 0)
            listing_time(listing, "since", letter->begun);
        if (!letter->is_failed)
            listing_number(listing, "tries", letter->tries);
        if (letter->after != 0)
            listing_time(listing, "after", letter->after);
        listing_text(listing, "words", letter->words);
        listing_text(listing, "dn", letter->dn);
    }
    exit = output_listing(command, listing);
    if (exit == COMMAND_DONE && letters.more)
        return command_end(COMMAND_PARTLY, "the directory's size limit cut the list: there are more");
    return exit;
}

/* ---- doing something about it ---- */

/* One that failed says no more than its kind: only what needs nothing else can be asked for again. */
static bool can_be_asked_again(const char *kind_name)
{
    const struct outbox_kind *kind = outbox_kind_named(kind_name);
    if (kind == NULL || outbox_is_sealed(kind))
        return false;
    for (size_t i = 0; i < OUTBOX_ASKS_MOST; i++) {
        if (kind->asks[i].name != NULL && kind->asks[i].is_needed)
            return false;
    }
    return true;
}

/* The same request, without its pause. */
static const char *without_pause(const struct command *command, const struct letter *letter)
{
    struct lk_record record = letter->request.record;
    lk_record_set(&record, "after", NULL);
    lk_record_set(&record, "why", NULL);
    return outbox_written(command->action.arena, &record);
}

/* NULL: nothing is to be done. */
static struct directory_change *retry_change(const struct command *command, const struct letter *letter)
{
    struct directory_change *change = directory_change_new(command->action.arena);
    if (letter->is_failed && can_be_asked_again(letter->kind)) {
        directory_change_delete(change, NAME_SEND_ERROR, letter->value->bytes);
        directory_change_add(change, NAME_SEND, letter->kind);
        return change;
    }
    if (!letter->is_request || letter->after == 0)
        return NULL;
    directory_change_delete(change, NAME_SEND, letter->value->bytes);
    directory_change_add(change, NAME_SEND, without_pause(command, letter));
    return change;
}

static struct directory_change *cancel_change(const struct command *command, const struct letter *letter)
{
    struct directory_change *change = directory_change_new(command->action.arena);
    if (letter->is_under_way)
        return NULL;
    directory_change_delete(change, letter->is_failed ? NAME_SEND_ERROR : NAME_SEND, letter->value->bytes);
    return change;
}

/* What is no longer there was sent, or asked for again, by somebody else. */
static enum lk_status carry_out(struct command *command, const struct letter *letter,
                                const struct directory_change *change)
{
    struct action_context *action = &command->action;
    const enum lk_status status = directory_modify(action->directory, letter->dn, change, &action->trouble);
    if (status == LK_OK || status == LK_ABSENT || status == LK_CONFLICT)
        return LK_OK;
    (void) command_end(COMMAND_PARTLY, "%s: %s", output_visible(action->arena, letter->dn), action->trouble.words);
    return status;
}

typedef struct directory_change *(*change_maker)(const struct command *command, const struct letter *letter);

static enum command_exit do_all(struct command *command, const struct letters *letters, change_maker make,
                                const char *done)
{
    size_t count = 0, left = 0;
    enum lk_status status = LK_OK;
    for (size_t i = 0; i < letters->count; i++) {
        const struct directory_change *change = make(command, &letters->items[i]);
        const enum lk_status one = change != NULL ? carry_out(command, &letters->items[i], change) : LK_OK;
        count += change != NULL && one == LK_OK;
        left += change == NULL;
        status = one != LK_OK ? one : status;
    }
    if (status != LK_OK && count == 0)
        return command_end_of_change(command, status);
    if (status != LK_OK || letters->more)
        return command_end(COMMAND_PARTLY, "%s: %zu of %zu", done, count, letters->count);
    return output_done(command, "%s: %zu; left alone: %zu", done, count, left);
}

/* Everything is a lot: who means it, says so. */
static enum command_exit check_scope(const struct command *command)
{
    if (command->argument_count > 0 || command_has(command, "entry") || command_has(command, "all"))
        return COMMAND_DONE;
    return command_end(COMMAND_USAGE, "of which? ORGANIZATION, --entry DN, or --all");
}

static enum command_exit retry(struct command *command)
{
    struct letters letters = { 0 };
    enum command_exit exit = check_scope(command);
    if (exit == COMMAND_DONE)
        exit = read_letters(command, &letters);
    return exit == COMMAND_DONE ? do_all(command, &letters, retry_change, "to be sent now") : exit;
}

static enum command_exit cancel(struct command *command)
{
    struct letters letters = { 0 };
    enum command_exit exit = check_scope(command);
    if (exit == COMMAND_DONE)
        exit = read_letters(command, &letters);
    if (exit == COMMAND_DONE)
        exit = prompt_confirm(command, "Take %zu letters out of the outbox", letters.count);
    return exit == COMMAND_DONE ? do_all(command, &letters, cancel_change, "taken out") : exit;
}

/* ---- the table ---- */

#define SCOPE_OPTIONS                                                                          \
    { "entry", "DN", "only of this entry" },                                                   \
        { "kind", "KIND", "only of this kind: invite, associate, reset, confirm ..." },        \
    {                                                                                          \
        "state", "STATE", "only in this state: waiting, sending, deferred, failed, unreadable" \
    }

static const struct verb_option LIST_OPTIONS[] = { SCOPE_OPTIONS };

static const struct verb_option DO_OPTIONS[] = {
    SCOPE_OPTIONS,
    {"all", NULL, "of the whole directory"},
};

static const struct verb VERBS[] = {
    {.name = "list",
     .arguments = "[ORGANIZATION]",
     .help = "List what waits to be sent, and what could not be sent, with the mail server's words",
     .most = 1,
     .option_count = sizeof LIST_OPTIONS / sizeof *LIST_OPTIONS,
     .options = LIST_OPTIONS,
     .run = list  },
    { .name = "retry",
     .arguments = "[ORGANIZATION]",
     .help = "Send now what is deferred, and again what failed",
     .most = 1,
     .option_count = sizeof DO_OPTIONS / sizeof *DO_OPTIONS,
     .options = DO_OPTIONS,
     .run = retry },
    { .name = "cancel",
     .arguments = "[ORGANIZATION]",
     .help = "Take out what waits, and forget what failed",
     .most = 1,
     .option_count = sizeof DO_OPTIONS / sizeof *DO_OPTIONS,
     .options = DO_OPTIONS,
     .run = cancel},
};

const struct noun noun_outbox = { "outbox", "e-mail that waits, and e-mail that failed", sizeof VERBS / sizeof *VERBS,
                                  VERBS };
