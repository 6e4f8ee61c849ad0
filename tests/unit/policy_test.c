/* SPDX-License-Identifier: Apache-2.0 */
/* Policy answers as tests/policy/rules.eval says, fact by fact, and as tests/policy/matrix.table says, person by person: the pages
 * and the directory are held to the same table (tests/e2e/test_matrix.py). Both ask about every act. */
#include "policy/policy.h"
#include "unit/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef LATCHKEY_SOURCE
#define LATCHKEY_SOURCE "."
#endif

static unsigned facts_in(char *words, int line_number)
{
    unsigned facts = 0;
    char *rest = NULL;
    for (char *word = strtok_r(words, " \t", &rest); word != NULL; word = strtok_r(NULL, " \t", &rest)) {
        unsigned fact = policy_fact_named(word);
        if (fact == 0)
            fail_msg("rules.eval:%d: unknown fact %s", line_number, word);
        facts |= fact;
    }
    return facts;
}

static void check_line(char *line, int line_number, unsigned asked[POLICY_ACTS])
{
    char *arrow = strstr(line, "=>");
    if (arrow == NULL)
        fail_msg("rules.eval:%d: no =>", line_number);
    *arrow = '\0';
    char expected[16] = "";
    assert_int_equal(sscanf(arrow + 2, "%15s", expected), 1);
    size_t act_len = strcspn(line, " \t");
    char *facts_at = line + act_len;
    if (*facts_at != '\0')
        *facts_at++ = '\0';
    enum policy_act act = policy_act_named(line);
    if (act == POLICY_NOTHING && strcmp(line, "nothing") != 0)
        fail_msg("rules.eval:%d: unknown act %s", line_number, line);
    enum policy_verdict want = strcmp(expected, "allow") == 0 ? POLICY_ALLOWED : POLICY_REFUSED;
    if (policy_ask(act, facts_in(facts_at, line_number)) != want)
        fail_msg("rules.eval:%d: expected %s", line_number, expected);
    asked[act] |= 1U << want;
}

static void rules_answer_as_the_file_says(void **state)
{
    (void) state;
    FILE *file = fopen(LATCHKEY_SOURCE "/tests/policy/rules.eval", "r");
    assert_non_null(file);
    unsigned asked[POLICY_ACTS] = { 0 };
    char line[512];
    for (int number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        line[strcspn(line, "#\n")] = '\0';
        if (line[strspn(line, " \t")] != '\0')
            check_line(line, number, asked);
    }
    assert_int_equal(fclose(file), 0);
    for (size_t act = 1; act < POLICY_ACTS; act++)
        if (asked[act] != 3)
            fail_msg("rules.eval has not both answers for %s", policy_act_name((enum policy_act) act));
}

/* ---- the matrix: what holds for whom ---- */

#define OF_A_PERSON (FACT_SIGNED_IN | FACT_ACCOUNT_IS_MINE | FACT_PROFILE_IS_MINE)

struct known {
    const char *name;
    unsigned facts;
};

/* In the order of the columns. Facts are read afresh: whoever was an administrator is a person. */
static const struct known actors[] = {
    {"nobody",    0                                                         },
    { "account",  FACT_SIGNED_IN | FACT_ACCOUNT_IS_MINE                     },
    { "person",   OF_A_PERSON | FACT_PLAN_IS_CURRENT                        },
    { "admin",    OF_A_PERSON | FACT_PLAN_IS_CURRENT | FACT_IS_ADMINISTRATOR},
    { "ended",    OF_A_PERSON | FACT_IS_ADMINISTRATOR                       },
    { "former",   OF_A_PERSON | FACT_PLAN_IS_CURRENT                        },
    { "operator", FACT_SIGNED_IN | FACT_ACCOUNT_IS_MINE | FACT_IS_OPERATOR  },
};

#define ACTORS (sizeof actors / sizeof *actors)

