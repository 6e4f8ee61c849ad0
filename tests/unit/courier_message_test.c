/* SPDX-License-Identifier: Apache-2.0 */
#include "courier/message.h"
#include "unit/testing.h"

#include <string.h>

#define ROOM (256 * 1024)

static struct message sample(void)
{
    return (struct message){ .from_name = "Example Services",
                             .from = "latchkey@example.com",
                             .to_name = "Jane Roe",
                             .to = "jane@acme.example",
                             .reply_to = "help@example.com",
                             .subject = "An invitation",
                             .id = "AAAAAAAAAAA.invite@example.com",
                             .date = 1795376463,
                             .language = "en",
                             .text = "Hello.\n",
                             .html = "<p>Hello.</p>\n" };
}

/* Every line within `most` columns, every line end CRLF, nothing but ASCII. */
static void assert_lines_within(const char *text, size_t most)
{
    size_t column = 0;
    for (const char *c = text; *c != '\0'; c++) {
        assert_in_range((unsigned char) *c, '\n', '~');
        if (*c == '\n') {
            assert_true(c > text && c[-1] == '\r');
            column = 0;
        } else if (*c != '\r') {
            column++;
            assert_true(column <= most);
        } else {
            assert_int_equal(c[1], '\n');
        }
    }
}

static void a_whole_message(void **state)
{
    (void) state;
    const struct message message = sample();
    struct lk_text text = LK_TEXT(ROOM);
    assert_int_equal(message_write(&message, &text, NULL), LK_OK);
    assert_string_equal(lk_text_string(&text), "Date: Sun, 22 Nov 2026 19:41:03 +0000\r\n"
                                               "From: Example Services <latchkey@example.com>\r\n"
                                               "To: Jane Roe <jane@acme.example>\r\n"
                                               "Reply-To: <help@example.com>\r\n"
                                               "Subject: An invitation\r\n"
                                               "Message-ID: <AAAAAAAAAAA.invite@example.com>\r\n"
                                               "Auto-Submitted: auto-generated\r\n"
                                               "Content-Language: en\r\n"
                                               "MIME-Version: 1.0\r\n"
                                               "Content-Type: multipart/alternative;\r\n"
                                               " boundary=\"=_latchkey_alternative_=\"\r\n"
                                               "\r\n"
                                               "--=_latchkey_alternative_=\r\n"
                                               "Content-Type: text/plain; charset=UTF-8\r\n"
                                               "Content-Transfer-Encoding: quoted-printable\r\n"
                                               "\r\n"
                                               "Hello.\r\n\r\n"
                                               "--=_latchkey_alternative_=\r\n"
                                               "Content-Type: text/html; charset=UTF-8\r\n"
                                               "Content-Transfer-Encoding: quoted-printable\r\n"
                                               "\r\n"
                                               "<p>Hello.</p>\r\n\r\n"
                                               "--=_latchkey_alternative_=--\r\n");
    lk_text_done(&text);
}

static void headers_are_encoded(void **state)
{
    (void) state;

    static const struct {
        const char *name, *subject, *to_line, *subject_line;
    } rows[] = {
        {NULL,                        "Plain",                "To: <jane@acme.example>\r\n",                                       "Subject: Plain\r\n"                       },
        { "",                         "",                     "To: <jane@acme.example>\r\n",                                       "Subject: \r\n"                            },
        { "Roe, Jane",                "a=?b",                 "To: \"Roe, Jane\" <jane@acme.example>\r\n",                         "Subject: =?UTF-8?Q?a=3D=3Fb?=\r\n"        },
        { "J. \"R\" \\",              "two  spaces",          "To: \"J. \\\"R\\\" \\\\\" <jane@acme.example>\r\n",
         "Subject: =?UTF-8?Q?two__spaces?=\r\n"                                                                                                                               },
        { "J\xC3\xB6rg",              "Gr\xC3\xBC\xC3\x9F",   "To: =?UTF-8?Q?J=C3=B6rg?= <jane@acme.example>\r\n",
         "Subject: =?UTF-8?Q?Gr=C3=BC=C3=9F?=\r\n"                                                                                                                            },
        { "=?UTF-8?Q?x?=",            " outer ",              "To: =?UTF-8?Q?=3D=3FUTF-8=3FQ=3Fx=3F=3D?= <jane@acme.example>\r\n",
         "Subject: =?UTF-8?Q?_outer_?=\r\n"                                                                                                                                   },
        { "a_b",                      "under_score",          "To: a_b <jane@acme.example>\r\n",                                   "Subject: under_score\r\n"                 },
        { "\xE5\xB1\xB1\xE7\x94\xB0", "\xF0\x9F\x94\x91 key",
         "To: =?UTF-8?Q?=E5=B1=B1=E7=94=B0?= <jane@acme.example>\r\n",                                                             "Subject: =?UTF-8?Q?=F0=9F=94=91_key?=\r\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct message message = sample();
        message.to_name = rows[i].name;
        message.subject = rows[i].subject;
        struct lk_text text = LK_TEXT(ROOM);
        assert_int_equal(message_write(&message, &text, NULL), LK_OK);
        assert_non_null(strstr(lk_text_string(&text), rows[i].to_line));
        assert_non_null(strstr(lk_text_string(&text), rows[i].subject_line));
        lk_text_done(&text);
    }
}

/* Long values, of one word and of many, of one to four bytes a character. */
static void headers_are_folded(void **state)
{
    (void) state;
    static const char *const units[] = { "x", "word ", "\xC3\xA4", "\xE5\xB1\xB1", "\xF0\x9F\x94\x91", "\xC3\xA4 b" };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        for (size_t count = 1; count <= 120; count++) {
            struct lk_text value = LK_TEXT(2048);
            for (size_t n = 0; n < count; n++)
                lk_text_words(&value, units[i]);
            struct message message = sample();
            message.subject = message.to_name = message.from_name = lk_text_string(&value);
            struct lk_text text = LK_TEXT(ROOM);
            assert_int_equal(message_write(&message, &text, NULL), LK_OK);
            assert_lines_within(lk_text_string(&text), 78);
            lk_text_done(&text);
            lk_text_done(&value);
        }
    }
}

