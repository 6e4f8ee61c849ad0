/* SPDX-License-Identifier: Apache-2.0 */
/* latchkey complete WORD...: what may stand in the place of the last word, one on a line, made from the tables that the command line
 * is read by, so that the shell never knows less than the program. The words are those behind "latchkey". */
#include "cli/nouns.h"
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

struct place {
    const struct noun *noun;
    const struct verb *verb;
    bool is_named;    /* noun and verb are there: arguments follow */
    bool takes_value; /* the word is an option's argument: the shell knows files, and nobody the rest */
};

static void offer(const char *begin, const char *before, const char *word)
{
    const size_t skipped = strlen(before);
    const size_t typed = strlen(begin);
    if (strncmp(begin, before, typed < skipped ? typed : skipped) == 0 &&
        (typed <= skipped || strncmp(begin + skipped, word, typed - skipped) == 0))
        (void) printf("%s%s\n", before, word);
}

/* Does the word stand for an option that takes the next word? */
static bool takes_next(const char *word, const struct verb *verb)
{
    const bool is_long = strncmp(word, "--", 2) == 0;
    for (const struct global_option *option = GLOBAL_OPTIONS; option->name != NULL; option++) {
        if (option->argument == NULL)
            continue;
        if (is_long ? strcmp(word + 2, option->name) == 0
                    : word[0] == '-' && option->letter != 0 && word[1] == option->letter && word[2] == '\0')
            return true;
    }
    for (size_t i = 0; is_long && verb != NULL && i < verb->option_count; i++) {
        if (verb->options[i].argument != NULL && strcmp(word + 2, verb->options[i].name) == 0)
            return true;
    }
    return false;
}

static void step(struct place *place, const char *word)
{
    if (place->takes_value) {
        place->takes_value = false;
        return;
    }
    place->takes_value = takes_next(word, place->verb);
    if (word[0] == '-' || strcmp(word, "help") == 0 || place->is_named)
        return;
    if (place->noun != NULL) {
        place->verb = verb_named(place->noun, word);
        place->is_named = true;
        return;
    }
    place->noun = noun_named(word);
    if (place->noun != NULL && noun_stands_alone(place->noun)) {
        place->verb = place->noun->verbs;
        place->is_named = true;
    }
}

static void offer_options(const struct place *place, const char *begin)
{
    for (size_t i = 0; place->verb != NULL && i < place->verb->option_count; i++)
        offer(begin, "--", place->verb->options[i].name);
    for (const struct global_option *option = GLOBAL_OPTIONS; option->name != NULL; option++)
        offer(begin, "--", option->name);
}

static void offer_nouns(const char *begin)
{
    for (const struct topic *topic = TOPICS; topic->title != NULL; topic++) {
        for (const struct noun *const *noun = topic->nouns; *noun != NULL; noun++)
            offer(begin, "", (*noun)->name);
    }
    offer(begin, "", "help");
}

static void offer_verbs(const struct noun *noun, const char *begin)
{
    for (size_t i = 0; i < noun->verb_count; i++) {
        if (noun->verbs[i].name != NULL)
            offer(begin, "", noun->verbs[i].name);
    }
}

static enum command_exit complete(struct command *command)
{
    struct place place = { .takes_value = false };
    for (size_t i = 0; i + 1 < command->argument_count; i++)
        step(&place, command->arguments[i]);
    const char *begin = command->arguments[command->argument_count - 1];
    if (place.takes_value)
        return COMMAND_DONE;
    if (begin[0] == '-')
        offer_options(&place, begin);
    else if (place.noun == NULL)
        offer_nouns(begin);
    else if (!place.is_named)
        offer_verbs(place.noun, begin);
    return COMMAND_DONE;
}

static const struct verb VERBS[] = {
    {.name = NULL,
     .arguments = "-- WORD...",
     .help = "What the shell may complete the last word to",
     .least = 1,
     .most = SIZE_MAX,
     .run = complete,
     .need = VERB_NEEDS_NOTHING},
};

const struct noun noun_complete = { "complete", "for the shell", sizeof VERBS / sizeof *VERBS, VERBS };
