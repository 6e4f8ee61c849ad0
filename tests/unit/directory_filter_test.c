/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "directory/connection_internal.h"
#include "directory/filter.h"

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

static void values_are_escaped(void **state)
{
    (void) state;

    static const struct {
        const char *value;
        const char *filter;
    } CASES[] = {
        {"jane",              "(uid=jane)"                     },
        { "a b",              "(uid=a b)"                      },
        { "*",                "(uid=\\2A)"                     },
        { "a)(objectClass=*", "(uid=a\\29\\28objectClass=\\2A)"},
        { "\\2a",             "(uid=\\5C2a)"                   },
        { "Jané",            "(uid=Jan\\C3\\A9)"              },
        { "a\nb",             "(uid=a\\0Ab)"                   },
        { "&|!",              "(uid=&|!)"                      },
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        assert_string_equal(filter_equals(arena, "uid", CASES[i].value)->text, CASES[i].filter);
        assert_string_equal(filter_equals_bytes(arena, "uid", CASES[i].value, strlen(CASES[i].value))->text,
                            CASES[i].filter);
    }
    assert_string_equal(filter_equals_bytes(arena, "uid", "a\0b", 3)->text, "(uid=a\\00b)");
}

static void substrings_keep_their_stars_and_escape_others(void **state)
{
    (void) state;
    assert_string_equal(filter_contains(arena, "cn", "a*b")->text, "(cn=*a\\2Ab*)");
    assert_string_equal(filter_begins(arena, "cn", "(x")->text, "(cn=\\28x*)");
    assert_string_equal(filter_present(arena, "lkSend")->text, "(lkSend=*)");
    assert_string_equal(filter_at_least(arena, "entryCSN", "2026)")->text, "(entryCSN>=2026\\29)");
}

static void filters_combine(void **state)
{
    (void) state;
    const struct directory_filter *a = filter_equals(arena, "a", "1");
    const struct directory_filter *b = filter_present(arena, "b");
    assert_string_equal(filter_and(arena, a, b)->text, "(&(a=1)(b=*))");
    assert_string_equal(filter_or(arena, a, b)->text, "(|(a=1)(b=*))");
    assert_string_equal(filter_all(arena, (const struct directory_filter *const[]){ a, b, a }, 3)->text,
                        "(&(a=1)(b=*)(a=1))");
    assert_string_equal(filter_not(arena, filter_and(arena, a, b))->text, "(!(&(a=1)(b=*)))");
    assert_string_equal(filter_and(arena, a, filter_tested(arena, b))->text, "(&(a=1)(!(!(b=*))))");
}

static void what_cannot_be_asserted_matches_nothing(void **state)
{
    (void) state;
    const struct directory_filter *const CASES[] = {
        filter_equals(arena, "uid", ""),   filter_equals(arena, "uid", NULL), filter_equals_bytes(arena, "uid", "", 0),
        filter_contains(arena, "uid", ""), filter_begins(arena, "uid", ""),   filter_equals(arena, "uid=a)(b", "x"),
        filter_equals(arena, "", "x"),     filter_present(arena, "a)(b"),     filter_present(arena, "uid "),
    };
    const struct directory_filter *some = filter_present(arena, "uid");
    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        assert_true(filter_matches_nothing(CASES[i]));
        assert_true(filter_matches_nothing(filter_and(arena, CASES[i], some)));
        assert_true(filter_matches_nothing(filter_and(arena, some, CASES[i])));
        assert_true(filter_matches_nothing(filter_and(arena, some, filter_tested(arena, CASES[i]))));
        assert_ptr_equal(filter_or(arena, CASES[i], some), some);
        assert_ptr_equal(filter_or(arena, some, CASES[i]), some);
    }
    assert_false(filter_matches_nothing(some));
    assert_string_equal(filter_not(arena, CASES[0])->text, "(!(!(objectClass=*)))");
}

static const uint8_t UUID[16] = { 0x66, 0x44, 0x60, 0x01, 0x1d, 0xd2, 0x11, 0xb2,
                                  0x80, 0xcd, 0xfc, 0x6c, 0x0b, 0x1d, 0xf2, 0xb6 };

