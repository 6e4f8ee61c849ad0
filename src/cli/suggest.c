/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/suggest.h"

#include "cli/nouns.h"
#include "cli/options.h"

#include <stddef.h>
#include <string.h>

#define WORD_MOST 32
#define NEAR      2 /* letters that may be wrong, left out, added */

struct nearest {
    const char *word;
    const char *found;
    size_t distance;
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein's distance; words that are too long are far from everything. */
static size_t distance(const char *a, const char *b)
{
    const size_t len_a = strlen(a), len_b = strlen(b);
    size_t row[WORD_MOST + 1];
    if (len_a > WORD_MOST || len_b > WORD_MOST)
        return WORD_MOST;
    for (size_t j = 0; j <= len_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= len_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= len_b; j++) {
            const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[len_b];
}

/* Somebody who wrote the beginning only, means this too. */
static void offer(struct nearest *nearest, const char *candidate)
{
    const size_t len = strlen(nearest->word);
    const bool begins = len >= 2 && strncmp(candidate, nearest->word, len) == 0;
    const size_t far = begins ? 1 : distance(nearest->word, candidate);
    if (far <= NEAR && far < strlen(candidate) && far < nearest->distance) {
        nearest->distance = far;
        nearest->found = candidate;
    }
}

const char *suggest_noun(const char *word)
{
    struct nearest nearest = { .word = word, .distance = WORD_MOST };
    for (const struct topic *topic = TOPICS; topic->title != NULL; topic++) {
        for (const struct noun *const *noun = topic->nouns; *noun != NULL; noun++)
            offer(&nearest, (*noun)->name);
    }
    return nearest.found;
}

const char *suggest_verb(const struct noun *noun, const char *word)
{
    struct nearest nearest = { .word = word, .distance = WORD_MOST };
    for (size_t i = 0; i < noun->verb_count; i++)
        offer(&nearest, noun->verbs[i].name);
    return nearest.found;
}

const char *suggest_option(const struct verb *verb, const char *word)
{
    struct nearest nearest = { .word = word, .distance = WORD_MOST };
    for (size_t i = 0; verb != NULL && i < verb->option_count; i++)
        offer(&nearest, verb->options[i].name);
    for (const struct global_option *option = GLOBAL_OPTIONS; option->name != NULL; option++)
        offer(&nearest, option->name);
    return nearest.found;
}