static const struct known targets[] = {
    {"-",               0                                                                  },
    { "self",           FACT_TARGET_IS_IN_ORGANIZATION | FACT_TARGET_IS_ME                 },
    { "colleague",      FACT_TARGET_IS_IN_ORGANIZATION | FACT_TARGET_IS_ANOTHER            },
    { "foreigner",      FACT_TARGET_IS_ANOTHER                                             },
    { "house",          0                                                                  },
    { "other_house",    0                                                                  },
    { "own_link",       FACT_LINK_IS_LIVE | FACT_LINK_FITS_ACCOUNT | FACT_LINK_FITS_ADDRESS},
    { "others_link",    FACT_LINK_IS_LIVE | FACT_LINK_FITS_ADDRESS                         },
    { "undo_link",      FACT_LINK_IS_LIVE                                                  },
    { "proven",         FACT_PASSWORD_IS_PROVEN                                            },
    { "own_account",    FACT_PASSWORD_IS_PROVEN | FACT_IS_NO_OPERATOR                      },
    { "reset_link",     FACT_LINK_IS_LIVE | FACT_LINK_FITS_ADDRESS                         },
    { "own_profile",    0                                                                  },
    { "others_profile", 0                                                                  },
};

static unsigned facts_of_target(const char *name, int line_number)
{
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        if (strcmp(targets[i].name, name) == 0)
            return targets[i].facts;
    fail_msg("matrix.table:%d: unknown target %s", line_number, name);
    return 0;
}

static void check_cell(enum policy_act act, const char *target, const struct known *actor, char cell, int line_number)
{
    const enum policy_verdict want = cell == '+' || cell == 'w' ? POLICY_ALLOWED : POLICY_REFUSED;
    unsigned facts = actor->facts | facts_of_target(target, line_number);
    if (strcmp(target, "others_profile") == 0)
        facts &= ~(unsigned) FACT_PROFILE_IS_MINE;
    if (cell != '.' && policy_ask(act, facts) != want)
        fail_msg("matrix.table:%d: %s, %s: expected '%c'", line_number, policy_act_name(act), actor->name, cell);
}

static enum policy_act check_row(char *line, int line_number)
{
    char *rest = NULL;
    const enum policy_act act = policy_act_named(strtok_r(line, " ", &rest));
    const char *target = strtok_r(NULL, " ", &rest);
    if (act == POLICY_NOTHING || target == NULL)
        fail_msg("matrix.table:%d: unknown act, or no target", line_number);
    for (size_t i = 0; i < ACTORS; i++) {
        const char *cell = strtok_r(NULL, " ", &rest);
        if (cell == NULL || strlen(cell) != 1 || strchr("+-wd.", *cell) == NULL)
            fail_msg("matrix.table:%d: column %s is none of + - w d .", line_number, actors[i].name);
        check_cell(act, target, &actors[i], *cell, line_number);
    }
    return act;
}

static void check_heading(char *line)
{
    char *rest = NULL;
    assert_string_equal(strtok_r(line, " ", &rest), "act");
    assert_string_equal(strtok_r(NULL, " ", &rest), "target");
    for (size_t i = 0; i < ACTORS; i++)
        assert_string_equal(strtok_r(NULL, " ", &rest), actors[i].name);
}

static void people_are_answered_as_the_matrix_says(void **state)
{
    (void) state;
    FILE *file = fopen(LATCHKEY_SOURCE "/tests/policy/matrix.table", "r");
    assert_non_null(file);
    bool is_asked[POLICY_ACTS] = { false }, has_heading = false;
    char line[512];
    for (int number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        line[strcspn(line, "#\n")] = '\0';
        if (line[strspn(line, " ")] == '\0')
            continue;
        if (has_heading)
            is_asked[check_row(line, number)] = true;
        else
            check_heading(line);
        has_heading = true;
    }
    assert_int_equal(fclose(file), 0);
    for (size_t act = 1; act < POLICY_ACTS; act++)
        if (!is_asked[act])
            fail_msg("matrix.table has no line for %s", policy_act_name((enum policy_act) act));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_answer_as_the_file_says),
        cmocka_unit_test(people_are_answered_as_the_matrix_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
