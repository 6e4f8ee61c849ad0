/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "unit/support.h"
#include "web/fields.h"
#include "web/form.h"

#include <sodium/core.h>
#include <string.h>

/* ---- bytes to pairs ---- */

static const struct {
    const char *bytes;
    size_t len;
    const char *why; /* NULL: it is read as `pairs` */
    const char *pairs;
} FORMS[] = {
    {LITERAL(""),             NULL,             ""           },
    { LITERAL("a=1"),         NULL,             "a:1;"       },
    { LITERAL("a=1&b=2"),     NULL,             "a:1;b:2;"   },
    { LITERAL("&&a=1&&b=2&"), NULL,             "a:1;b:2;"   },
    { LITERAL("a"),           NULL,             "a:;"        },
    { LITERAL("a="),          NULL,             "a:;"        },
    { LITERAL("a==b=c"),      NULL,             "a:=b=c;"    },
    { LITERAL("a+b=c+d"),     NULL,             "a b:c d;"   },
    { LITERAL("a=%2B%26%3d"), NULL,             "a:+&=;"     },
    { LITERAL("%61=%C3%A9"),  NULL,             "a:\xC3\xA9;"},
    { LITERAL("a=%ff"),       NULL,             "a:\xff;"    },
    { LITERAL("=1"),          "form_malformed", NULL         },
    { LITERAL("="),           "form_malformed", NULL         },
    { LITERAL("a=%"),         "form_malformed", NULL         },
    { LITERAL("a=%4"),        "form_malformed", NULL         },
    { LITERAL("a=%4&b"),      "form_malformed", NULL         },
    { LITERAL("a=%g0"),       "form_malformed", NULL         },
    { LITERAL("%=1"),         "form_malformed", NULL         },
    { LITERAL("a=%00"),       "form_malformed", NULL         },
    { LITERAL("a=b\0c"),      "form_malformed", NULL         },
    { LITERAL("a\0=b"),       "form_malformed", NULL         },
    { LITERAL("a=1&a=2"),     "repeated_field", NULL         },
    { LITERAL("a=1&%61=1"),   "repeated_field", NULL         },
    { LITERAL("a=1&b&c&a"),   "repeated_field", NULL         },
};

static void write_pairs(const struct web_pairs *pairs, struct lk_text *text)
{
    for (size_t i = 0; i < pairs->count; i++) {
        lk_text_words(text, pairs->items[i].name);
        lk_text_literal(text, ":");
        lk_text_add(text, pairs->items[i].value, pairs->items[i].value_len);
        lk_text_literal(text, ";");
    }
}

static void forms_are_read_exactly(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    for (size_t i = 0; i < COUNT_OF(FORMS); i++) {
        struct web_pairs pairs;
        struct lk_text text = LK_TEXT(1024);
        const char *why = NULL;
        const enum lk_status status = web_form_parse(arena, FORMS[i].bytes, FORMS[i].len, &pairs, &why);
        if (FORMS[i].why != NULL) {
            assert_int_equal(status, LK_MALFORMED);
            assert_string_equal(why, FORMS[i].why);
            continue;
        }
        assert_int_equal(status, LK_OK);
        write_pairs(&pairs, &text);
        assert_string_equal(lk_text_string(&text), FORMS[i].pairs);
        lk_text_done(&text);
    }
}

static void more_than_so_many_pairs_are_refused(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct web_pairs pairs;
    struct lk_text text = LK_TEXT(8192);
    const char *why = NULL;
    for (int i = 0; i < WEB_FORM_PAIRS; i++)
        lk_text_format(&text, "n%d=1&", i);
    assert_int_equal(web_form_parse(arena, text.data, text.len, &pairs, &why), LK_OK);
    assert_int_equal(pairs.count, WEB_FORM_PAIRS);
    assert_non_null(web_pairs_find(&pairs, "n63"));
    assert_null(web_pairs_find(&pairs, "n64"));
    lk_text_words(&text, "last");
    assert_int_equal(web_form_parse(arena, text.data, text.len, &pairs, &why), LK_MALFORMED);
    assert_string_equal(why, "too_many_fields");
    lk_text_done(&text);
}

/* ---- pairs to fields ---- */

static const struct web_field FIELDS[] = {
    {"line",    WEB_LINE,       8,  false},
    { "secret", WEB_SECRET,     8,  false},
    { "mail",   WEB_ADDRESS,    64, false},
    { "box",    WEB_BOX,        8,  false},
    { "id",     WEB_IDENTIFIER, 36, false},
    { NULL,     WEB_LINE,       0,  false},
};
static const struct web_field NEEDED[] = {
    {"line",    WEB_LINE,   8, true },
    { "secret", WEB_SECRET, 8, true },
    { NULL,     WEB_LINE,   0, false},
};

