/* SPDX-License-Identifier: Apache-2.0 */
/* Templates, words and files, from folders made for each case. */
#include "base/cleanup.h"
#include "unit/testing.h"
#include "views/views.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_MOST 512

/* A share folder of one test. */
static char top[PATH_MOST];
static struct config config;

static void path_below(char *path, const char *name)
{
    assert_true(snprintf(path, PATH_MOST, "%s/%s", top, name) < PATH_MOST);
}

static void write_bytes(const char *name, const void *bytes, size_t len)
{
    char path[PATH_MOST];
    path_below(path, name);
    for (char *slash = strchr(path + strlen(top) + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void) mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void write_file(const char *name, const char *text)
{
    write_bytes(name, text, strlen(text));
}

static int make_top(void **state)
{
    (void) state;
    strcpy(top, "/tmp/latchkey-views-XXXXXX");
    config = (struct config){ .pages_service = "Lamps & Co", .pages_language = "en" };
    if (mkdtemp(top) == NULL)
        return -1;
    write_file("templates/page/plain.html", "plain");
    return 0;
}

static int remove_top(void **state)
{
    (void) state;
    char command[PATH_MOST + 16];
    (void) snprintf(command, sizeof command, "rm -rf '%s'", top);
    return system(command);
}

static void free_views(struct views **views)
{
    views_free(*views);
}

static struct views *load(void)
{
    LK_CLEANUP(lk_text_done) struct lk_text faults = LK_TEXT(65536);
    struct views *views = NULL;
    const enum lk_status status = views_load(&config, top, &views, &faults);
    if (status != LK_OK)
        fail_msg("%s: %s", lk_status_name(status), lk_text_string(&faults));
    return views;
}

/* Renders page/a.html or letter/a.txt. */
static void assert_renders(const char *name, const char *language, const char *json, const char *expected)
{
    LK_CLEANUP(free_views) struct views *views = load();
    LK_CLEANUP(view_data_cleanup) struct view_data *data = json == NULL ? NULL : view_data_parse(json, strlen(json));
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(65536);
    assert_int_equal(views_render(views, name, language, data, &text), LK_OK);
    assert_string_equal(lk_text_string(&text), expected);
}

/* ---- what a template may say ---- */

static const struct {
    const char *template, *json, *expected;
} cases[] = {
  /* values */
    {"",                                                                             "{}",                                                     ""                                           },
    { "a{{name}}b",                                                                  "{\"name\":\"x\"}",                                       "axb"                                        },
    { "a{{ name }}b",                                                                "{\"name\":\"x\"}",                                       "axb"                                        },
    { "a{{missing}}b{{missing.inner}}c",                                             "{}",                                                     "abc"                                        },
    { "{{a.b.c}}",                                                                   "{\"a\":{\"b\":{\"c\":\"deep\"}}}",                       "deep"                                       },
    { "{{a.b.c}}",                                                                   "{\"a\":{\"b\":\"text\"}}",                               ""                                           },
    { "{{n}} {{m}}",                                                                 "{\"n\":-7,\"m\":9007199254740993}",                      "-7 9007199254740993"                        },
    { "{{t}}|{{f}}|{{o}}|{{l}}|{{z}}",                                               "{\"t\":true,\"f\":false,\"o\":{},\"l\":[1],\"z\":null}", "true||||"                                   },
    { "{{_hidden}}",                                                                 "{\"_hidden\":\"x\"}",                                    "x"                                          },
    { "}} { } {{a}}}",                                                               "{\"a\":1}",                                              "}} { } 1}"                                  },
 /* escaping */
    { "<a title='{{v}}'>",                                                           "{\"v\":\"<b> & \\\"quoted\\\" 'so'\"}",
     "<a title='&lt;b&gt; &amp; &quot;quoted&quot; &#39;so&#39;'>"                                                                                                                          },
    { "{{v}}",                                                                       "{\"v\":\"a\\r\\n\\tb\"}",                                "a b"                                        },
    { "{{v}}",                                                                       "{\"v\":\"a\\u0085b\\u202ec\\u2028\\u007f\"}",            "a b c "                                     },
    { "{{v}}",                                                                       "{\"v\":\"a\\u2066b\\u2069c\"}",                          "a b c"                                      },
    { "{{v}}",                                                                       "{\"v\":\"\\u00c4\\u2013\\ud83d\\udd11\"}",               "\xc3\x84\xe2\x80\x93\xf0\x9f\x94\x91"       },
    { "{{v}}",                                                                       "{\"v\":\"{{v}}\"}",                                      "{{v}}"                                      },
 /* sections */
    { "{{#a}}yes{{/a}}",                                                             "{\"a\":true}",                                           "yes"                                        },
    { "{{#a}}yes{{/a}}",                                                             "{\"a\":false}",                                          ""                                           },
    { "{{#a}}yes{{/a}}",                                                             "{\"a\":\"\"}",                                           ""                                           },
    { "{{#a}}yes{{/a}}",                                                             "{\"a\":\"0\"}",                                          "yes"                                        },
    { "{{#a}}yes{{/a}}",                                                             "{\"a\":[]}",                                             ""                                           },
    { "{{#a}}yes{{/a}}",                                                             "{\"a\":null}",                                           ""                                           },
    { "{{#a}}yes{{/a}}",                                                             "{}",                                                     ""                                           },
    { "{{#a}}[{{.}}]{{/a}}",                                                         "{\"a\":[\"x\",\"<\",3]}",                                "[x][&lt;][3]"                               },
    { "{{#a}}{{.}}!{{/a}}",                                                          "{\"a\":\"text\"}",                                       "text!"                                      },
    { "{{#a}}{{b}}{{/a}}",                                                           "{\"a\":{\"b\":\"inner\"},\"b\":\"outer\"}",              "inner"                                      },
    { "{{#a}}{{b}}{{c}}{{/a}}{{b}}",                                                 "{\"a\":[{\"b\":1},{\"b\":2},{}],\"b\":9,\"c\":\",\"}",   "1,2,9,9"                                    },
    { "{{#a}}{{#b}}{{.}}{{c}}{{/b}};{{/a}}",                                         "{\"a\":[{\"b\":[1,2],\"c\":\"x\"},{\"b\":[3]}]}",        "1x2x;3;"                                    },
    { "{{#a}}{{#a}}{{.}}{{/a}}{{/a}}",                                               "{\"a\":[1,2]}",                                          "1212"                                       },
    { "{{#a.b}}{{.}}{{/a.b}}",                                                       "{\"a\":{\"b\":[1,2]}}",                                  "12"                                         },
    { "{{?a}}once {{b}}{{/a}}",                                                      "{\"a\":[{\"b\":1},{\"b\":2}],\"b\":0}",                  "once 0"                                     },
    { "{{?a}}x{{/a}}",                                                               "{\"a\":[]}",                                             ""                                           },
    { "{{^a}}none{{/a}}{{^b}}none{{/b}}",                                            "{\"b\":1}",                                              "none"                                       },
    { "{{^a}}none{{/a}}",                                                            "{\"a\":[]}",                                             "none"                                       },
    { "{{#a}}{{^b}}x{{/b}}{{/a}}",                                                   "{\"a\":[{\"b\":1},{},{\"b\":false}]}",                   "xx"                                         },
    { "{{#r=expired}}E{{/r=expired}}{{#r=used}}U{{/r=used}}{{^r=used}}-{{/r=used}}", "{\"r\":\"expired\"}",                                    "E-"                                         },
    { "{{?r=a=b}}x{{/r=a=b}}",                                                       "{\"r\":\"a=b\"}",                                        "x"                                          },
    { "{{?r=}}empty{{/r=}}",                                                         "{}",                                                     "empty"                                      },
    { "{{#l}}{{?.=b}}({{.}}){{/.=b}}{{^.=b}}{{.}}{{/.=b}}{{/l}}",                    "{\"l\":[\"a\",\"b\"]}",                                  "a(b)"                                       },
 /* lines */
    { "a\n  {{#a}}\n  b\n  {{/a}}\nc\n",                                             "{\"a\":[1,2]}",                                          "a\nb\nb\nc\n"                               },
    { "a\n\n\n   b  {{! words\n more }} c\n",                                        "{}",                                                     "a\nb   c\n"                                 },
    { "{{! alone }}\nb",                                                             "{}",                                                     "b"                                          },
    { "  {{x}}\n",                                                                   "{\"x\":1}",                                              "1\n"                                        },
    { "a\r\n{{#x}}\r\nb\r\n{{/x}}\r\n",                                              "{\"x\":1}",                                              "a\r\nb\r\n"                                 },
 /* words */
    { "<p>{{_ Hello,\n    world}}</p>",                                              "{}",                                                     "<p>Hello, world</p>"                        },
    { "{{_ Hello {name}}}!",                                                         "{\"name\":\"<x>\"}",                                     "Hello &lt;x&gt;!"                           },
    { "{{_ It's {*a.b}, really}}",                                                   "{\"a\":{\"b\":\"<x>\"}}",                                "It&#39;s <strong>&lt;x&gt;</strong>, really"},
    { "{{#l}}{{_ At {.}}};{{/l}}",                                                   "{\"l\":[1,2]}",                                          "At 1;At 2;"                                 },
 /* times */
    { "{{time t}}",                                                                  "{\"t\":\"2026-11-22T19:41:03Z\"}",                       "2026-11-22T19:41:03Z"                       },
    { "{{time t}}",                                                                  "{}",                                                     ""                                           },
 /* what every template knows */
    { "{{language}} {{service}}",                                                    "{}",                                                     "en Lamps &amp; Co"                          },
    { "{{language}} {{service}}",                                                    "{\"service\":\"Mine\",\"language\":\"x\"}",              "x Mine"                                     },
    { "{{#support}}S{{/support}}{{#notice}}N{{/notice}}",                            "{}",                                                     ""                                           },
};

static void test_constructs(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file("templates/page/a.html", cases[i].template);
        LK_CLEANUP(free_views) struct views *views = load();
        LK_CLEANUP(view_data_cleanup) struct view_data *data = view_data_parse(cases[i].json, strlen(cases[i].json));
        LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(65536);
        assert_non_null(data);
        assert_int_equal(views_render(views, "page/a.html", "en", data, &text), LK_OK);
        if (strcmp(lk_text_string(&text), cases[i].expected) != 0)
            fail_msg("%s\ngave      %s\ninstead of %s", cases[i].template, lk_text_string(&text), cases[i].expected);
    }
}

static void test_plain_text(void **state)
{
    (void) state;
    write_file("templates/letter/a.txt",
               "{{! words }}\n\n  {{name}} & <you>\n{{#l}}\n  - {{.}}\n{{/l}}\n{{_ It is {*x}.}}\n");
    assert_renders("letter/a.txt", "en", "{\"name\":\"A\\nB <c>\",\"l\":[1,2],\"x\":\"y\"}",
                   "\n  A B <c> & <you>\n  - 1\n  - 2\nIt is y.\n");
}

static void test_plain_text_is_wrapped(void **state)
{
    (void) state;
    write_file(
        "templates/letter/a.txt",
        "Words that go on and on and on until they have to be broken, because they are longer than a line.\n"
        "\n"
        "  https://example.com/a/link/that/is/longer/than/any/line/may/be/and/is/kept/whole/all/the/same/0123456789\n"
        "see https://example.com/a/link/that/is/longer/than/any/line/may/be/and/is/kept/whole/all/the/same ok\n");
    assert_renders(
        "letter/a.txt", "en", NULL,
        "Words that go on and on and on until they have to be broken, because\n"
        "they are longer than a line.\n"
        "\n"
        "  https://example.com/a/link/that/is/longer/than/any/line/may/be/and/is/kept/whole/all/the/same/0123456789\n"
        "see\n"
        "https://example.com/a/link/that/is/longer/than/any/line/may/be/and/is/kept/whole/all/the/same\n"
        "ok\n");
}

static void test_partials(void **state)
{
    (void) state;
    write_file("templates/part/item.html", "<li>{{name}} {{_ of {service}}}</li>\n");
    write_file("templates/part/list.html", "<ul>\n{{#items}}\n  {{>part/item}}\n{{/items}}\n</ul>\n");
    write_file("templates/page/a.html", "{{>part/list}}\nend {{>part/item}}");
    assert_renders(
        "page/a.html", "en", "{\"items\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"name\":\"c\"}",
        "<ul>\n<li>a of Lamps &amp; Co</li>\n<li>b of Lamps &amp; Co</li>\n</ul>\nend <li>c of Lamps &amp; Co</li>\n");
}

static void test_deepest_nesting_that_is_allowed(void **state)
{
    (void) state;
    static const char names[] = "abcdefg";
    char file[64];
    char text[1024];
    for (size_t i = 0; i < 7; i++) {
        (void) snprintf(file, sizeof file, "templates/page/%c.html", names[i]);
        text[0] = '\0';
        for (size_t j = 0; j < 12; j++)
            strcat(text, "{{#x}}");
        (void) snprintf(text + strlen(text), 64, i < 6 ? "{{>page/%c}}" : "{{_ the {y}}}%c",
                        i < 6 ? names[i + 1] : '!');
        for (size_t j = 0; j < 12; j++)
            strcat(text, "{{/x}}");
        write_file(file, text);
    }
    assert_renders("page/a.html", "en", "{\"x\":{\"y\":\"depth\"}}", "the depth!");
}

/* ---- faults ---- */

static const struct {
    const char *template, *fault;
} faulty[] = {
    {"a\n{{#x}}\nb",                                     "page/a.html:2: section is not closed: \"x\""                          },
    { "{{#a}}\n{{^b}}\n{{/b}}",                          "page/a.html:1: section is not closed: \"a\""                          },
    { "{{/a}}",                                          "page/a.html:1: closes a section that is not open: \"a\""              },
    { "{{#a}}\n\n{{/b}}",                                "page/a.html:3: closes another section than the one opened last: \"b\""},
    { "{{#a=b}}{{/a}}",                                  "page/a.html:1: closes another section"                                },
    { "a\n\n{{name",                                     "page/a.html:3: a tag has no end"                                      },
    { "{{}}",                                            "page/a.html:1: not a name:"                                           },
    { "{{#}}{{/}}",                                      "page/a.html:1: not a name:"                                           },
    { "{{a b}}",                                         "not a name: \"a b\""                                                  },
    { "{{&a}}",                                          "not a name: \"&a\""                                                   },
    { "{{{a}}}",                                         "not a name: \"{a\""                                                   },
    { "{{a..b}}",                                        "not a name: \"a..b\""                                                 },
    { "{{1a}}",                                          "not a name: \"1a\""                                                   },
    { "{{a.}}",                                          "not a name: \"a.\""                                                   },
    { "{{time a b}}",                                    "not a name: \"time a b\""                                             },
    { "{{_ }}",                                          "page/a.html:1: no words"                                              },
    { "\n{{_ Hello {a}}",                                "page/a.html:2: \"{a\" is no {name} of a value"                        },
    { "{{_ Hello } you}}",                               "is no {name} of a value"                                              },
    { "{{_ Hello {a b}}}",                               "is no {name} of a value"                                              },
    { "{{_ Hello {}}}",                                  "is no {name} of a value"                                              },
    { "\n\n{{>part/none}}",                              "page/a.html:3: no such template: \"part/none.html\""                  },
    { "{{>letter/only_text}}",                           "no such template: \"letter/only_text.html\""                          },
    { "x\n{{>page/a}}",                                  "page/a.html:2: {{>page/a.html}}: templates within each other go round"},
    { "{{>part/b}}",                                     "part/b.html:1: {{>page/a.html}}: templates within each other go round"},
    { "{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/"
      "a}}"
      "{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}{{/a}}", "too many sections within each other"                                  },
    { "\xff",                                            "page/a.html:1: not UTF-8"                                             },
};

static void assert_fault(const char *expected)
{
    LK_CLEANUP(lk_text_done) struct lk_text faults = LK_TEXT(65536);
    struct views *views = NULL;
    assert_int_equal(views_load(&config, top, &views, &faults), LK_MALFORMED);
    assert_null(views);
    if (strstr(lk_text_string(&faults), expected) == NULL)
        fail_msg("no \"%s\" in:\n%s", expected, lk_text_string(&faults));
}

static void test_faults(void **state)
{
    (void) state;
    write_file("templates/letter/only_text.txt", "x");
    for (size_t i = 0; i < sizeof faulty / sizeof faulty[0]; i++) {
        write_file("templates/part/b.html", strstr(faulty[i].template, "part/b") == NULL ? "" : "{{>page/a}}");
        write_file("templates/page/a.html", faulty[i].template);
        assert_fault(faulty[i].fault);
    }
}

static void test_all_faults_are_told_at_once(void **state)
{
    (void) state;
    write_file("templates/page/a.html", "{{#x}}\n{{&y}}");
    write_file("templates/page/b.html", "{{/x}}");
    write_file("templates/messages.txt", "wrong\n");
    LK_CLEANUP(lk_text_done) struct lk_text faults = LK_TEXT(65536);
    struct views *views = NULL;
    assert_int_equal(views_load(&config, top, &views, &faults), LK_MALFORMED);
    static const char *const expected[] = { "page/a.html:1:", "page/a.html:2:", "page/b.html:1:", "messages.txt:1:" };
    for (size_t i = 0; i < 4; i++)
        assert_non_null(strstr(lk_text_string(&faults), expected[i]));
}

static void test_folders_that_are_not_there(void **state)
{
    (void) state;
    struct views *views = NULL;
    LK_CLEANUP(lk_text_done) struct lk_text faults = LK_TEXT(65536);
    config.pages_templates = "/nonexistent/templates";
    assert_int_equal(views_load(&config, top, &views, &faults), LK_BROKEN);
    assert_non_null(strstr(lk_text_string(&faults), "/nonexistent/templates: No such file or directory"));
    config.pages_templates = "";
    config.pages_catalogues = "/nonexistent/catalogues";
    assert_int_equal(views_load(&config, top, &views, &faults), LK_BROKEN);
    config.pages_catalogues = "";
    assert_int_equal(views_load(&config, "/nonexistent", &views, &faults), LK_BROKEN);
}

/* ---- messages ---- */

static void assert_message(const struct views *views, const char *key, const char *language, const char *json,
                           const char *expected)
{
    LK_CLEANUP(view_data_cleanup) struct view_data *data = json == NULL ? NULL : view_data_parse(json, strlen(json));
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(4096);
    views_message(views, key, language, data, &text);
    assert_string_equal(lk_text_string(&text), expected);
}

static void test_messages(void **state)
{
    (void) state;
    write_file("templates/messages.txt",
               "# words\n\nfirst = One word & {a}.\nlong = Words that\n    go on\n\t= here.\nlast=Z");
    LK_CLEANUP(free_views) struct views *views = load();
    assert_message(views, "first", "en", "{\"a\":\"x\\r\\nBcc: y\"}", "One word & x Bcc: y.");
    assert_message(views, "long", NULL, NULL, "Words that go on = here.");
    assert_message(views, "last", "xx", NULL, "Z");
    assert_message(views, "unknown", "en", NULL, "unknown");
}

static void test_faulty_messages(void **state)
{
    (void) state;

    static const struct {
        const char *text, *fault;
    } faults[] = {
        {"a = b\nno equals sign\n", "messages.txt:2: not a message"               },
        { "A = b",                  "messages.txt:1: not a message"               },
        { "= b",                    "messages.txt:1: not a message"               },
        { "  a = b",                "messages.txt:1: not a message"               },
        { "\na =  \nb = c",         "messages.txt:2: message without words: \"a\""},
        { "a = b\n# c\n\na = c",    "messages.txt:4: message said twice: \"a\""   },
        { "a = b\nb = {x",          "messages.txt:2: \"{x\" is no {name}"         },
        { "a = \xff",               "messages.txt:1: not UTF-8"                   },
    };

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        write_file("templates/messages.txt", faults[i].text);
        assert_fault(faults[i].fault);
    }
}

