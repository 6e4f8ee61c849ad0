/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "unit/testing.h"
#include "views/data.h"

#include <string.h>

static void assert_json(const struct view_data *data, const char *expected)
{
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(4096);
    view_data_json(data, &text);
    assert_true(lk_text_ok(&text));
    assert_string_equal(lk_text_string(&text), expected);
}

static void test_every_kind_as_json(void **state)
{
    (void) state;
    LK_CLEANUP(view_data_cleanup) struct view_data *data = view_object();
    view_text(data, "text", "a \"quoted\" <b>\n");
    view_text(data, "left_out", NULL);
    view_number(data, "number", INT64_C(9007199254740993));
    view_flag(data, "yes", true);
    view_flag(data, "no", false);
    view_time(data, "when", INT64_C(1795376463));
    struct view_data *list = view_list();
    view_append_text(list, "first");
    view_append_text(list, NULL);
    struct view_data *item = view_object();
    view_text(item, "name", "\xc3\xa9");
    view_append(list, item);
    view_child(data, "list", list);
    view_child(data, "empty", view_object());
    assert_json(data, "{\"text\":\"a \\\"quoted\\\" <b>\\n\",\"number\":9007199254740993,\"yes\":true,\"no\":false,"
                      "\"when\":\"2026-11-22T19:41:03Z\",\"list\":[\"first\",{\"name\":\"\xc3\xa9\"}],\"empty\":{}}");
}

static void test_names_for_templates_only_are_left_out(void **state)
{
    (void) state;
    LK_CLEANUP(view_data_cleanup) struct view_data *data = view_object();
    struct view_data *inner = view_object();
    view_text(inner, "_b", "hidden");
    view_text(inner, "c", "shown");
    view_text(data, "_first", "hidden");
    view_child(data, "inner", inner);
    view_child(data, "_last", view_list());
    assert_json(data, "{\"inner\":{\"c\":\"shown\"}}");
}

static void test_bytes_that_are_not_utf8_are_replaced(void **state)
{
    (void) state;

    static const struct {
        const char *bytes, *json;
    } cases[] = {
        {"\xff",              "[\"\xef\xbf\xbd\"]"                         },
        { "a\xc3",            "[\"a\xef\xbf\xbd\"]"                        },
        { "\xc0\xaf",         "[\"\xef\xbf\xbd\xef\xbf\xbd\"]"             },
        { "\xed\xa0\x80z",    "[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"]"},
        { "\xf0\x9f\x94\x91", "[\"\xf0\x9f\x94\x91\"]"                     },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        LK_CLEANUP(view_data_cleanup) struct view_data *list = view_list();
        view_append_text(list, cases[i].bytes);
        assert_json(list, cases[i].json);
    }
}

static void test_a_name_that_is_not_utf8_is_left_out(void **state)
{
    (void) state;
    LK_CLEANUP(view_data_cleanup) struct view_data *data = view_object();
    view_text(data, "\xff", "x");
    view_child(data, "\xfe", view_list());
    assert_json(data, "{}");
}

static void test_depth_is_bounded(void **state)
{
    (void) state;
    for (size_t depth = VIEW_DATA_DEPTH; depth <= VIEW_DATA_DEPTH + 1; depth++) {
        struct view_data *data = view_list();
        for (size_t i = 1; i < depth; i++) {
            struct view_data *outer = view_list();
            view_append(outer, data);
            data = outer;
        }
        LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(4096);
        view_data_json(data, &text);
        assert_int_equal(lk_text_ok(&text), depth <= VIEW_DATA_DEPTH);
        view_data_free(data);
    }
}

static void test_has(void **state)
{
    (void) state;
    LK_CLEANUP(view_data_cleanup) struct view_data *data = view_object();
    view_text(data, "a", "");
    assert_true(view_has(data, "a"));
    assert_false(view_has(data, "b"));
}

static void test_parse(void **state)
{
    (void) state;
    LK_CLEANUP(view_data_cleanup) struct view_data *data = view_data_parse("{\"a\":[1,null]}", 14);
    assert_non_null(data);
    assert_json(data, "{\"a\":[1,null]}");
    assert_null(view_data_parse("{", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_as_json),
        cmocka_unit_test(test_names_for_templates_only_are_left_out),
        cmocka_unit_test(test_bytes_that_are_not_utf8_are_replaced),
        cmocka_unit_test(test_a_name_that_is_not_utf8_is_left_out),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_has),
        cmocka_unit_test(test_parse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
