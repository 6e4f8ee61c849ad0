/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/support.h"
#include "web/cookie.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *header;
    enum lk_status status;
    const char *value;
} COOKIES[] = {
    {"a=b",            LK_OK,        "b"     },
    { "x=y; a=b; z=w", LK_OK,        "b"     },
    { "x=y;a=b",       LK_OK,        "b"     },
    { " a = b ",       LK_OK,        "b"     },
    { "a=\"b\"",       LK_OK,        "b"     },
    { "a=",            LK_OK,        ""      },
    { "a=A-z_09",      LK_OK,        "A-z_09"},
    { "a=b; a=b",      LK_OK,        "b"     },
    { "a=b; a=\"b\"",  LK_OK,        "b"     },
    { "",              LK_ABSENT,    NULL    },
    { "a",             LK_ABSENT,    NULL    },
    { "A=b",           LK_ABSENT,    NULL    },
    { "aa=b",          LK_ABSENT,    NULL    },
    { "x=a=b",         LK_ABSENT,    NULL    },
    { "x=\"; a\"=b",   LK_ABSENT,    NULL    },
    { ";;;",           LK_ABSENT,    NULL    },
    { "a=b; a=c",      LK_CONFLICT,  NULL    },
    { "a=b; x; a=",    LK_CONFLICT,  NULL    },
    { "a=b c",         LK_MALFORMED, NULL    },
    { "a=b,c",         LK_MALFORMED, NULL    },
    { "a=b=",          LK_MALFORMED, NULL    },
    { "a=\"b",         LK_MALFORMED, NULL    },
    { "a=\"",          LK_MALFORMED, NULL    },
    { "a=b\xC3\xA9",   LK_MALFORMED, NULL    },
};

static void cookies_are_found_or_not(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT_OF(COOKIES); i++) {
        const char *value = NULL;
        size_t len = 0;
        assert_int_equal(web_cookie_find(COOKIES[i].header, strlen(COOKIES[i].header), "a", &value, &len),
                         COOKIES[i].status);
        if (COOKIES[i].value == NULL) {
            assert_null(value);
            continue;
        }
        assert_int_equal(len, strlen(COOKIES[i].value));
        assert_memory_equal(value, COOKIES[i].value, len);
    }
}

static void a_header_without_end_is_not_looked_at(void **state)
{
    (void) state;
    const char *value = NULL;
    size_t len = 0;
    char *header = malloc(WEB_COOKIE_HEADER_MOST + 1);
    assert_non_null(header);
    memset(header, ';', WEB_COOKIE_HEADER_MOST + 1);
    memcpy(header, "a=b", 3);
    assert_int_equal(web_cookie_find(header, WEB_COOKIE_HEADER_MOST, "a", &value, &len), LK_OK);
    assert_int_equal(web_cookie_find(header, WEB_COOKIE_HEADER_MOST + 1, "a", &value, &len), LK_ABSENT);
    assert_int_equal(web_cookie_find(NULL, 0, "a", &value, &len), LK_ABSENT);
    free(header);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cookies_are_found_or_not),
        cmocka_unit_test(a_header_without_end_is_not_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