static void test_written_times(void **state)
{
    (void) state;
    write_file("templates/messages.txt",
               "time = {day} {month} {year}, {hour}:{minute} UTC\nmonth_1 = January\nmonth_12 = December\n"
               "until = Until {time when}.\n");
    write_file("templates/page/a.html", "{{time when}} {{_ (till {time when})}}");
    assert_renders("page/a.html", "en", "{\"when\":\"2026-01-02T03:04:05Z\"}",
                   "2 January 2026, 03:04 UTC (till 2 January 2026, 03:04 UTC)");
    assert_renders("page/a.html", "en", "{\"when\":\"9999-12-31T23:59:59Z\"}",
                   "31 December 9999, 23:59 UTC (till 31 December 9999, 23:59 UTC)");
    static const char *const others[] = { "2026-13-02T03:04:05Z", "2026-00-02T03:04:05Z", "tomorrow", "<2026>" };
    static const char *const shown[] = { "2026-13-02T03:04:05Z", "2026-00-02T03:04:05Z", "tomorrow", "&lt;2026&gt;" };
    for (size_t i = 0; i < 4; i++) {
        char json[64];
        char expected[128];
        (void) snprintf(json, sizeof json, "{\"when\":\"%s\"}", others[i]);
        (void) snprintf(expected, sizeof expected, "%s (till %s)", shown[i], shown[i]);
        assert_renders("page/a.html", "en", json, expected);
    }
    LK_CLEANUP(free_views) struct views *views = load();
    assert_message(views, "until", "en", "{\"when\":\"2026-01-02T03:04:05Z\"}", "Until 2 January 2026, 03:04 UTC.");
}

