/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/support.h"
#include "web/continue.h"
#include "web/route.h"

#include <string.h>

static const struct web_route ROUTES[] = {
    {"GET",   "/",                 NULL, WEB_ANYBODY, NULL, true },
    { "GET",  "/signin",           NULL, WEB_ANYBODY, NULL, false},
    { "POST", "/signin",           NULL, WEB_ANYBODY, NULL, false},
    { "GET",  "/t/{token}",        NULL, WEB_ANYBODY, NULL, true },
    { "POST", "/t/{token}",        NULL, WEB_ANYBODY, NULL, false},
    { "POST", "/signout",          NULL, WEB_ANYBODY, NULL, false},
    { "GET",  "/people/add",       NULL, WEB_ANYBODY, NULL, true },
    { "GET",  "/people/{id}",      NULL, WEB_ANYBODY, NULL, true },
    { "GET",  "/people/{id}/mail", NULL, WEB_ANYBODY, NULL, true },
    { NULL,   NULL,                NULL, WEB_ANYBODY, NULL, false},
};

/* A segment as long as may be, and one byte more. */
#define TEN      "0123456789"
#define HUNDRED  TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define MOST     HUNDRED TEN TEN "01234567"
#define TOO_LONG MOST "8"

static const struct {
    const char *method;
    const char *path;
    enum web_match_kind kind;
    const char *route;   /* of what was found */
    const char *segment; /* NULL: none */
    const char *allow;   /* where the method does not fit */
} MATCHES[] = {
    {"GET",   "/",              WEB_MATCH_FOUND,  "/",                 NULL,  ""               },
    { "HEAD", "/signin",        WEB_MATCH_FOUND,  "/signin",           NULL,  ""               },
    { "POST", "/signin",        WEB_MATCH_FOUND,  "/signin",           NULL,  ""               },
    { "GET",  "/t/abc",         WEB_MATCH_FOUND,  "/t/{token}",        "abc", ""               },
    { "POST", "/t/a b",         WEB_MATCH_FOUND,  "/t/{token}",        "a b", ""               },
    { "GET",  "/t/" MOST,       WEB_MATCH_FOUND,  "/t/{token}",        MOST,  ""               },
    { "GET",  "/people/add",    WEB_MATCH_FOUND,  "/people/add",       NULL,  ""               },
    { "GET",  "/people/x",      WEB_MATCH_FOUND,  "/people/{id}",      "x",   ""               },
    { "GET",  "/people/x/mail", WEB_MATCH_FOUND,  "/people/{id}/mail", "x",   ""               },
    { "GET",  "/t/" TOO_LONG,   WEB_MATCH_NONE,   NULL,                NULL,  ""               },
    { "GET",  "/t/",            WEB_MATCH_NONE,   NULL,                NULL,  ""               },
    { "GET",  "/t",             WEB_MATCH_NONE,   NULL,                NULL,  ""               },
    { "GET",  "/t/a/b",         WEB_MATCH_NONE,   NULL,                NULL,  ""               },
    { "GET",  "/t/a/",          WEB_MATCH_NONE,   NULL,                NULL,  ""               },
    { "GET",  "/signin/",       WEB_MATCH_NONE,   NULL,                NULL,  ""               },
    { "GET",  "//signin",       WEB_MATCH_NONE,   NULL,                NULL,  ""               },
    { "GET",  "/Signin",        WEB_MATCH_NONE,   NULL,                NULL,  ""               },
    { "GET",  "/sign",          WEB_MATCH_NONE,   NULL,                NULL,  ""               },
    { "GET",  "/signin2",       WEB_MATCH_NONE,   NULL,                NULL,  ""               },
    { "GET",  "",               WEB_MATCH_NONE,   NULL,                NULL,  ""               },
    { "GET",  "/people//mail",  WEB_MATCH_NONE,   NULL,                NULL,  ""               },
    { "PUT",  "/signin",        WEB_MATCH_METHOD, "/signin",           NULL,  "GET, HEAD, POST"},
    { "POST", "/",              WEB_MATCH_METHOD, "/",                 NULL,  "GET, HEAD"      },
    { "GET",  "/signout",       WEB_MATCH_METHOD, "/signout",          NULL,  "POST"           },
    { "HEAD", "/signout",       WEB_MATCH_METHOD, "/signout",          NULL,  "POST"           },
    { "get",  "/t/x",           WEB_MATCH_METHOD, "/t/{token}",        NULL,  "GET, HEAD, POST"},
};

static void requests_find_their_row(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT_OF(MATCHES); i++) {
        struct web_match match;
        assert_int_equal(web_route_match(ROUTES, MATCHES[i].method, MATCHES[i].path, &match), MATCHES[i].kind);
        assert_string_equal(match.allow, MATCHES[i].allow);
        if (MATCHES[i].route == NULL) {
            assert_null(match.route);
            continue;
        }
        assert_string_equal(match.route->path, MATCHES[i].route);
        assert_int_equal(match.segment_len, MATCHES[i].segment == NULL ? 0 : strlen(MATCHES[i].segment));
        if (MATCHES[i].segment != NULL)
            assert_memory_equal(match.segment, MATCHES[i].segment, match.segment_len);
    }
}

