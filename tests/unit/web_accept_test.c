/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/support.h"
#include "web/accept.h"

#include <string.h>

static const struct {
    const char *accept;
    bool json;
} ACCEPT[] = {
    {NULL,                                                                          false},
    { "",                                                                           false},
    { "*/*",                                                                        false},
    { "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", false},
    { "application/json",                                                           true },
    { "Application/JSON",                                                           true },
    { "application/problem+json",                                                   true },
    { "application/*",                                                              true },
    { "application/json, text/html",                                                false},
    { "application/json, text/html;q=0.9",                                          true },
    { "application/json;q=0.8, text/html;q=0.9",                                    false},
    { "application/json;q=0.8;x=y, text/html ; q=0.75",                             true },
    { "application/json, */*",                                                      false},
    { "application/json, */*;q=0.5",                                                true },
    { "text/html;q=0.1, */*",                                                       true },
    { "application/json;q=0",                                                       false},
    { "application/json;q=0.0, */*",                                                false},
    { "text/plain",                                                                 false},
    { "application/json;charset=utf-8",                                             true },
    { " , ,application/json , ",                                                    true },
    { "application/json;q=nonsense",                                                false},
    { "application/json;q=9",                                                       true },
    { ";;;=,;q=,/",                                                                 false},
};

static void json_is_preferred_only_where_it_is_said(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT_OF(ACCEPT); i++) {
        if (web_accept_wants_json(ACCEPT[i].accept) != ACCEPT[i].json)
            fail_msg("%s", ACCEPT[i].accept);
    }
}

static void only_the_beginning_is_looked_at(void **state)
{
    (void) state;
    char accept[4096];
    memset(accept, ',', sizeof accept);
    memcpy(accept + 2048, "application/json", 16);
    accept[sizeof accept - 1] = '\0';
    assert_false(web_accept_wants_json(accept));
    assert_true(web_accept_wants_json(accept + 2000));
}

static void media_types_compare_without_parameters(void **state)
{
    (void) state;
    assert_true(web_media_type_is("text/html", "text/html"));
    assert_true(web_media_type_is("TEXT/html;charset=utf-8", "text/html"));
    assert_true(web_media_type_is("text/html ; charset=utf-8", "text/html"));
    assert_false(web_media_type_is("text/html5", "text/html"));
    assert_false(web_media_type_is("text/htm", "text/html"));
    assert_false(web_media_type_is("text/html, text/plain", "text/html"));
    assert_false(web_media_type_is("", "text/html"));
    assert_false(web_media_type_is(NULL, "text/html"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_preferred_only_where_it_is_said),
        cmocka_unit_test(only_the_beginning_is_looked_at),
        cmocka_unit_test(media_types_compare_without_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