static void an_identity_is_written_as_its_server_writes_it(void **state)
{
    (void) state;
    assert_string_equal(filter_equals_uuid(arena, "entryUUID", UUID)->text,
                        "(entryUUID=66446001-1dd2-11b2-80cd-fc6c0b1df2b6)");
    assert_string_equal(filter_equals_uuid(arena, "nsuniqueid", UUID)->text,
                        "(nsuniqueid=66446001-1dd211b2-80cdfc6c-0b1df2b6)");
    const char *binary = filter_equals_uuid(arena, "objectGUID", UUID)->text;
    assert_non_null(strstr(binary, "\\80\\CD\\FC"));
}

static struct directory_entry entry_with(const char *name, const char *bytes, size_t len)
{
    struct directory_value *value = lk_arena_alloc(arena, sizeof *value);
    struct directory_attribute *attribute = lk_arena_alloc(arena, sizeof *attribute);
    *value = (struct directory_value){ .bytes = bytes, .len = len };
    *attribute = (struct directory_attribute){ .name = name, .count = 1, .values = value };
    return (struct directory_entry){ .dn = "dc=x", .count = 1, .attributes = attribute };
}

static void an_identity_is_read_as_its_server_writes_it(void **state)
{
    (void) state;

    static const struct {
        const char *attribute;
        const char *bytes;
        size_t len;
        enum lk_status status;
    } CASES[] = {
        {"entryUUID",   "66446001-1dd2-11b2-80cd-fc6c0b1df2b6", 36, LK_OK       },
        { "nsUniqueId", "66446001-1dd211b2-80cdfc6c-0b1df2b6",  35, LK_OK       },
        { "objectGUID", (const char *) UUID,                    16, LK_OK       },
        { "entryUUID",  "66446001-1dd211b2-80cdfc6c-0b1df2b6",  35, LK_MALFORMED},
        { "nsUniqueId", "66446001-1dd2-11b2-80cd-fc6c0b1df2b6", 36, LK_MALFORMED},
        { "nsUniqueId", "66446001-1dd211b2-80cdfc6c00b1df2b6",  35, LK_MALFORMED},
        { "nsUniqueId", "66446001-1dd2x1b2-80cdfc6c-0b1df2b6",  35, LK_MALFORMED},
        { "objectGUID", (const char *) UUID,                    15, LK_MALFORMED},
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        const struct directory_entry entry = entry_with(CASES[i].attribute, CASES[i].bytes, CASES[i].len);
        uint8_t id[16] = { 0 };
        assert_int_equal(unique_id_read(&entry, CASES[i].attribute, id), CASES[i].status);
        if (CASES[i].status == LK_OK)
            assert_memory_equal(id, UUID, sizeof UUID);
        assert_int_equal(unique_id_read(&entry, "other", id), LK_MALFORMED);
    }
}

static void attributes_are_found_without_case_and_options(void **state)
{
    (void) state;
    static const struct directory_value GERMAN = { "de", 2 };
    static const struct directory_value PLAIN = { "plain", 5 };
    static const struct directory_attribute ATTRIBUTES[] = {
        {"cn;lang-de",           1, &GERMAN},
        { "CN",                  1, &PLAIN },
        { "description;lang-de", 1, &GERMAN},
        { "title",               0, NULL   },
        { "cnOther",             1, &PLAIN },
    };
    const struct directory_entry entry = { "dc=x", COUNT_OF(ATTRIBUTES), ATTRIBUTES };
    assert_string_equal(directory_first(&entry, "cn"), "plain");
    assert_string_equal(directory_first(&entry, "Description"), "de");
    assert_null(directory_first(&entry, "title"));
    assert_non_null(directory_attribute(&entry, "TITLE"));
    assert_null(directory_attribute(&entry, "c"));
    assert_null(directory_attribute(&entry, "cnO"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_escaped),
        cmocka_unit_test(substrings_keep_their_stars_and_escape_others),
        cmocka_unit_test(filters_combine),
        cmocka_unit_test(what_cannot_be_asserted_matches_nothing),
        cmocka_unit_test(an_identity_is_written_as_its_server_writes_it),
        cmocka_unit_test(an_identity_is_read_as_its_server_writes_it),
        cmocka_unit_test(attributes_are_found_without_case_and_options),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
