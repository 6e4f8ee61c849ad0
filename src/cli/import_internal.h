/* SPDX-License-Identifier: Apache-2.0 */
/* cli/import_internal.h - one import, in the order of its steps: import.c reads the file, import_plan.c settles what is to become of each
 * line, import_add.c adds, import_report.c says what came of it. */
#ifndef LATCHKEY_CLI_IMPORT_INTERNAL_H
#define LATCHKEY_CLI_IMPORT_INTERNAL_H

#include "actions/acting.h"
#include "cli/command.h"
#include "cli/people_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum plan {
    PLAN_ADD = 0,
    PLAN_SKIP,
    PLAN_REFUSE
};

/* What becomes of a line. `words` are the arena's, or once a worker was at it the import's. */
struct line {
    const struct person_row *row;
    const char *common_name;
    enum plan plan;
    const char *words; /* why it is refused */
    bool is_done;
};

struct import {
    struct command *command;
    struct acting acting;
    struct people_file file;
    struct line *lines; /* one for each row of the file */
    bool invite;
    size_t at_once; /* handles */
    int64_t wait;   /* s, at most, for a directory that is away */
    FILE *report;   /* NULL: none is wanted */

    struct lk_arena *words;    /* of lines that were refused while adding */
    enum command_exit stopped; /* how it ends if nothing was done before */
    struct lk_trouble trouble; /* what stopped it; for what came afterwards it is but the same again */
};

/* ---- import_plan.c ---- */

/* Why a line is refused whose address somebody has who is not the same person. */
#define IMPORT_OTHER_CONTENT "somebody with this address is there already, with other content"

void import_refuse(struct line *line, const char *words);

/* The profile, which has the form's address, is the same person with the same content. */
bool import_is_same(struct lk_arena *arena, const struct profile *profile, const struct profile_form *form);

/* Reads who is there, and writes lines; *count_out are to be added. Anything else than COMMAND_DONE has been said. */
enum command_exit import_plan(struct import *import, size_t *count_out);

/* ---- import_add.c ---- */

#define IMPORT_AT_ONCE_MOST 16

/* Adds the `count` lines that are to be added. Writes what became of each, and `stopped` and `trouble` where some are left. */
void import_add(struct import *import, size_t count);

/* ---- import_report.c ---- */

/* Before anybody is added: who asks for one is not to be without it afterwards. */
enum command_exit import_open_report(struct import *import);

/* Prints what came of it, writes the report, and says what is left: how the command ends. */
enum command_exit import_end(const struct import *import);

#endif
