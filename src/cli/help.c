/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"

#include "cli/nouns.h"
#include "cli/options.h"

#include <string.h>

#define NAME_WIDTH 30

static void print_global_options(FILE *file)
{
    char shown[64];
    (void) fputs("\nGlobal options\n", file);
    for (const struct global_option *option = GLOBAL_OPTIONS; option->name != NULL; option++) {
        const char letter[] = { '-', option->letter, ',', ' ', '\0' };
        (void) snprintf(shown, sizeof shown, "%s--%s%s%s", option->letter != 0 ? letter : "    ", option->name,
                        option->argument != NULL ? " " : "", option->argument != NULL ? option->argument : "");
        (void) fprintf(file, "  %-*s %s\n", NAME_WIDTH, shown, option->help);
    }
}

static void print_command(FILE *file)
{
    (void) fputs("Usage: latchkey [OPTION]... NOUN VERB [ARGUMENT]...\n\n"
                 "Administers Latchkey: talks to its directory under one's own identity, whose rights there decide.\n",
                 file);
    for (const struct topic *topic = TOPICS; topic->title != NULL; topic++) {
        if (topic->nouns[0] != NULL)
            (void) fprintf(file, "\n%s\n", topic->title);
        for (const struct noun *const *noun = topic->nouns; *noun != NULL; noun++)
            (void) fprintf(file, "  %-*s %s\n", NAME_WIDTH, (*noun)->name, (*noun)->help);
    }
    print_global_options(file);
    (void) fputs("\nlatchkey help NOUN [VERB] says more; so do latchkey(1) and latchkey-NOUN(1).\n", file);
}

static void print_synopsis(FILE *file, const struct noun *noun, const struct verb *verb)
{
    (void) fprintf(file, "latchkey %s%s%s%s%s%s", noun->name, verb->name != NULL ? " " : "",
                   verb->name != NULL ? verb->name : "", *verb->arguments != '\0' ? " " : "", verb->arguments,
                   verb->option_count > 0 ? " [OPTION]..." : "");
}

static void print_noun(FILE *file, const struct noun *noun)
{
    (void) fprintf(file, "latchkey %s: %s\n\n", noun->name, noun->help);
    for (size_t i = 0; i < noun->verb_count; i++) {
        (void) fputs("  ", file);
        print_synopsis(file, noun, &noun->verbs[i]);
        (void) fprintf(file, "\n      %s\n", noun->verbs[i].help);
    }
    (void) fprintf(file, "\nMore: latchkey help %s VERB, latchkey-%s(1)\n", noun->name, noun->name);
}

static void print_verb(FILE *file, const struct noun *noun, const struct verb *verb)
{
    char shown[64];
    (void) fputs("Usage: ", file);
    print_synopsis(file, noun, verb);
    (void) fprintf(file, "\n\n%s.\n%s", verb->help, verb->option_count > 0 ? "\nOptions\n" : "");
    for (size_t i = 0; i < verb->option_count; i++) {
        const struct verb_option *option = &verb->options[i];
        (void) snprintf(shown, sizeof shown, "    --%s%s%s", option->name, option->argument != NULL ? " " : "",
                        option->argument != NULL ? option->argument : "");
        (void) fprintf(file, "  %-*s %s\n", NAME_WIDTH, shown, option->help);
    }
    print_global_options(file);
    (void) fprintf(file, "\nMore: latchkey-%s(1)\n", noun->name);
}

void help_print(FILE *file, const struct noun *noun, const struct verb *verb)
{
    if (noun == NULL)
        print_command(file);
    else if (verb == NULL)
        print_noun(file, noun);
    else
        print_verb(file, noun, verb);
}
