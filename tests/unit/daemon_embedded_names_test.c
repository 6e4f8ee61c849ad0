/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/embedded_internal.h"
#include "unit/testing.h"

static void test_suffixes(void **state)
{
    (void) state;

    static const struct {
        const char *suffix;
        bool plain;
    } cases[] = {
        {"dc=example,dc=com", true },
        { "dc=x",             true },
        { "dc=a-b,dc=C9",     true },
        { "",                 false},
        { "dc=",              false},
        { "dc=a,",            false},
        { "dc=a, dc=b",       false},
        { "o=a",              false},
        { "dc=a,o=b",         false},
        { "dc=a.b",           false},
        { "dc=a\ndc=b",       false},
        { "dc=a)(x=*",        false},
        { "dc=\xc3\xbc",      false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (embedded_suffix_is_plain(cases[i].suffix) != cases[i].plain)
            fail_msg("suffix \"%s\"", cases[i].suffix);
}

static void test_listen_urls(void **state)
{
    (void) state;

    static const struct {
        const char *url;
        bool loopback;
    } cases[] = {
        {"ldap://127.0.0.1:3890",           true },
        { "ldap://127.0.0.1",               true },
        { "ldap://127.1.2.3:1/",            true },
        { "ldap://[::1]:3890",              true },
        { "ldap://localhost:3890",          true },
        { "ldap://localhost.example.com",   false},
        { "ldap://0.0.0.0:3890",            false},
        { "ldap://127.0.0.1.example.com",   false},
        { "ldap://[::]:3890",               false},
        { "ldap://:3890",                   false},
        { "ldap:///",                       false},
        { "ldaps://127.0.0.1",              false},
        { "ldapi://x",                      false},
        { "ldap://127.0.0.1:3890 ldap:///", false},
        { "ldap://127.0.0.1:",              false},
        { "ldap://127.0.0.1:123456",        false},
        { "",                               false},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (embedded_listen_is_loopback(cases[i].url) != cases[i].loopback)
            fail_msg("URL \"%s\"", cases[i].url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_suffixes),
        cmocka_unit_test(test_listen_urls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
