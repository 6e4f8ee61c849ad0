/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fatal.h"
#include "base/unicode.h"
#include "cli/help.h"
#include "cli/identity.h"
#include "cli/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_ANSWER 60 /* s, until an answer is there */

/* ---- for verbs ---- */

const char *command_option(const struct command *command, const char *name)
{
    const struct verb *verb = command->verb;
    for (size_t i = 0; i < verb->option_count; i++) {
        if (strcmp(verb->options[i].name, name) == 0)
            return command->values[i];
    }
    lk_fatal("an option that is in no table of options");
}

bool command_has(const struct command *command, const char *name)
{
    return command_option(command, name) != NULL;
}

const char *command_tidy(struct command *command, const char *what, const char *text)
{
    char *tidy = NULL;
    if (lk_unicode_tidy(command->action.arena, text, strlen(text), &tidy) == LK_OK)
        return tidy;
    (void) command_end(COMMAND_USAGE, "%s is not one line of UTF-8", what);
    return NULL;
}

enum command_exit command_end(enum command_exit exit, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void) fputs("latchkey: ", stderr);
    (void) vfprintf(stderr, format, values);
    (void) fputc('\n', stderr);
    va_end(values);
    return exit;
}

static enum command_exit exit_of(enum lk_status status)
{
    switch (status) {
    case LK_OK: return COMMAND_DONE;
    case LK_ABSENT: return COMMAND_NOT_FOUND;
    case LK_REFUSED: return COMMAND_REFUSED;
    case LK_MALFORMED: return COMMAND_USAGE;
    case LK_CONFLICT: return COMMAND_CONFLICT;
    case LK_BUSY: return COMMAND_BUSY;
    case LK_BROKEN: break;
    }
    return COMMAND_TROUBLE;
}

enum command_exit command_end_of(const struct command *command, enum lk_status status)
{
    return status == LK_OK ? COMMAND_DONE : command_end(exit_of(status), "%s", command->action.trouble.words);
}

enum command_exit command_end_of_change(const struct command *command, enum lk_status status)
{
    return command_end_of(command, status == LK_ABSENT ? LK_CONFLICT : status);
}

/* ---- one run ---- */

/* What a run holds beside the command. */
struct run {
    struct lk_arena *arena;
    struct options options;
    struct config *config;
    struct lk_secret *password;
    struct directory_identity identity;
    struct directory *directory;
    struct command command;
};

static void print_preview(void *context, const char *ldif)
{
    (void) context;
    (void) fputs(ldif, stdout);
}

static void say_where(const struct run *run)
{
    const char *path = identity_config_path(&run->options);
    (void) fprintf(stderr, "latchkey: configuration %s, directory", path != NULL ? path : "built in");
    for (size_t i = 0; i < run->config->directory_uri.count; i++)
        (void) fprintf(stderr, " %s", run->config->directory_uri.items[i]);
    (void) fprintf(stderr, ", suffix %s, as %s\n", run->config->directory_suffix,
                   identity_words(run->arena, &run->identity));
}

static enum command_exit connect_directory(struct run *run)
{
    const enum command_exit status =
        identity_read(run->arena, &run->options, run->config, &run->identity, &run->password);
    if (status != COMMAND_DONE)
        return status;
    if (run->options.verbose)
        say_where(run);
    run->directory = directory_new_as(run->config, &run->identity);
    if (run->options.dry_run)
        directory_preview(run->directory, print_preview, NULL);
    run->command.action.directory = run->directory;
    run->command.identity = &run->identity;
    return command_end_of(&run->command, directory_ready(run->directory, &run->command.action.trouble));
}

enum command_exit command_configure(struct command *command)
{
    struct run *run = command->run;
    const enum command_exit status = identity_config(run->arena, &run->options, &run->config);
    if (status == COMMAND_DONE)
        command->action.config = run->config;
    return status;
}

void command_be_patient(struct command *command)
{
    struct config *config = command->run->config;
    if (config->directory_timeout < LONGEST_ANSWER)
        config->directory_timeout = LONGEST_ANSWER;
}

enum command_exit command_connect(struct command *command)
{
    return connect_directory(command->run);
}

struct directory *command_connect_as(const struct command *command, const struct directory_identity *identity)
{
    struct directory *directory = directory_new_as(command->action.config, identity);
    if (command->dry_run)
        directory_preview(directory, print_preview, NULL);
    return directory;
}

static enum command_exit make_ready(struct run *run)
{
    const enum verb_need need = run->options.verb->need;
    enum command_exit status = COMMAND_DONE;
    if (need != VERB_NEEDS_NOTHING)
        status = command_configure(&run->command);
    if (status == COMMAND_DONE && need == VERB_NEEDS_DIRECTORY)
        status = command_connect(&run->command);
    return status;
}

static enum command_exit run_verb(struct run *run)
{
    const struct options *options = &run->options;
    run->command = (struct command){
        .action = {.arena = run->arena, .now = lk_clock_now()},
        .noun = options->noun,
        .verb = options->verb,
        .argument_count = options->argument_count,
        .arguments = options->arguments,
        .values = options->values,
        .json = options->json,
        .verbose = options->verbose,
        .quiet = options->quiet,
        .dry_run = options->dry_run,
        .yes = options->yes,
        .options = options,
        .run = run,
    };
    const enum command_exit status = make_ready(run);
    return status == COMMAND_DONE ? options->verb->run(&run->command) : status;
}

static enum command_exit run_options(struct run *run)
{
    const struct options *options = &run->options;
    if (options->version) {
        (void) puts("latchkey " LATCHKEY_VERSION);
        return COMMAND_DONE;
    }
    if (options->help) {
        help_print(stdout, options->noun, options->verb);
        return COMMAND_DONE;
    }
    if (options->verb == NULL) {
        help_print(stderr, options->noun, NULL);
        return COMMAND_USAGE;
    }
    return run_verb(run);
}

int command_run(int count, char **arguments)
{
    struct run run = { .arena = lk_arena_new() };
    enum command_exit status = options_read(run.arena, count, arguments, &run.options);
    if (status == COMMAND_DONE)
        status = run_options(&run);
    if (fflush(stdout) == EOF && status == COMMAND_DONE)
        status = command_end(COMMAND_TROUBLE, "the result could not be written");
    directory_free(run.directory);
    lk_secret_free(run.password);
    lk_secret_free(run.options.password);
    config_free(run.config);
    lk_arena_free(run.arena);
    return (int) status;
}
