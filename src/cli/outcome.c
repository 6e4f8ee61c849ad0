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
