/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials/breach.h"
#include "unit/testing.h"

#include <string.h>

#define SUFFIX "1e4c9b93f3f0682250b6cf8331b7ee68fd8"
#define OTHER  "0018A45C4D1DEF81644B54AB7F969B88D65"

static const struct {
    const char *body;
    enum breach_finding finding;
} answers[] = {
    {"1E4C9B93F3F0682250B6CF8331B7EE68FD8:3861493",            BREACH_FOUND    },
    { OTHER ":1\r\n1E4C9B93F3F0682250B6CF8331B7EE68FD8:3\r\n", BREACH_FOUND    },
    { OTHER ":1\n" SUFFIX ":3\n" OTHER ":2\n",                 BREACH_FOUND    },
    { OTHER ":1\r\n" OTHER ":12",                              BREACH_NOT_FOUND},
    { "",                                                      BREACH_NOT_FOUND},
    { SUFFIX ":0\r\n",                                         BREACH_NOT_FOUND}, /* padding */
    { SUFFIX ":00\r\n",                                        BREACH_NOT_FOUND},
    { "<html>Welcome to the hotel's network</html>",           BREACH_UNKNOWN  },
    { OTHER ":1\r\nfour hundred\r\n",                          BREACH_UNKNOWN  },
    { "garbage\r\n" SUFFIX ":3\r\n",                           BREACH_FOUND    }, /* better believed than not */
    { SUFFIX "\r\n",                                           BREACH_UNKNOWN  },
    { SUFFIX ":\r\n",                                          BREACH_UNKNOWN  },
    { SUFFIX ":-1\r\n",                                        BREACH_UNKNOWN  },
    { SUFFIX ":99999999999999999999\r\n",                      BREACH_UNKNOWN  },
    { "F" SUFFIX ":1\r\n",                                     BREACH_UNKNOWN  },
};

static void test_answers(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (breach_read(answers[i].body, strlen(answers[i].body), SUFFIX) != answers[i].finding)
            fail_msg("answer %zu: '%s'", i, answers[i].body);
}

static void test_a_nul_is_nonsense(void **state)
{
    (void) state;
    static const char body[] = OTHER ":1\0" SUFFIX ":3\r\n";
    assert_int_equal(breach_read(body, sizeof body - 1, SUFFIX), BREACH_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_a_nul_is_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
