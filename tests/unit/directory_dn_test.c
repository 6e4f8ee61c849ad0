/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "directory/filter.h"

#include <ldap.h>
#include <string.h>

static struct lk_arena *arena;

static int set_up(void **state)
{
    (void) state;
    arena = lk_arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    lk_arena_free(arena);
    return 0;
}

static const struct {
    const char *value;
    const char *dn;
} CHILDREN[] = {
    {"jane",              "uid=jane,ou=accounts,dc=x"                     },
    { "Jané",            "uid=Jané,ou=accounts,dc=x"                    },
    { "a,b",              "uid=a\\2Cb,ou=accounts,dc=x"                   },
    { "a+uid=b",          "uid=a\\2Buid\\3Db,ou=accounts,dc=x"            },
    { "x,ou=services",    "uid=x\\2Cou\\3Dservices,ou=accounts,dc=x"      },
    { "#04",              "uid=\\2304,ou=accounts,dc=x"                   },
    { " jane ",           "uid=\\20jane\\20,ou=accounts,dc=x"             },
    { "a\"b\\c<d>;e",     "uid=a\\22b\\5Cc\\3Cd\\3E\\3Be,ou=accounts,dc=x"},
    { "jane@example.org", "uid=jane@example.org,ou=accounts,dc=x"         },
};

static void a_child_carries_its_value_and_nothing_more(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT_OF(CHILDREN); i++) {
        const char *dn = NULL;
        assert_int_equal(dn_child(arena, "uid", CHILDREN[i].value, "ou=accounts,dc=x", &dn), LK_OK);
        assert_string_equal(dn, CHILDREN[i].dn);
        LDAPDN parsed = NULL;
        assert_int_equal(ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3), LDAP_SUCCESS);
        assert_null(parsed[3]);
        assert_null(parsed[0][1]);
        assert_int_equal(parsed[0][0]->la_value.bv_len, strlen(CHILDREN[i].value));
        assert_memory_equal(parsed[0][0]->la_value.bv_val, CHILDREN[i].value, strlen(CHILDREN[i].value));
        ldap_dnfree(parsed);
        const char *value = NULL;
        assert_int_equal(dn_value(arena, dn, "UID", &value), LK_OK);
        assert_string_equal(value, CHILDREN[i].value);
        assert_int_equal(dn_value(arena, dn, "cn", &value), LK_ABSENT);
    }
    const char *value = NULL;
    assert_int_equal(dn_value(arena, "uid=a+cn=b,dc=x", "uid", &value), LK_ABSENT);
    assert_int_equal(dn_value(arena, "no name", "uid", &value), LK_MALFORMED);
    assert_null(value);
}

static void a_child_needs_a_value_a_type_and_a_parent(void **state)
{
    (void) state;

    static const struct {
        const char *attribute;
        const char *value;
        const char *parent;
    } CASES[] = {
        {"uid",       "",         "dc=x"   },
        { "uid",      NULL,       "dc=x"   },
        { "uid",      "jane",     ""       },
        { "uid",      "jane",     "no name"},
        { "uid",      "jane",     "dc=x,"  },
        { "uid=a,cn", "jane",     "dc=x"   },
        { "",         "jane",     "dc=x"   },
        { "uid",      "\xff\xfe", "dc=x"   },
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const char *dn = NULL;
        assert_int_equal(dn_child(arena, CASES[i].attribute, CASES[i].value, CASES[i].parent, &dn), LK_MALFORMED);
        assert_null(dn);
    }
}

static void a_parent_is_what_stands_behind_the_first_part(void **state)
{
    (void) state;

    static const struct {
        const char *dn;
        const char *parent;
    } CASES[] = {
        {"cn=Jane,o=Acme,dc=x",        "o=Acme,dc=x"  },
        { "cn=Jané,o=Café,dc=x",     "o=Café,dc=x" },
        { "cn=a\\,b,o=Acme,dc=x",      "o=Acme,dc=x"  },
        { "cn=a\\2Cb,o=Acme,dc=x",     "o=Acme,dc=x"  },
        { "cn=a\\\\,o=Acme,dc=x",      "o=Acme,dc=x"  },
        { "cn=a\\\\\\,b,o=Acme,dc=x",  "o=Acme,dc=x"  },
        { "cn=a+uid=b, o=Acme , dc=x", "o=Acme , dc=x"},
        { "cn=#04024869,dc=x",         "dc=x"         },
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const char *parent = NULL;
        assert_int_equal(dn_parent(arena, CASES[i].dn, &parent), LK_OK);
        assert_string_equal(parent, CASES[i].parent);
    }
}

