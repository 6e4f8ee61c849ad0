/* SPDX-License-Identifier: Apache-2.0 */
/* cli/command.h - one run of `latchkey NOUN VERB ...`: what a verb is, what it is given, and how it ends.
 *
 * A noun is one file, src/cli/NOUN.c, with a table of verbs; nouns.c names the nouns. Command line, help and completion are made from
 * these tables alone. A verb reads its arguments, calls the same functions of actions and directory that the pages call, and prints by
 * output.h. It acts as whom the sysadmin is bound as: the directory's rules decide what it may do, no policy of ours.
 * Memory:  everything lives in action.arena until the end of the run. Threads: one. */
#ifndef LATCHKEY_CLI_COMMAND_H
#define LATCHKEY_CLI_COMMAND_H

#include "actions/context.h"

#include <stdbool.h>
#include <stddef.h>

/* The exit status; latchkey(1) explains them to scripts. */
enum command_exit {
    COMMAND_DONE = 0,
    COMMAND_TROUBLE = 1,   /* the directory cannot be reached, a file cannot be read, something is broken */
    COMMAND_USAGE = 2,     /* the command line is wrong, or a value in it */
    COMMAND_NOT_FOUND = 3, /* or may not be seen */
    COMMAND_REFUSED = 4,   /* by the directory (password, access, schema), or by a rule that holds for everybody */
    COMMAND_CONFLICT = 5,  /* is there already, is ambiguous, or was changed by somebody else meanwhile */
    COMMAND_PARTLY = 6,    /* of several things some were done, or of a list some is missing */
    COMMAND_BUSY = 7       /* the directory is busy: again later */
};

struct command;
struct options;
struct run;

/* ---- tables ---- */

struct verb_option {
    const char *name;     /* given as --name */
    const char *argument; /* what it takes, as help calls it: "DAY"; NULL: nothing */
    const char *help;
};

/* What is made ready before a verb is run. */
enum verb_need {
    VERB_NEEDS_DIRECTORY = 0, /* configuration, and a session bound as the sysadmin */
    VERB_NEEDS_CONFIGURATION, /* action.directory is NULL */
    VERB_NEEDS_NOTHING        /* action.config is NULL too */
};

struct verb {
    const char *name;      /* NULL: the noun alone, which has no other verb then (latchkey doctor) */
    const char *arguments; /* as the synopsis has them: "ORGANIZATION [TEXT]" */
    const char *help;      /* one line, without a stop */
    size_t least, most;    /* arguments */
    size_t option_count;
    const struct verb_option *options;
    enum command_exit (*run)(struct command *command);
    enum verb_need need;
};

struct noun {
    const char *name;
    const char *help;
    size_t verb_count;
    const struct verb *verbs;
};

/* ---- what a verb is given ---- */

struct command {
    struct action_context action;              /* no ring, credentials or limits: a verb that needs them makes them */
    const struct directory_identity *identity; /* whom action.directory is bound as: for further handles of the same */
    const struct noun *noun;
    const struct verb *verb;
    size_t argument_count; /* between the verb's least and most */
    const char *const *arguments;
    const char *const *values; /* of the verb's options, in their order: NULL not given, "" for a switch that was */
    bool json;
    bool verbose;
    bool quiet;
    bool dry_run;                  /* the directory handle previews already: nothing is changed, LDIF is printed */
    bool yes;                      /* do not ask */
    const struct options *options; /* the whole command line, for a verb that makes ready by itself what it needs */
    struct run *run;               /* for command_configure and command_connect */
};

/* The option's argument ("" for a switch), or NULL where it was not given. The name stands in the verb's table. */
const char *command_option(const struct command *command, const char *name);
bool command_has(const struct command *command, const char *name);

/* Outer blanks cut, NFC, as what is typed on a page: what names and texts are stored as. NULL where it is no line of UTF-8; that has been
 * said then, and the verb ends with COMMAND_USAGE. `what` names it in the words. */
const char *command_tidy(struct command *command, const char *what, const char *text);

/* ---- for a verb that needs less than the directory, and goes on where there is none ---- */

/* Writes action.config. COMMAND_TROUBLE, COMMAND_USAGE: its faults have been said. */
enum command_exit command_configure(struct command *command);
/* From now on at least a minute for each answer: the configuration's patience is that of somebody before a page. */
void command_be_patient(struct command *command);
/* Writes action.directory: bound as the sysadmin. Anything else than COMMAND_DONE has been said. */
enum command_exit command_connect(struct command *command);
/* The directory handle for another identity, which must outlive it, previewing where this run does; the caller frees it. */
struct directory *command_connect_as(const struct command *command, const struct directory_identity *identity);

/* ---- how it ends ---- */

/* "latchkey: words" on standard error; returns `exit`. */
enum command_exit command_end(enum command_exit exit, const char *format, ...) LK_PRINTF(2, 3);

/* The exit status that fits, with the context's trouble (and the server's own words in it) said unless it is LK_OK. */
enum command_exit command_end_of(const struct command *command, enum lk_status status);
/* The same for a change: what it was to change is not there any more, which is COMMAND_CONFLICT. */
enum command_exit command_end_of_change(const struct command *command, enum lk_status status);

/* ---- running one ---- */

/* The whole program: returns its exit status. Wipes passwords out of `arguments`. */
int command_run(int count, char **arguments);

#endif
