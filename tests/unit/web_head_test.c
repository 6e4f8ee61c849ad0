/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/support.h"
#include "web/head.h"

static const struct {
    const char *content_length;
    const char *transfer_encoding;
    int64_t len;
} FRAMINGS[] = {
    {NULL,                   NULL,            0                 },
    { "0",                   NULL,            0                 },
    { "42",                  NULL,            42                },
    { "0042",                NULL,            42                },
    { "999999999999999999",  NULL,            999999999999999999},
    { "9999999999999999999", NULL,            -2                },
    { "",                    NULL,            -2                },
    { "-1",                  NULL,            -2                },
    { "+1",                  NULL,            -2                },
    { "1 ",                  NULL,            -2                },
    { "1, 1",                NULL,            -2                },
    { "0x1",                 NULL,            -2                },
    { NULL,                  "chunked",       -1                },
    { NULL,                  "Chunked",       -1                },
    { NULL,                  "gzip, chunked", -2                },
    { NULL,                  "identity",      -2                },
    { NULL,                  "",              -2                },
    { "1",                   "chunked",       -2                },
};

static void a_body_has_one_framing_or_none(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT_OF(FRAMINGS); i++) {
        const struct web_head head = { .content_length = FRAMINGS[i].content_length,
                                       .transfer_encoding = FRAMINGS[i].transfer_encoding };
        assert_int_equal(web_head_body_len(&head), FRAMINGS[i].len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_has_one_framing_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