static const struct {
    const char *target;
    const char *path;
} WHOLE[] = {
    {"/",                    "/"                },
    { "/a/b",                "/a/b"             },
    { "//example.org/a",     "//example.org/a"  },
    { "http://example.org/", "/"                },
    { "HTTPS://h:8443/a%20", "/a%20"            },
    { "http://[::1]:80/a",   "/a"               },
    { "http://h",            "/"                },
    { "http://h:80",         "/"                },
    { "http://h//a",         "//a"              },
    { "http://h/http://i/",  "/http://i/"       },
    { "",                    ""                 },
    { "*",                   "*"                },
    { "a",                   "a"                },
    { "h:443",               "h:443"            },
    { "http:",               "http:"            },
    { "http:/a",             "http:/a"          },
    { "http:a",              "http:a"           },
    { "http://",             "http://"          },
    { "http:///a",           "http:///a"        },
    { "http://:80/a",        "http://:80/a"     },
    { "http://ada@h/a",      "http://ada@h/a"   },
    { "http://h\\a/b",       "http://h\\a/b"    },
    { "http://h#/a",         "http://h#/a"      },
    { "http://h a/b",        "http://h a/b"     },
    { "http://h\t/b",        "http://h\t/b"     },
    { "http://\xC3\xA9/a",   "http://\xC3\xA9/a"},
    { "httpx://h/a",         "httpx://h/a"      },
    { "ftp://h/a",           "ftp://h/a"        },
    { "ws://h/a",            "ws://h/a"         },
    { " http://h/a",         " http://h/a"      },
};

static void a_url_serves_as_its_path(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT_OF(WHOLE); i++)
        assert_string_equal(web_target_path(WHOLE[i].target), WHOLE[i].path);
}

static const struct {
    const char *raw;
    enum lk_status status;
    const char *path;
} PATHS[] = {
    {"/",           LK_OK,        "/"        },
    { "/a%20b+c",   LK_OK,        "/a b+c"   },
    { "/%C3%a9",    LK_OK,        "/\xC3\xA9"},
    { "/%2541",     LK_OK,        "/%41"     },
    { "/%2F%2e",    LK_OK,        "//."      },
    { "",           LK_MALFORMED, NULL       },
    { "a",          LK_MALFORMED, NULL       },
    { "*",          LK_MALFORMED, NULL       },
    { "http://x/",  LK_MALFORMED, NULL       },
    { "/%",         LK_MALFORMED, NULL       },
    { "/%4",        LK_MALFORMED, NULL       },
    { "/%4g",       LK_MALFORMED, NULL       },
    { "/%00",       LK_MALFORMED, NULL       },
    { "/%0a",       LK_MALFORMED, NULL       },
    { "/%7f",       LK_MALFORMED, NULL       },
    { "/%ff",       LK_MALFORMED, NULL       },
    { "/\xff",      LK_MALFORMED, NULL       },
    { "/%C0%AF",    LK_MALFORMED, NULL       },
    { "/%E2%80%AE", LK_MALFORMED, NULL       },
};

static void paths_are_decoded_once(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT_OF(PATHS); i++) {
        char path[WEB_PATH_MOST + 1] = "";
        assert_int_equal(web_path_decode(PATHS[i].raw, path), PATHS[i].status);
        assert_string_equal(path, PATHS[i].path == NULL ? "" : PATHS[i].path);
    }
}

static void paths_have_an_end(void **state)
{
    (void) state;
    char raw[WEB_PATH_MOST + 2];
    char path[WEB_PATH_MOST + 1] = "";
    memset(raw, '/', sizeof raw);
    raw[WEB_PATH_MOST + 1] = '\0';
    assert_int_equal(web_path_decode(raw, path), LK_BUSY);
    raw[WEB_PATH_MOST] = '\0';
    assert_int_equal(web_path_decode(raw, path), LK_OK);
    assert_string_equal(path, raw);
}

static const struct {
    const char *target;
    bool allowed;
} TARGETS[] = {
    {"/",                      true },
    { "/?a=b",                 true },
    { "/t/abc",                true },
    { "/t/abc?x=/../y&z=//e",  true },
    { "/people/x%20y/mail",    true },
    { "/signin",               false},
    { "/signout",              false},
    { "/nothing",              false},
    { "",                      false},
    { NULL,                    false},
    { "t/abc",                 false},
    { "//t/abc",               false},
    { "//evil.example",        false},
    { "https://evil.example/", false},
    { "/\\evil.example",       false},
    { "/t/\\evil",             false},
    { "/t/%5Cevil",            false},
    { "/t/..",                 false},
    { "/t/.",                  false},
    { "/t/../people",          false},
    { "/./people/x",           false},
    { "/t/%2e%2e",             false},
    { "/t/%2E",                false},
    { "/t/.a",                 false},
    { "/t/a#b",                false},
    { "/t/a b",                false},
    { "/t/a\r\nSet-Cookie: x", false},
    { "/t/\xC3\xA9",           false},
    { "/t/%C3%A9",             true },
    { "/t/%",                  false},
    { "/t/%00",                false},
    { "/people/add",           true },
    { "\t/t/abc",              false},
};

static void people_are_sent_on_only_to_what_is_named(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT_OF(TARGETS); i++) {
        if (web_continue_is_allowed(ROUTES, TARGETS[i].target) != TARGETS[i].allowed)
            fail_msg("%s", TARGETS[i].target);
    }
}

static void targets_have_an_end(void **state)
{
    (void) state;
    char target[1026];
    memset(target, 'a', sizeof target);
    memcpy(target, "/t/abc?", 7);
    target[1024] = '\0';
    assert_true(web_continue_is_allowed(ROUTES, target));
    target[1024] = 'a';
    target[1025] = '\0';
    assert_false(web_continue_is_allowed(ROUTES, target));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_serves_as_its_path),
        cmocka_unit_test(requests_find_their_row),
        cmocka_unit_test(paths_are_decoded_once),
        cmocka_unit_test(paths_have_an_end),
        cmocka_unit_test(people_are_sent_on_only_to_what_is_named),
        cmocka_unit_test(targets_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