/* ---- languages ---- */

struct pair {
    const char *original, *translation;
};

/* Writes a catalogue; `pairs` are in order. */
static void write_catalogue(const char *name, const struct pair *pairs, uint32_t count)
{
    unsigned char bytes[2048] = { 0 };
    const uint32_t header[] = { 0x950412de, 0, count, 28, 28 + 8 * count };
    memcpy(bytes, header, sizeof header);
    uint32_t at = 28 + 16 * count;
    for (uint32_t i = 0; i < 2 * count; i++) {
        const char *text = i < count ? pairs[i].original : pairs[i - count].translation;
        const uint32_t entry[] = { (uint32_t) strlen(text), at };
        memcpy(bytes + 28 + 8 * i, entry, sizeof entry);
        strcpy((char *) bytes + at, text);
        at += (uint32_t) strlen(text) + 1;
    }
    write_bytes(name, bytes, at);
}

static void test_translation(void **state)
{
    (void) state;
    static const struct pair pairs[] = {
        {"Hello {a}, {b} <3", "{b} & {a}: hallo"},
        { "One & {a}",        "Eins & {a} {a}"  }
    };
    write_catalogue("locale/de/latchkey.mo", pairs, 2);
    write_file("templates/messages.txt", "one = One & {a}\ntwo = Two\n");
    write_file("templates/page/a.html", "{{language}}: {{_ Hello {a},\n  {b} <3}} {{_ Untranslated}}");
    static const char json[] = "{\"a\":\"<a>\",\"b\":\"b\"}";
    assert_renders("page/a.html", "de", json, "de: b &amp; &lt;a&gt;: hallo Untranslated");
    assert_renders("page/a.html", "DE", json, "de: b &amp; &lt;a&gt;: hallo Untranslated");
    assert_renders("page/a.html", "en", json, "en: Hello &lt;a&gt;, b &lt;3 Untranslated");
    assert_renders("page/a.html", "fr", json, "en: Hello &lt;a&gt;, b &lt;3 Untranslated");
    LK_CLEANUP(free_views) struct views *views = load();
    assert_message(views, "one", "de", json, "Eins & <a> <a>");
    assert_message(views, "two", "de", json, "Two");
    assert_string_equal(views_language(views, "de-CH, en;q=0.3"), "de");
    assert_string_equal(views_language(views, "fr"), "en");
    assert_string_equal(views_language(views, NULL), "en");
}

