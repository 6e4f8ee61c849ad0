/* SPDX-License-Identifier: Apache-2.0 */
/* Policy answers as tests/policy/rules.eval says, line by line; and every act is asked about. */
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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(rules_answer_as_the_file_says) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