static void what_may_not_be_in_a_header_is_refused(void **state)
{
    (void) state;
    static const char *const bad[] = {
        "a\r\nBcc: x@y.example", "a\nb", "a\rb", "tab\there", "nul\x01", "\x7F delete", "\xC3 not UTF-8",
        "\xE2\x80\xAE turned"
    };
    static const char *const bad_addresses[] = { "",
                                                 "jane",
                                                 "jane@acme.example\r\nBcc: x@y.example",
                                                 "a b@acme.example",
                                                 "<jane@acme.example>",
                                                 "jane@acme.example,x@y.example" };
    struct lk_text text = LK_TEXT(ROOM);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct lk_trouble trouble = { "" };
        struct message message = sample();
        message.subject = bad[i];
        assert_int_equal(message_write(&message, &text, &trouble), LK_MALFORMED);
        assert_non_null(strstr(trouble.words, "subject"));
        message = sample();
        message.to_name = bad[i];
        assert_int_equal(message_write(&message, &text, &trouble), LK_MALFORMED);
        assert_non_null(strstr(trouble.words, "recipient's name"));
        message = sample();
        message.from_name = bad[i];
        assert_int_equal(message_write(&message, &text, &trouble), LK_MALFORMED);
        message = sample();
        message.language = bad[i];
        assert_int_equal(message_write(&message, &text, &trouble), LK_MALFORMED);
    }
    for (size_t i = 0; i < sizeof bad_addresses / sizeof bad_addresses[0]; i++) {
        struct message message = sample();
        message.to = bad_addresses[i];
        assert_int_equal(message_write(&message, &text, NULL), LK_MALFORMED);
        message = sample();
        message.from = bad_addresses[i];
        assert_int_equal(message_write(&message, &text, NULL), LK_MALFORMED);
        message = sample();
        message.reply_to = bad_addresses[i];
        assert_int_equal(message_write(&message, &text, NULL), LK_MALFORMED);
        message = sample();
        message.id = bad_addresses[i];
        assert_int_equal(message_write(&message, &text, NULL), LK_MALFORMED);
    }
    assert_int_equal(text.len, 0);
    lk_text_done(&text);
}

#define TEN     "0123456789"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN

static void bodies_are_quoted_printable(void **state)
{
    (void) state;

    static const struct {
        const char *body, *encoded;
    } rows[] = {
        {"",                        ""                                },
        { "\n",                     "\r\n"                            },
        { "no end",                 "no end\r\n"                      },
        { "a\r\nb\rc\n",            "a\r\nb\r\nc\r\n"                 },
        { "a=b",                    "a=3Db\r\n"                       },
        { "blank \ntab\t\n",        "blank=20\r\ntab=09\r\n"          },
        { ".\n..\n.dot",            "=2E\r\n=2E.\r\n=2Edot\r\n"       },
        { "From me\nFromage\nfrom", "=46rom me\r\nFromage\r\nfrom\r\n"},
        { "\xC3\xA4\x01",           "=C3=A4=01\r\n"                   },
        { SEVENTY "123456",         SEVENTY "123456\r\n"              },
        { SEVENTY "1234567",        SEVENTY "12345=\r\n67\r\n"        },
        { SEVENTY "123=",           SEVENTY "123=3D\r\n"              },
        { SEVENTY "1234=",          SEVENTY "1234=\r\n=3D\r\n"        },
        { SEVENTY "12 ",            SEVENTY "12=20\r\n"               },
        { SEVENTY "12345.7",        SEVENTY "12345=\r\n=2E7\r\n"      },
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct message message = sample();
        message.text = rows[i].body;
        struct lk_text text = LK_TEXT(ROOM);
        struct lk_text expected = LK_TEXT(ROOM);
        lk_text_format(&expected, "quoted-printable\r\n\r\n%s\r\n--=_latchkey_alternative_=\r\n", rows[i].encoded);
        assert_int_equal(message_write(&message, &text, NULL), LK_OK);
        assert_non_null(strstr(lk_text_string(&text), lk_text_string(&expected)));
        assert_lines_within(lk_text_string(&text), 78);
        lk_text_done(&text);
        lk_text_done(&expected);
    }
}

static void a_message_over_the_ceiling_is_refused(void **state)
{
    (void) state;
    const struct message message = sample();
    struct lk_text text = LK_TEXT(200);
    assert_int_equal(message_write(&message, &text, NULL), LK_MALFORMED);
    lk_text_done(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_message),
        cmocka_unit_test(headers_are_encoded),
        cmocka_unit_test(headers_are_folded),
        cmocka_unit_test(what_may_not_be_in_a_header_is_refused),
        cmocka_unit_test(bodies_are_quoted_printable),
        cmocka_unit_test(a_message_over_the_ceiling_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
