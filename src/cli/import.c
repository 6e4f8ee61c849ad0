/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey import: many people into an organisation.
 *
 * First the whole file and the organisation's people are read, and what is to become of each line is settled; then several handles add at
 * once. Nothing is kept anywhere else: what was stopped, by a signal or because the directory did not come back, is done again, and finds most
 * of it there already. */
#include "base/cleanup.h"
#include "cli/find.h"
#include "cli/import_internal.h"
#include "cli/nouns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MOST ((size_t) 512 * 1024 * 1024)

/* ---- reading ---- */

/* Grows as it must: standard input has no size. */
static enum lk_status read_bytes(int file, struct lk_arena *arena, char **bytes_out, size_t *len_out,
                                 struct lk_trouble *trouble)
{
    size_t room = (size_t) 64 * 1024;
    char *bytes = lk_arena_alloc(arena, room);
    size_t len = 0;
    for (;;) {
        const ssize_t got = read(file, bytes + len, room - len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return lk_fail(trouble, LK_BROKEN, "the file cannot be read: %s", strerrordesc_np(errno));
        if (got == 0)
            break;
        len += (size_t) got;
        if (len == FILE_MOST)
            return lk_fail(trouble, LK_BROKEN, "the file is too long");
        if (len < room)
            continue;
        char *more = lk_arena_alloc(arena, room *= 2);
        memcpy(more, bytes, len);
        bytes = more;
    }
    *bytes_out = bytes;
    *len_out = len;
    return LK_OK;
}

static bool is_ldif(const struct command *command, const char *path)
{
    const char *format = command_option(command, "format");
    const char *suffix = strrchr(path, '.');
    return format != NULL ? strcmp(format, "ldif") == 0 : suffix != NULL && strcmp(suffix, ".ldif") == 0;
}

static enum command_exit read_file(struct import *import)
{
    struct command *command = import->command;
    struct action_context *action = &command->action;
    const char *path = command->arguments[1];
    const char *format = command_option(command, "format");
    if (format != NULL && strcmp(format, "csv") != 0 && strcmp(format, "ldif") != 0)
        return command_end(COMMAND_USAGE, "--format is csv or ldif");
    const bool is_input = strcmp(path, "-") == 0;
    LK_CLEANUP(lk_cleanup_close) int file = is_input ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return command_end(COMMAND_TROUBLE, "%s: %s", path, strerrordesc_np(errno));
    char *bytes = NULL;
    size_t len = 0;
    enum lk_status status = read_bytes(file, action->arena, &bytes, &len, &action->trouble);
    if (status == LK_OK)
        status = people_file_read(action->arena, is_ldif(command, path) ? PEOPLE_LDIF : PEOPLE_CSV, bytes, len,
                                  &import->file, &action->trouble);
    return status == LK_OK ? COMMAND_DONE
                           : command_end(status == LK_MALFORMED ? COMMAND_USAGE : COMMAND_TROUBLE, "%s: %s", path,
                                         action->trouble.words);
}

/* ---- the run ---- */

struct number_option {
    const char *name;
    long least, most;
    long otherwise; /* where it is not given */
};

static const struct number_option AT_ONCE = { "at-once", 1, IMPORT_AT_ONCE_MOST, 4 };
static const struct number_option WAIT = { "wait", 0, 86400, 300 };

static enum command_exit read_number(const struct command *command, const struct number_option *option,
                                     long *number_out)
{
    const char *text = command_option(command, option->name);
    char *end = NULL;
    const long number = text != NULL ? strtol(text, &end, 10) : option->otherwise;
    if (number < option->least || number > option->most || (text != NULL && (end == text || *end != '\0')))
        return command_end(COMMAND_USAGE, "--%s is a number from %ld to %ld", option->name, option->least,
                           option->most);
    *number_out = number;
    return COMMAND_DONE;
}

static enum command_exit read_options(struct import *import)
{
    const struct command *command = import->command;
    long at_once = 0, wait = 0;
    enum command_exit exit = read_number(command, &AT_ONCE, &at_once);
    if (exit == COMMAND_DONE)
        exit = read_number(command, &WAIT, &wait);
    import->invite = command_has(command, "invite");
    import->at_once = command->dry_run ? 1 : (size_t) at_once;
    import->wait = wait;
    return exit;
}

static enum command_exit run(struct import *import)
{
    size_t count = 0;
    struct organization organization;
    enum command_exit exit = read_options(import);
    if (exit == COMMAND_DONE)
        exit = find_organization(import->command, import->command->arguments[0], &organization);
    if (exit == COMMAND_DONE)
        exit = read_file(import);
    if (exit != COMMAND_DONE)
        return exit;
    import->acting = acting_as_bound(&organization);
    exit = import_plan(import, &count);
    if (exit == COMMAND_DONE)
        exit = import_open_report(import);
    if (exit != COMMAND_DONE)
        return exit;
    if (count > 0)
        import_add(import, count);
    return import_end(import);
}

static enum command_exit import_people(struct command *command)
{
    struct import import = { .command = command, .words = lk_arena_new() };
    const enum command_exit exit = run(&import);
    lk_arena_free(import.words);
    return exit;
}

static const struct verb_option OPTIONS[] = {
    {"format",   "csv|ldif", "what the file is; else its name ends in .ldif or it is CSV"                },
    { "invite",  NULL,       "invite everybody who is added"                                             },
    { "report",  "FILE",     "write the lines that were refused to FILE, as CSV"                         },
    { "at-once", "NUMBER",   "so many connections to the directory (1 to 16; 4 if not given)"            },
    { "wait",    "SECONDS",  "wait so long for a directory that goes away (0 to 86400; 300 if not given)"},
};

static const struct verb VERBS[] = {
    {.arguments = "ORGANIZATION FILE",
     .help = "Add the people of a file; who is there already with the same content is passed over",
     .least = 2,
     .most = 2,
     .option_count = sizeof OPTIONS / sizeof *OPTIONS,
     .options = OPTIONS,
     .run = import_people},
};

const struct noun noun_import = { "import", "many people into an organisation, from CSV or LDIF",
                                  sizeof VERBS / sizeof *VERBS, VERBS };