static void test_configured_language(void **state)
{
    (void) state;
    static const struct pair pairs[] = {
        {"Hello", "Hallo"}
    };
    write_catalogue("locale/de/latchkey.mo", pairs, 1);
    write_file("templates/page/a.html", "{{_ Hello}}");
    config.pages_language = "de";
    LK_CLEANUP(free_views) struct views *views = load();
    assert_string_equal(views_language(views, "fr, *"), "de");
    assert_string_equal(views_language(views, "en"), "en");
    config.pages_language = "fr";
    assert_fault("pages.language: there is no catalogue for \"fr\"");
}

static void test_further_catalogues_go_before(void **state)
{
    (void) state;
    static const struct pair shipped[] = {
        {"Hello", "Hallo"},
        { "You",  "Du"   }
    };
    static const struct pair further[] = {
        {"You", "Sie"}
    };
    static const struct pair english[] = {
        {"Hello", "Good day"}
    };
    write_catalogue("locale/de/latchkey.mo", shipped, 2);
    write_catalogue("more/de/latchkey.mo", further, 1);
    write_catalogue("more/en/latchkey.mo", english, 1);
    write_catalogue("more/pt_BR/latchkey.mo", further, 1);
    write_file("templates/page/a.html", "{{language}} {{_ Hello}} {{_ You}}");
    char more[PATH_MOST];
    path_below(more, "more");
    config.pages_catalogues = more;
    assert_renders("page/a.html", "de", NULL, "de Hallo Sie");
    assert_renders("page/a.html", "en", NULL, "en Good day You");
    assert_renders("page/a.html", "pt-BR", NULL, "pt-BR Hello Sie");
}