static void what_has_no_parent_says_so(void **state)
{
    (void) state;
    static const char *const CASES[] = { "dc=x", "", "no name", "cn=a,", ",dc=x", "cn=a,,dc=x", "cn=\"a,b\",dc=x" };
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const char *parent = NULL;
        assert_int_equal(dn_parent(arena, CASES[i], &parent), LK_MALFORMED);
        assert_null(parent);
    }
}

static const struct {
    const char *a;
    const char *b;
    bool same;
} PAIRS[] = {
    {"uid=jane,dc=x",         "uid=jane,dc=x",      true },
    { "uid=jane,dc=x",        "UID=Jane , DC=X",    true },
    { "uid=jané,dc=x",       "uid=JANÉ,dc=x",     true },
    { "uid=jan\\C3\\A9,dc=x", "uid=jané,dc=x",     true },
    { "uid=a\\,b,dc=x",       "uid=a\\2Cb,dc=x",    true },
    { "uid=a  b,dc=x",        "uid=a b,dc=x",       true },
    { "uid=a\\20,dc=x",       "uid=a,dc=x",         true },
    { "cn=a+uid=b,dc=x",      "uid=B+cn=A,dc=x",    true },
    { "uid=jane,dc=x",        "uid=joan,dc=x",      false},
    { "uid=jane,dc=x",        "cn=jane,dc=x",       false},
    { "uid=jane,dc=x",        "uid=jane,ou=y,dc=x", false},
    { "uid=jane,dc=x",        "dc=x",               false},
    { "cn=a+uid=b,dc=x",      "cn=a,dc=x",          false},
    { "cn=#0401,dc=x",        "cn=\\0401,dc=x",     false},
    { "cn=\\ff,dc=x",         "cn=\\fe,dc=x",       false},
    { "uid=jane,dc=x",        "no name",            false},
    { "no name",              "no name",            false},
    { "",                     "",                   false},
    { "uid=jane,dc=x",        "",                   false},
};

static void names_are_compared_by_what_they_mean(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT_OF(PAIRS); i++) {
        if (dn_equals(PAIRS[i].a, PAIRS[i].b) != PAIRS[i].same || dn_equals(PAIRS[i].b, PAIRS[i].a) != PAIRS[i].same)
            fail_msg("%s and %s", PAIRS[i].a, PAIRS[i].b);
    }
    assert_false(dn_equals(NULL, "dc=x"));
    assert_false(dn_equals(NULL, NULL));
}

static void below_is_not_at_and_not_beside(void **state)
{
    (void) state;

    static const struct {
        const char *dn;
        const char *base;
        bool below;
    } CASES[] = {
        {"uid=jane,ou=accounts,dc=x",       "ou=accounts,dc=x", true },
        { "uid=jane,OU=Accounts, dc=x",     "ou=accounts,dc=x", true },
        { "uid=jane,ou=a,ou=accounts,dc=x", "ou=accounts,dc=x", true },
        { "ou=accounts,dc=x",               "ou=accounts,dc=x", false},
        { "dc=x",                           "ou=accounts,dc=x", false},
        { "uid=jane,ou=others,dc=x",        "ou=accounts,dc=x", false},
 /* As text it ends in the base; as a name it does not. */
        { "uid=jane\\,ou=accounts,dc=x",    "ou=accounts,dc=x", false},
        { "uid=jane,cou=accounts,dc=x",     "ou=accounts,dc=x", false},
        { "uid=jane,dc=x",                  "",                 false},
        { "no name",                        "dc=x",             false},
        { "uid=jane,dc=x",                  "no name",          false},
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        if (dn_is_below(CASES[i].dn, CASES[i].base) != CASES[i].below)
            fail_msg("%s below %s", CASES[i].dn, CASES[i].base);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_carries_its_value_and_nothing_more),
        cmocka_unit_test(a_child_needs_a_value_a_type_and_a_parent),
        cmocka_unit_test(a_parent_is_what_stands_behind_the_first_part),
        cmocka_unit_test(what_has_no_parent_says_so),
        cmocka_unit_test(names_are_compared_by_what_they_mean),
        cmocka_unit_test(below_is_not_at_and_not_beside),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
