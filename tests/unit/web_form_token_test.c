/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/support.h"
#include "unit/web_rings.h"
#include "web/form_token.h"
#include "web/origin.h"

#define NOW INT64_C(1795000000)

static void a_token_holds_for_its_session_and_half_a_day(void **state)
{
    (void) state;
    struct key_ring *ring = ring_of("1 20260101000000Z make " KEY_A "\n");
    char token[WEB_FORM_TOKEN_LEN + 1];
    char nobody[WEB_FORM_TOKEN_LEN + 1];
    web_form_token_make(ring, "session", NOW, token);
    web_form_token_make(ring, NULL, NOW, nobody);
    assert_int_equal(strlen(token), WEB_FORM_TOKEN_LEN);
#define CHECK(session, text, when) web_form_token_check(ring, (session), (text), strlen(text), (when))
    assert_int_equal(CHECK("session", token, NOW), LK_OK);
    assert_int_equal(CHECK("session", token, NOW + WEB_FORM_TOKEN_AGE), LK_OK);
    assert_int_equal(CHECK("session", token, NOW + WEB_FORM_TOKEN_AGE + 1), LK_ABSENT);
    assert_int_equal(CHECK("session", token, NOW - 60), LK_OK);
    assert_int_equal(CHECK("session", token, NOW - 61), LK_ABSENT);
    assert_int_equal(CHECK("sessioN", token, NOW), LK_REFUSED);
    assert_int_equal(CHECK("session2", token, NOW), LK_REFUSED);
    assert_int_equal(CHECK(NULL, token, NOW), LK_REFUSED);
    assert_int_equal(CHECK(NULL, nobody, NOW), LK_OK);
    assert_int_equal(CHECK("", nobody, NOW), LK_OK);
    assert_int_equal(CHECK("session", nobody, NOW), LK_REFUSED);
    assert_int_equal(CHECK("session", "", NOW), LK_MALFORMED);
    assert_int_equal(CHECK("session", "x", NOW), LK_MALFORMED);
    key_ring_free(ring);
}

static void every_bit_of_a_token_counts(void **state)
{
    (void) state;
    struct key_ring *ring = ring_of("1 20260101000000Z make " KEY_A "\n2 20260101000000Z check " KEY_B "\n");
    char token[WEB_FORM_TOKEN_LEN + 1];
    web_form_token_make(ring, "session", NOW, token);
    for (size_t i = 0; i < WEB_FORM_TOKEN_LEN; i++) {
        const char kept = token[i];
        token[i] = kept == 'A' ? 'B' : 'A';
        assert_int_not_equal(CHECK("session", token, NOW), LK_OK);
        token[i] = kept;
    }
    assert_int_equal(CHECK("session", token, NOW), LK_OK);
    key_ring_free(ring);
}

static void a_ring_that_has_moved_on_still_checks(void **state)
{
    (void) state;
    struct key_ring *before = ring_of("1 20260101000000Z make " KEY_A "\n");
    struct key_ring *ring = ring_of("1 20260101000000Z check " KEY_A "\n2 20260201000000Z make " KEY_B "\n");
    struct key_ring *other = ring_of("1 20260101000000Z make " KEY_B "\n");
    char token[WEB_FORM_TOKEN_LEN + 1];
    web_form_token_make(before, "session", NOW, token);
    assert_int_equal(CHECK("session", token, NOW), LK_OK);
    assert_int_equal(web_form_token_check(other, "session", token, WEB_FORM_TOKEN_LEN, NOW), LK_REFUSED);
    key_ring_free(before);
    key_ring_free(ring);
    key_ring_free(other);
}

/* ---- where a POST comes from ---- */

static const struct {
    const char *url;
    const char *origin; /* NULL: none */
} ORIGINS[] = {
    {"http://127.0.0.1:8080",           "http://127.0.0.1:8080"     },
    { "https://Example.ORG/path?query", "https://example.org"       },
    { "https://example.org:443/",       "https://example.org"       },
    { "http://example.org:80",          "http://example.org"        },
    { "http://example.org:443",         "http://example.org:443"    },
    { "https://[2001:db8::1]:8443#x",   "https://[2001:db8::1]:8443"},
    { "ftp://example.org",              NULL                        },
    { "https://",                       NULL                        },
    { "https:///x",                     NULL                        },
    { "https://user@example.org",       NULL                        },
    { "example.org",                    NULL                        },
    { "",                               NULL                        },
};

static void origins_are_scheme_host_and_port(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT_OF(ORIGINS); i++) {
        char origin[WEB_ORIGIN_MOST];
        assert_int_equal(web_origin_of(ORIGINS[i].url, origin), ORIGINS[i].origin != NULL);
        if (ORIGINS[i].origin != NULL)
            assert_string_equal(origin, ORIGINS[i].origin);
    }
}

static const struct {
    const char *origin;
    const char *site;
    bool ours;
} POSTS[] = {
    {NULL,                                NULL,          true },
    { "https://example.org",              NULL,          true },
    { "https://example.org:443",          NULL,          true },
    { "null",                             NULL,          true },
    { "null",                             "same-origin", true },
    { NULL,                               "none",        true },
    { "http://example.org",               NULL,          false},
    { "https://example.org.evil.example", NULL,          false},
    { "https://evil.example",             "same-origin", false},
    { "https://example.org",              "cross-site",  false},
    { "https://example.org",              "same-site",   false},
    { "null",                             "cross-site",  false},
    { NULL,                               "Same-Origin", false},
    { NULL,                               "",            false},
    { "",                                 NULL,          false},
};

static void only_our_own_pages_may_post(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT_OF(POSTS); i++)
        assert_int_equal(web_origin_is_ours("https://example.org", POSTS[i].origin, POSTS[i].site), POSTS[i].ours);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_holds_for_its_session_and_half_a_day),
        cmocka_unit_test(every_bit_of_a_token_counts),
        cmocka_unit_test(a_ring_that_has_moved_on_still_checks),
        cmocka_unit_test(origins_are_scheme_host_and_port),
        cmocka_unit_test(only_our_own_pages_may_post),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
