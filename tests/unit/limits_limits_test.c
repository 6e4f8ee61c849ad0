/* SPDX-License-Identifier: Apache-2.0 */
#include "limits/limits.h"
#include "limits/network.h"
#include "unit/testing.h"

#include <sodium/core.h>
#include <stdbool.h>
#include <string.h>

static void test_networks(void **state)
{
    (void) state;

    static const struct {
        const char *a, *b;
        bool is_same;
    } CASES[] = {
        {"192.0.2.1",    "192.0.2.200",        true },
        { "192.0.2.1",   "192.0.3.1",          false},
        { "2001:db8::1", "2001:db8:0:ffff::1", true },
        { "2001:db8::1", "2001:db8:1::1",      false},
        { "192.0.2.1",   "c000:201::",         false},
    };

    const struct network_prefixes prefixes = { .ipv4 = 24, .ipv6 = 48 };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        uint8_t a[NETWORK_LEN];
        uint8_t b[NETWORK_LEN];
        assert_int_equal(network_of(CASES[i].a, prefixes, a), LK_OK);
        assert_int_equal(network_of(CASES[i].b, prefixes, b), LK_OK);
        assert_int_equal(memcmp(a, b, sizeof a) == 0, CASES[i].is_same);
    }
    uint8_t none[NETWORK_LEN];
    assert_int_equal(network_of("unix", prefixes, none), LK_ABSENT);
    assert_int_equal(network_of(NULL, prefixes, none), LK_ABSENT);
    const struct network_prefixes odd = { .ipv4 = 23, .ipv6 = 48 };
    uint8_t third[NETWORK_LEN];
    assert_int_equal(network_of("192.0.3.1", odd, third), LK_OK);
    assert_int_equal(third[3], 2);
}

static void test_all_or_none(void **state)
{
    (void) state;
    struct config *config = config_defaults();
    config->limits_address_tries = 2;
    config->limits_name_tries = 3;
    struct limits *limits = limits_new(config);
    config_free(config);
    const struct limits_subject here[] = {
        {LIMIT_SIGN_IN_NAME,     "ada"      },
        { LIMIT_SIGN_IN_ADDRESS, "192.0.2.1"}
    };
    const struct limits_subject there[] = {
        {LIMIT_SIGN_IN_NAME,     "ada"      },
        { LIMIT_SIGN_IN_ADDRESS, "192.0.2.2"}
    };
    const struct limits_subject unix_socket[] = {
        {LIMIT_SIGN_IN_ADDRESS,  "unix"},
        { LIMIT_SIGN_IN_ADDRESS, NULL  }
    };
    int64_t wait = 0;
    assert_int_equal(limits_take(limits, here, 2, &wait), LK_OK);
    assert_int_equal(limits_take(limits, here, 2, &wait), LK_OK);
    for (int i = 0; i < 5; i++)
        assert_int_equal(limits_take(limits, here, 2, &wait), LK_BUSY); /* and the name loses nothing */
    assert_in_range(wait, 1, 10);
    assert_int_equal(limits_take(limits, there, 2, &wait), LK_OK);
    assert_int_equal(limits_take(limits, there, 2, &wait), LK_BUSY);
    limits_give_back(limits, there, 2);
    assert_int_equal(limits_take(limits, there, 2, &wait), LK_OK);
    for (int i = 0; i < 50; i++)
        assert_int_equal(limits_take(limits, unix_socket, 2, &wait), LK_OK);
    limits_free(limits);
    limits_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_all_or_none),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
