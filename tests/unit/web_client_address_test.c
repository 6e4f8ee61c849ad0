/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/support.h"
#include "web/client_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

static struct web_networks *networks_of(const char *const *items, size_t count)
{
    struct web_networks *networks = NULL;
    struct lk_trouble trouble;
    const struct config_words words = { .count = count, .items = items };
    assert_int_equal(web_networks_read(words, &networks, &trouble), LK_OK);
    return networks;
}

static void make_peer(const char *address, struct sockaddr_storage *peer_out)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
    memset(peer_out, 0, sizeof *peer_out);
    if (strcmp(address, "unix") == 0)
        peer_out->ss_family = AF_UNIX;
    else if (inet_pton(AF_INET, address, &in.sin_addr) == 1)
        memcpy(peer_out, &in, sizeof in);
    else if (inet_pton(AF_INET6, address, &in6.sin6_addr) == 1)
        memcpy(peer_out, &in6, sizeof in6);
    else
        fail_msg("%s", address);
}

static const char *const TRUSTED[] = { "10.0.0.0/8", "192.0.2.128/25", "2001:db8::/33", "::1", "unix" };

static const struct {
    const char *peer;
    const char *forwarded; /* NULL: none; "|" between headers */
    const char *seen;
} PEERS[] = {
    {"192.0.2.7",         NULL,                                 "192.0.2.7"       },
    { "192.0.2.7",        "6.6.6.6",                            "192.0.2.7"       },
    { "10.1.2.3",         NULL,                                 "10.1.2.3"        },
    { "10.1.2.3",         "6.6.6.6",                            "6.6.6.6"         },
    { "10.1.2.3",         "5.5.5.5, 6.6.6.6",                   "6.6.6.6"         },
    { "10.1.2.3",         "5.5.5.5,6.6.6.6 , 10.0.0.9",         "6.6.6.6"         },
    { "10.1.2.3",         "5.5.5.5|6.6.6.6|10.0.0.9, 10.0.0.8", "6.6.6.6"         },
    { "10.1.2.3",         "10.0.0.9, 10.0.0.8",                 "10.0.0.9"        },
    { "10.1.2.3",         "nonsense",                           "10.1.2.3"        },
    { "10.1.2.3",         "",                                   "10.1.2.3"        },
    { "10.1.2.3",         "6.6.6.6, , 10.0.0.9",                "10.0.0.9"        },
    { "10.1.2.3",         "6.6.6.6:1234",                       "6.6.6.6"         },
    { "10.1.2.3",         "[2001:db9::1]:1234",                 "2001:db9::1"     },
    { "10.1.2.3",         "[2001:db9::1",                       "10.1.2.3"        },
    { "10.1.2.3",         "2001:db9::1",                        "2001:db9::1"     },
    { "10.1.2.3",         "::ffff:6.6.6.6",                     "6.6.6.6"         },
    { "10.1.2.3",         "unknown",                            "10.1.2.3"        },
    { "11.1.2.3",         "6.6.6.6",                            "11.1.2.3"        },
    { "192.0.2.128",      "6.6.6.6",                            "6.6.6.6"         },
    { "192.0.2.127",      "6.6.6.6",                            "192.0.2.127"     },
    { "2001:db8:7fff::1", "6.6.6.6",                            "6.6.6.6"         },
    { "2001:db8:8000::1", "6.6.6.6",                            "2001:db8:8000::1"},
    { "::ffff:10.1.2.3",  "6.6.6.6",                            "6.6.6.6"         },
    { "::1",              "6.6.6.6",                            "6.6.6.6"         },
    { "::2",              "6.6.6.6",                            "::2"             },
    { "unix",             "6.6.6.6",                            "6.6.6.6"         },
    { "unix",             NULL,                                 "unix"            },
    { "unix",             "nonsense",                           "unix"            },
};

static void the_rightmost_stranger_counts(void **state)
{
    (void) state;
    struct web_networks *networks = networks_of(TRUSTED, COUNT_OF(TRUSTED));
    for (size_t i = 0; i < COUNT_OF(PEERS); i++) {
        struct sockaddr_storage peer;
        char header[256];
        char seen[WEB_ADDRESS_MOST];
        const char *values[4];
        size_t count = 0;
        make_peer(PEERS[i].peer, &peer);
        if (PEERS[i].forwarded != NULL) {
            strcpy(header, PEERS[i].forwarded);
            char *at = header;
            values[count++] = at;
            while ((at = strchr(at, '|')) != NULL) {
                *at++ = '\0';
                values[count++] = at;
            }
        }
        web_client_address(networks, (const struct sockaddr *) &peer, values, count, seen);
        assert_string_equal(seen, PEERS[i].seen);
    }
    web_networks_free(networks);
}

static void nobody_is_trusted_unless_named(void **state)
{
    (void) state;
    struct web_networks *networks = networks_of(NULL, 0);
    const char *const forwarded = "6.6.6.6";
    struct sockaddr_storage peer;
    char seen[WEB_ADDRESS_MOST];
    make_peer("unix", &peer);
    web_client_address(networks, (const struct sockaddr *) &peer, &forwarded, 1, seen);
    assert_string_equal(seen, "unix");
    web_client_address(networks, NULL, &forwarded, 1, seen);
    assert_string_equal(seen, "unknown");
    web_networks_free(networks);
}

static void networks_with_a_fault_are_named(void **state)
{
    static const char *const BAD[] = { "10.0.0.0/33", "10.0.0.0/",    "10.0.0.0/x", "10.0.0/8",
                                       "::/129",      "::1/1234",     "host",       "",
                                       "/8",          "10.0.0.0/8/8", "10.0.0.0/-1" };
    (void) state;
    for (size_t i = 0; i < COUNT_OF(BAD); i++) {
        struct web_networks *networks = NULL;
        struct lk_trouble trouble;
        const struct config_words words = { .count = 1, .items = &BAD[i] };
        assert_int_equal(web_networks_read(words, &networks, &trouble), LK_MALFORMED);
        assert_non_null(strstr(trouble.words, BAD[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rightmost_stranger_counts),
        cmocka_unit_test(nobody_is_trusted_unless_named),
        cmocka_unit_test(networks_with_a_fault_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