static const struct {
    const struct web_field *fields;
    const char *form;
    const char *key;
    const char *field;
} FAULTS[] = {
    {FIELDS,  "other=1",          "unknown_field",   "other" },
    { FIELDS, "Line=1",           "unknown_field",   "Line"  },
    { NULL,   "line=1",           "unknown_field",   "line"  },
    { FIELDS, "line=123456789",   "field_too_long",  "line"  },
    { FIELDS, "secret=123456789", "field_too_long",  "secret"},
    { FIELDS, "line=a%0Ab",       "field_malformed", "line"  },
    { FIELDS, "line=%ff",         "field_malformed", "line"  },
    { FIELDS, "line=%E2%80%AE",   "field_malformed", "line"  },
    { FIELDS, "secret=%ff",       "field_malformed", "secret"},
    { FIELDS, "secret=%01",       "field_malformed", "secret"},
    { FIELDS, "mail=%ff",         "field_malformed", "mail"  },
    { FIELDS, "box=maybe",        "field_malformed", "box"   },
    { FIELDS, "box=Yes",          "field_malformed", "box"   },
    { NEEDED, "line=a",           "field_missing",   "secret"},
    { NEEDED, "line=a&secret=",   "field_missing",   "secret"},
    { NEEDED, "line=+&secret=b",  "field_missing",   "line"  },
    { NEEDED, "",                 "field_missing",   "line"  },
};

static enum lk_status fill(struct lk_arena *arena, const struct web_field *fields, const char *words, bool with_csrf,
                           struct web_form *form, struct web_form_fault *fault)
{
    struct web_pairs pairs;
    const char *why = NULL;
    assert_int_equal(web_form_parse(arena, words, strlen(words), &pairs, &why), LK_OK);
    return web_form_fill(arena, fields, &pairs, with_csrf, form, fault);
}

static void faults_name_their_field(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    for (size_t i = 0; i < COUNT_OF(FAULTS); i++) {
        struct web_form form = { 0 };
        struct web_form_fault fault = { NULL, NULL };
        assert_int_equal(fill(arena, FAULTS[i].fields, FAULTS[i].form, true, &form, &fault), LK_MALFORMED);
        assert_string_equal(fault.key, FAULTS[i].key);
        assert_string_equal(fault.field, FAULTS[i].field);
    }
}

static void fields_have_their_kind(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct web_form form = { 0 };
    struct web_form_fault fault;
    struct web_request request = { .form = &form };
    uint8_t id[16];
    assert_int_equal(
        fill(arena, FIELDS,
             "csrf=token&line=++e%CC%81+&secret=+a+&mail=jane@example.org&box=on&id=F81D4FAE-7dec-11d0-a765-"
             "00a0c91e6bf6",
             true, &form, &fault),
        LK_OK);
    assert_string_equal(form.csrf, "token");
    assert_string_equal(web_value(&request, "line"), "\xC3\xA9");
    assert_int_equal(lk_secret_len(web_secret(&request, "secret")), 3);
    assert_string_equal(web_value(&request, "secret"), "");
    assert_false(web_field_is_bad(&request, "mail"));
    assert_true(web_box(&request, "box"));
    assert_int_equal(web_identifier(&request, "id", id), LK_OK);
    assert_int_equal(id[0], 0xF8);
    assert_null(web_value(&request, "other"));
    assert_null(web_secret(&request, "other"));
    web_form_done(&form);
    assert_null(web_secret(&request, "secret"));
}

static void absent_fields_are_empty(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct web_form form = { 0 };
    struct web_form_fault fault;
    struct web_request request = { .form = &form };
    uint8_t id[16];
    assert_int_equal(fill(arena, FIELDS, "mail=nowhere&box=0&secret=&id=x", false, &form, &fault), LK_OK);
    assert_null(form.csrf);
    assert_string_equal(web_value(&request, "line"), "");
    assert_null(web_secret(&request, "secret"));
    assert_string_equal(web_value(&request, "mail"), "nowhere");
    assert_true(web_field_is_bad(&request, "mail"));
    assert_false(web_field_is_bad(&request, "line"));
    assert_false(web_box(&request, "box"));
    assert_int_equal(web_identifier(&request, "id", id), LK_MALFORMED);
    assert_int_equal(fill(arena, FIELDS, "csrf=x", false, &form, &fault), LK_MALFORMED);
}

static int start(void **state)
{
    (void) state;
    return sodium_init() < 0 ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_are_read_exactly),  cmocka_unit_test(more_than_so_many_pairs_are_refused),
        cmocka_unit_test(faults_name_their_field), cmocka_unit_test(fields_have_their_kind),
        cmocka_unit_test(absent_fields_are_empty),
    };
    return cmocka_run_group_tests(tests, start, NULL);
}