static void test_faulty_translations(void **state)
{
    (void) state;

    static const struct {
        struct pair pair;
        const char *fault;
    } faults[] = {
        {{ "Hello {a}", "Hallo {b}" },       "a {value} that the original has not"},
        { { "Hello {a}", "Hallo {time a}" }, "a {value} that the original has not"},
        { { "Hello {a}", "Hallo {a" },       "is no {name} of a value"            },
        { { "Hello {a}", "Hallo }" },        "is no {name} of a value"            },
    };

    write_file("templates/page/a.html", "{{_ Hello {a}}}");
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        write_catalogue("locale/de/latchkey.mo", &faults[i].pair, 1);
        assert_fault(faults[i].fault);
        assert_fault("locale/de/latchkey.mo");
    }
    write_file("locale/de/latchkey.mo", "no catalogue");
    assert_fault("locale/de/latchkey.mo: not a message catalogue");
}

/* ---- an operator's folder, static files, and what names reach ---- */

static void test_override_folder(void **state)
{
    (void) state;
    write_file("templates/page/a.html", "shipped {{>part/b}}");
    write_file("templates/part/b.html", "b");
    write_file("templates/messages.txt", "one = One\ntwo = Two\n");
    write_file("templates/static/style.css", "shipped");
    write_file("templates/static/other.css", "other");
    write_file("own/part/b.html", "own {{>part/new}}");
    write_file("own/part/new.html", "new");
    write_file("own/messages.txt", "two = My two\n");
    write_file("own/static/style.css", "own");
    char own[PATH_MOST];
    path_below(own, "own");
    config.pages_templates = own;
    assert_renders("page/a.html", "en", NULL, "shipped own new");
    {
        LK_CLEANUP(free_views) struct views *views = load();
        assert_message(views, "one", "en", NULL, "One");
        assert_message(views, "two", "en", NULL, "My two");
        size_t len;
        assert_string_equal(views_static(views, "style.css", &len), "own");
        assert_int_equal(len, 3);
        assert_string_equal(views_static(views, "other.css", &len), "other");
    }
    write_file("own/messages.txt", "three = Three\n");
    assert_fault("own/messages.txt:1: no message has this key: \"three\"");
    write_file("own/messages.txt", "two = Three\ntwo = Four\n");
    assert_fault("own/messages.txt:2: message said twice: \"two\"");
}

