/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/outcome.h"

#include "cli/output.h"

enum command_exit outcome_of_operate(const struct command *command, enum operate_outcome outcome, const char *what)
{
    const char *shown = output_visible(command->action.arena, what);
    const char *words = command->action.trouble.words;
    switch (outcome) {
    case OPERATE_DONE: return COMMAND_DONE;
    case OPERATE_ABSENT: return command_end(COMMAND_NOT_FOUND, "there is no \"%s\"", shown);
    case OPERATE_CHANGED:
        return command_end(COMMAND_CONFLICT, "\"%s\" was changed by somebody else meanwhile%s%s", shown,
                           *words != '\0' ? ": " : "", words);
    case OPERATE_TAKEN: return command_end(COMMAND_CONFLICT, "\"%s\" is there already", shown);
    case OPERATE_LAST:
        return command_end(COMMAND_REFUSED, "\"%s\" would be left without an administrator: %s", shown, words);
    case OPERATE_FORM: return COMMAND_USAGE;
    case OPERATE_REFUSED:
        return command_end(COMMAND_REFUSED, "%s", *words != '\0' ? words : "this cannot be a name in the directory");
    case OPERATE_NOT_OPERATOR:
    case OPERATE_NO_SECOND_FACTOR: /* the pages' rules; here the directory's hold */
    case OPERATE_TROUBLE: break;
    }
    return command_end(COMMAND_TROUBLE, "%s", words);
}

/* ---- profiles ---- */

static const struct {
    unsigned fault;
    const char *words;
} FAULTS[] = {
    {PROFILE_SURNAME_MISSING,                  "a profile needs a surname"                                  },
    { PROFILE_MAIL_MISSING,                    "a profile needs an e-mail address"                          },
    { PROFILE_MAIL_BAD,                        "this is not an e-mail address"                              },
    { PROFILE_MAIL_KNOWN,                      "another profile of the organisation has this e-mail address"},
    { PROFILE_TELEPHONE_BAD,                   "this is not a telephone number"                             },
    { PROFILE_TEXT_LONG << PROFILE_GIVEN_NAME, "the given name is longer than 64 characters"                },
    { PROFILE_TEXT_LONG << PROFILE_SURNAME,    "the surname is longer than 64 characters"                   },
    { PROFILE_TEXT_LONG << PROFILE_TELEPHONE,  "the telephone number is longer than 64 characters"          },
    { PROFILE_TEXT_LONG << PROFILE_TITLE,      "the title is longer than 64 characters"                     },
};

const char *outcome_profile_fault(unsigned faults)
{
    for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
        if ((faults & FAULTS[i].fault) != 0)
            return FAULTS[i].words;
    }
    return NULL;
}

/* All of them, so that nobody mends one only to hear of the next. Whoever has the address is in the way of the directory's content,
 * not of the form. */
static enum command_exit say_faults(unsigned faults)
{
    const enum command_exit exit = faults == PROFILE_MAIL_KNOWN ? COMMAND_CONFLICT : COMMAND_USAGE;
    for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
        if ((faults & FAULTS[i].fault) != 0)
            (void) command_end(exit, "%s", FAULTS[i].words);
    }
    return exit;
}

enum command_exit outcome_of_keep(const struct command *command, enum keep_outcome outcome, unsigned faults,
                                  const char *what)
{
    const char *shown = output_visible(command->action.arena, what);
    const char *words = command->action.trouble.words;
    switch (outcome) {
    case KEEP_DONE: return COMMAND_DONE;
    case KEEP_FAULTY: return say_faults(faults);
    case KEEP_CONFLICT:
        return command_end(COMMAND_CONFLICT, "\"%s\" was changed by somebody else meanwhile: nothing was done", shown);
    case KEEP_GONE: return command_end(COMMAND_CONFLICT, "\"%s\" was removed meanwhile", shown);
    case KEEP_REFUSED: return command_end(COMMAND_REFUSED, "%s", words);
    case KEEP_TROUBLE: break;
    }
    return command_end(COMMAND_TROUBLE, "%s", words);
}