static void test_what_is_no_file_of_ours(void **state)
{
    (void) state;
    static const char *const names[] = { "templates/page/.a.html.swp", "templates/page/a.html~",
                                         "templates/page/A.html",      "templates/static/.secret",
                                         "templates/top.html",         "templates/static/B.css" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        write_file(names[i], "{{#never closed");
    write_file("templates/static/raw.txt", "{{#never closed");
    LK_CLEANUP(free_views) struct views *views = load();
    static const char *const files[] = {
        ".secret", "B.css", "../messages.txt", "../page/plain.html", "", "/etc/passwd"
    };
    size_t len;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        assert_null(views_static(views, files[i], &len));
    assert_string_equal(views_static(views, "raw.txt", &len), "{{#never closed");
    static const char *const templates[] = { "page/A.html", "top.html", "static/raw.txt", "page/../page/plain.html",
                                             "" };
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(64);
    for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++)
        assert_int_equal(views_render(views, templates[i], "en", NULL, &text), LK_ABSENT);
}

static void test_ceiling(void **state)
{
    (void) state;
    write_file("templates/page/a.html", "{{#l}}0123456789{{/l}}");
    write_file("templates/letter/a.txt", "0123456789 0123456789");
    LK_CLEANUP(free_views) struct views *views = load();
    LK_CLEANUP(view_data_cleanup) struct view_data *data = view_data_parse("{\"l\":[1,2,3]}", 13);
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(20);
    assert_int_equal(views_render(views, "page/a.html", "en", data, &text), LK_MALFORMED);
    LK_CLEANUP(lk_text_done) struct lk_text letter = LK_TEXT(20);
    assert_int_equal(views_render(views, "letter/a.txt", "en", NULL, &letter), LK_MALFORMED);
}

#define WITH_TOP(test) cmocka_unit_test_setup_teardown(test, make_top, remove_top)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TOP(test_constructs),
        WITH_TOP(test_plain_text),
        WITH_TOP(test_plain_text_is_wrapped),
        WITH_TOP(test_partials),
        WITH_TOP(test_deepest_nesting_that_is_allowed),
        WITH_TOP(test_faults),
        WITH_TOP(test_all_faults_are_told_at_once),
        WITH_TOP(test_folders_that_are_not_there),
        WITH_TOP(test_messages),
        WITH_TOP(test_faulty_messages),
        WITH_TOP(test_written_times),
        WITH_TOP(test_translation),
        WITH_TOP(test_configured_language),
        WITH_TOP(test_further_catalogues_go_before),
        WITH_TOP(test_faulty_translations),
        WITH_TOP(test_override_folder),
        WITH_TOP(test_what_is_no_file_of_ours),
        WITH_TOP(test_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
