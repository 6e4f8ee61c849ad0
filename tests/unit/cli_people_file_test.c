/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"
#include "cli/people_file.h"
#include "unit/support.h"

#include <sodium/core.h>
#include <stdlib.h>
#include <string.h>

#define LONG      ((size_t) 1024 * 1024)
#define LINE_LEN  76
#define BOM       "\xEF\xBB\xBF"
#define HEADER    "given_name,surname,mail,telephone,title\n"
#define DN(words) "dn: cn=x\n" words

static struct lk_arena *arena;

static int begin(void **state)
{
    (void) state;
    arena = lk_arena_new();
    return sodium_init() < 0 ? -1 : 0;
}

static int end(void **state)
{
    (void) state;
    lk_arena_free(arena);
    return 0;
}

/* ---- what was read, as text: "LINE given/surname/mail/telephone/title" or "LINE !fault", a line for each ---- */

static const char *shown(const struct people_file *file)
{
    const char *all = "";
    for (size_t i = 0; i < file->count; i++) {
        const struct person_row *row = &file->rows[i];
        const char *const *values = row->form.values;
        all = row->fault != NULL
                  ? lk_arena_format(arena, "%s%zu !%s\n", all, row->line, row->fault)
                  : lk_arena_format(arena, "%s%zu %s/%s/%s/%s/%s\n", all, row->line, values[PROFILE_GIVEN_NAME],
                                    values[PROFILE_SURNAME], values[PROFILE_MAIL], values[PROFILE_TELEPHONE],
                                    values[PROFILE_TITLE]);
    }
    return all;
}

/* In a block of their own size, so that a sanitizer sees a step beyond them. */
static enum lk_status read_bytes(enum people_format format, const char *bytes, size_t len, struct people_file *file_out,
                                 struct lk_trouble *trouble)
{
    char *own = malloc(len > 0 ? len : 1);
    assert_non_null(own);
    memcpy(own, bytes, len);
    const enum lk_status status = people_file_read(arena, format, own, len, file_out, trouble);
    free(own);
    return status;
}

struct reading {
    const char *bytes;
    size_t len;
    const char *people; /* as shown(); of a file that is none: part of the words why */
};

static void must_be_read(enum people_format format, const struct reading *readings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct people_file file = { 0 };
        struct lk_trouble trouble = { "" };
        if (read_bytes(format, readings[i].bytes, readings[i].len, &file, &trouble) != LK_OK)
            fail_msg("reading %zu: %s", i, trouble.words);
        if (strcmp(shown(&file), readings[i].people) != 0)
            fail_msg("reading %zu gives\n%snot\n%s", i, shown(&file), readings[i].people);
    }
}

static void must_be_none(enum people_format format, const struct reading *readings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct people_file file = { NULL, 77 };
        struct lk_trouble trouble = { "" };
        assert_int_equal(read_bytes(format, readings[i].bytes, readings[i].len, &file, &trouble), LK_MALFORMED);
        if (strstr(trouble.words, readings[i].people) == NULL)
            fail_msg("reading %zu says %s, not %s", i, trouble.words, readings[i].people);
        assert_int_equal(file.count, 77);
    }
}

/* ---- CSV ---- */

static const struct reading csv_values[] = {
    {LITERAL(HEADER "Ada,Archer,ada@x,+1 5,Head\n"),              "2 Ada/Archer/ada@x/+1 5/Head\n"       },
    { LITERAL(HEADER "Ada,Archer,ada@x,,"),                       "2 Ada/Archer/ada@x//\n"               }, /* no line end */
    { LITERAL(HEADER "\"Ada\",\"Archer\",\"ada@x\",\"\",\"\"\n"), "2 Ada/Archer/ada@x//\n"               },
    { LITERAL(HEADER "Ada,\"Archer, Jr\",ada@x,,\n"),             "2 Ada/Archer, Jr/ada@x//\n"           },
    { LITERAL(HEADER "Ada,\"Archer \"\"the\"\" First\",a@x,,\n"), "2 Ada/Archer \"the\" First/a@x//\n"   },
    { LITERAL(HEADER "Ada,\"\"\"\"\"\",a@x,,\n"),                 "2 Ada/\"\"/a@x//\n"                   },
    { LITERAL(HEADER "Ada,Archer,a@x,,Head of \"Sales\"\n"),      "2 Ada/Archer/a@x//Head of \"Sales\"\n"},
    { LITERAL(HEADER " Ada , Archer,a@x ,,\n"),                   "2 Ada/Archer/a@x//\n"                 },
    { LITERAL(HEADER "Ada, \"Archer, Jr\" , a@x,,\n"),            "2 Ada/Archer, Jr/a@x//\n"             },
    { LITERAL(HEADER "Ada,\"\nArcher\n\",a@x,,\nBen,B,b@x,,\n"),
     "2 !surname is not one line of UTF-8\n5 Ben/B/b@x//\n"                                              },
    { LITERAL(HEADER "Zo\xCC\x88,\xC3\x9Cnal,a@x,,\n"),           "2 Z\xC3\xB6/\xC3\x9Cnal/a@x//\n"      }, /* NFC */
};

static const struct reading csv_lines[] = {
    {LITERAL("mail,name\r\na@x,Ada Archer\r\nb@x,Ben Brook\r\n"),                                         "2 Ada/Archer/a@x//\n3 Ben/Brook/b@x//\n"},
    { LITERAL(BOM "mail;name\na@x;Ada Archer\n"),                                                         "2 Ada/Archer/a@x//\n"                   },
    { LITERAL("mail\tname\na@x\tA, B; Archer\n"),                                                         "2 A, B;/Archer/a@x//\n"                 },
    { LITERAL("mail,name\n"),                                                                             ""                                       },
    { LITERAL("mail,name"),                                                                               ""                                       },
    { LITERAL("\n\r\n \nmail,name\n\na@x,Ada\n \n\r\n,\n \"\" , \n\nb@x,Ben\n\n"),                        "6 /Ada/a@x//\n12 /Ben/b@x//\n"          },
    { LITERAL("\"mail\",\"NAME\"\na@x,Ada\n"),                                                            "2 /Ada/a@x//\n"                         },
    { LITERAL("name,given_name,surname,mail,telephone,title,administrator,account\nA B,A,B,a@x,,,no,\n"),
     "2 A/B/a@x//\n"                                                                                                                               },
    { LITERAL("First,Last,Email,telephoneNumber\nA,B,a@x,1\n"),                                           "2 A/B/a@x/1/\n"                         },
    { LITERAL("DN,id,dn,mail,displayName\nd,i,d,a@x,A B\n"),                                              "2 A/B/a@x//\n"                          },
    { LITERAL("mail\na@x\n"),                                                                             "2 //a@x//\n"                            },
};

static const struct reading csv_faults[] = {
    {LITERAL("mail,name\na@x\nb@x,B\n"),                "2 !1 values, where the header has 2\n3 /B/b@x//\n"       },
    { LITERAL("mail,name\na@x,A,,\nb@x,B\n"),           "2 !4 values, where the header has 2\n3 /B/b@x//\n"       },
    { LITERAL("mail,name\na@x;A\n"),                    "2 !1 values, where the header has 2\n"                   },
    { LITERAL("mail,name\na@x,\"A\nb@x,B\n"),           "2 !a quote is not closed\n"                              },
    { LITERAL("mail,name\n\""),                         "2 !a quote is not closed\n"                              },
    { LITERAL("mail,name\na@x,\"A\"\""),                "2 !a quote is not closed\n"                              },
    { LITERAL("mail,name\na@x,\"Ben\" Brook\nb@x,B\n"), "2 !something stands behind a closing quote\n3 /B/b@x//\n"},
    { LITERAL("mail,name\n\"\"x,\nb@x,B\n"),            "2 !something stands behind a closing quote\n3 /B/b@x//\n"},
    { LITERAL("mail,name\na@x,B\xE9n\nb@x,B\n"),        "2 !name is not one line of UTF-8\n3 /B/b@x//\n"          },
    { LITERAL("mail,name\na@x,B\0n\nb@x,B\n"),          "2 !name is not one line of UTF-8\n3 /B/b@x//\n"          },
    { LITERAL("mail,name\na@x,\"B\0n\"\nb@x,B\n"),      "2 !name is not one line of UTF-8\n3 /B/b@x//\n"          },
    { LITERAL("mail,name\na@x,B\rb@x,B\n"),             "2 !3 values, where the header has 2\n"                   },
    { LITERAL("mail,name\na\xE9@x,B\xE9\n"),            "2 !mail is not one line of UTF-8\n"                      }, /* the first */
    { LITERAL("mail,id\na@x,\xE9\n"),                   "2 //a@x//\n"                                             }, /* spare */
};

static const struct reading csv_none[] = {
    {LITERAL(""),                         "no header"                                           },
    { LITERAL("\n \r\n,,\n"),             "no header"                                           },
    { LITERAL(BOM),                       "no header"                                           },
    { LITERAL("mail,shoe_size\n"),        "the header's column 2, shoe_size, is none of"        },
    { LITERAL("mail,\n"),                 "the header's column 2, , is none of"                 },
    { LITERAL("mail,na\xE9\n"),           "the header's column 2, which is no UTF-8, is none of"},
    { LITERAL("mail,na\0me\n"),           "the header's column 2, which is no UTF-8, is none of"},
    { LITERAL("mail,cn\n"),               "column 2, cn, is none of"                            },
    { LITERAL("name\nAda\n"),             "no column mail"                                      },
    { LITERAL("dn,id\n"),                 "no column mail"                                      },
    { LITERAL("mail,name,mail\n"),        "column 3, mail, says what its column mail says"      },
    { LITERAL("mail,Email\n"),            "column 2, Email, says what its column mail says"     },
    { LITERAL("mail,name,displayName\n"), "column 3, displayName, says what its column name"    },
    { LITERAL("mail,\"name\n"),           "the header: a quote is not closed"                   },
    { LITERAL("mail,\"name\"s\n"),        "the header: something stands behind a closing quote" },
    { LITERAL("\xFF\xFEm\0a\0i\0l\0"),    "UTF-16"                                              },
    { LITERAL("\xFE\xFF\0m\0a\0i\0l"),    "UTF-16"                                              },
};

static void csv_is_read(void **state)
{
    (void) state;
    must_be_read(PEOPLE_CSV, csv_values, COUNT_OF(csv_values));
    must_be_read(PEOPLE_CSV, csv_lines, COUNT_OF(csv_lines));
}

static void faults_of_csv_refuse_one_person(void **state)
{
    (void) state;
    must_be_read(PEOPLE_CSV, csv_faults, COUNT_OF(csv_faults));
}

static void what_is_no_csv(void **state)
{
    (void) state;
    must_be_none(PEOPLE_CSV, csv_none, COUNT_OF(csv_none));
}

/* `count` times `word`, between two texts. */
static char *repeated(const char *before, const char *word, size_t count, const char *after)
{
    const size_t len = strlen(word);
    char *all = malloc(strlen(before) + count * len + strlen(after) + 1);
    assert_non_null(all);
    char *at = stpcpy(all, before);
    for (size_t i = 0; i < count; i++)
        at = stpcpy(at, word);
    (void) strcpy(at, after);
    return all;
}

static void csv_columns_have_a_limit(void **state)
{
    (void) state;
    struct people_file file = { 0 };
    struct lk_trouble trouble = { "" };
    char *header = repeated("mail", ",id", 63, "\na@x");
    char *row = repeated(header, ",", 64, "\n");
    char *wide = repeated("mail", ",id", 64, "\n");
    assert_int_equal(read_bytes(PEOPLE_CSV, row, strlen(row), &file, &trouble), LK_OK);
    assert_string_equal(shown(&file), "2 !65 values, where the header has 64\n");
    assert_int_equal(read_bytes(PEOPLE_CSV, wide, strlen(wide), &file, &trouble), LK_MALFORMED);
    assert_non_null(strstr(trouble.words, "at most 64 names"));
    free(header);
    free(row);
    free(wide);
}

static void long_csv_values_are_whole(void **state)
{
    (void) state;
    static const char *const quotes[] = { "", "\"" };
    for (size_t i = 0; i < COUNT_OF(quotes); i++) {
        struct people_file file = { 0 };
        char *before = lk_arena_format(arena, "mail,title\na@x,%s", quotes[i]);
        char *after = lk_arena_format(arena, "%s\nb@x,B\n", quotes[i]);
        char *text = repeated(before, "t", LONG, after);
        assert_int_equal(read_bytes(PEOPLE_CSV, text, strlen(text), &file, NULL), LK_OK);
        assert_int_equal(file.count, 2);
        assert_int_equal(strlen(file.rows[0].form.values[PROFILE_TITLE]), LONG);
        assert_string_equal(file.rows[1].form.values[PROFILE_TITLE], "B");
        free(text);
    }
}

static void many_people_are_kept_in_order(void **state)
{
    (void) state;
    struct people_file file = { 0 };
    char *text = repeated("mail\n", "a@x\n", 5000, "");
    assert_int_equal(read_bytes(PEOPLE_CSV, text, strlen(text), &file, NULL), LK_OK);
    assert_int_equal(file.count, 5000);
    for (size_t i = 0; i < file.count; i++)
        assert_int_equal(file.rows[i].line, i + 2);
    free(text);
}

/* ---- names ---- */

static const struct reading names[] = {
    {LITERAL("mail,name,surname,given_name\na@x,Ada Maria Archer,,\n"),    "2 Ada Maria/Archer/a@x//\n"},
    { LITERAL("mail,name,surname,given_name\na@x,Plato,,\n"),              "2 /Plato/a@x//\n"          },
    { LITERAL("mail,name,surname,given_name\na@x,Ada van Dam,van Dam,\n"), "2 Ada/van Dam/a@x//\n"     },
    { LITERAL("mail,name,surname,given_name\na@x,Ada Archer,Brook,\n"),    "2 /Brook/a@x//\n"          },
    { LITERAL("mail,name,surname,given_name\na@x,Ada Archer,cher,\n"),     "2 /cher/a@x//\n"           },
    { LITERAL("mail,name,surname,given_name\na@x,Archer,Archer,\n"),       "2 /Archer/a@x//\n"         },
    { LITERAL("mail,name,surname,given_name\na@x,Ada Archer,,Adele\n"),    "2 Adele/Archer/a@x//\n"    },
    { LITERAL("mail,name,surname,given_name\na@x,,Archer,Ada\n"),          "2 Ada/Archer/a@x//\n"      },
    { LITERAL("mail,name,surname,given_name\na@x,,,\n"),                   "2 //a@x//\n"               },
 /* Stored with a blank at its end it would be other content when the same file comes again. */
    { LITERAL("mail,name,surname,given_name\na@x,Ada  Archer,,\n"),        "2 Ada/Archer/a@x//\n"      },
    { LITERAL("mail,name,surname,given_name\na@x,Ada\xC2\xA0 Archer,,\n"), "2 Ada/Archer/a@x//\n"      },
    { LITERAL("mail,name,surname,given_name\na@x,Ada \xC2\xA0"
              "Archer,,\n"),
     "2 Ada/Archer/a@x//\n"                                                                            },
};

static void whole_names_are_split(void **state)
{
    (void) state;
    must_be_read(PEOPLE_CSV, names, COUNT_OF(names));
}

/* ---- LDIF ---- */

static const struct reading ldif_entries[] = {
    {LITERAL(""),                                                                                                   ""                      },
    { LITERAL("version: 1\n\n# nobody\n"),                                                                          ""                      },
    { LITERAL("version: 1\n" DN("mail: a@x\nsn: Archer\ngivenName: Ada\ntelephoneNumber: 1\ntitle: T\n")),
     "2 Ada/Archer/a@x/1/T\n"                                                                                                               },
    { LITERAL("version:1\r\n\r\ndn:cn=x\r\nmail:a@x\r\nSN:A\r\n\r\n\r\ndn: cn=y\r\nmail: b@x\r\nsn: B"),
     "3 /A/a@x//\n8 /B/b@x//\n"                                                                                                             },
    { LITERAL(BOM DN("mail: a@x\nsn: A\n")),                                                                        "1 /A/a@x//\n"          },
    { LITERAL("dn:: Y249eA==\nmail: a@x\nsn: A\n"),                                                                 "1 /A/a@x//\n"          },
    { LITERAL(DN("mail: a@\n x\n  .exam\n ple\r\n \nsn: A\n")),                                                     "1 /A/a@x .example//\n" },
    { LITERAL("dn: cn=x,\n ou=y\nma\n il: a@x\nsn: A\n"),                                                           "1 /A/a@x//\n"          },
    { LITERAL("# one\n that goes on\n# two\n" DN("mail: a@x\n# three\n goes on\nsn: A\n")),                         "4 /A/a@x//\n"          },
    { LITERAL(DN("mail: a@x\nsn:: w5xuYWw=\n")),                                                                    "1 /\xC3\x9Cnal/a@x//\n"},
    { LITERAL(DN("mail: a@x\nsn:: w5xu\n YWw=\n")),                                                                 "1 /\xC3\x9Cnal/a@x//\n"},
    { LITERAL(DN("mail: a@x\nsn: A\ntitle::\ntelephoneNumber:\n")),                                                 "1 /A/a@x//\n"          },
    { LITERAL(DN("mail: a@x\nmail: b@x\nsn: A\nsn: B\n")),                                                          "1 /A/a@x//\n"          },
    { LITERAL(DN("mail: a@x\ncn: Ada Archer\n")),                                                                   "1 Ada/Archer/a@x//\n"  },
    { LITERAL(DN("cn: Other\nmail: a@x\ndisplayName: Ada Archer\n")),                                               "1 Ada/Archer/a@x//\n"  },
    { LITERAL(DN("changetype: add\nmail: a@x\nsn: A\n")),                                                           "1 /A/a@x//\n"          },
    { LITERAL(DN("control: 1.2.3 true\nChangeType: ADD\nmail: a@x\nsn: A\n")),                                      "1 /A/a@x//\n"          },
    { LITERAL(DN("objectClass: person\nsn;lang-de: Q\nmail: a@x\nsn: A\njpegPhoto:< file:///x\nx:: !\nz: \xE9\n")),
     "1 /A/a@x//\n"                                                                                                                         },
};

static const struct reading ldif_faults[] = {
    {LITERAL(DN("mail: a@x\nsn\n\ndn: y\nmail: b@x\nsn: B\n")),
     "1 !line 3 is not \"attribute: value\"\n5 /B/b@x//\n"                                                           },
    { LITERAL(DN("changetype: delete\n\ndn: y\nmail: b@x\nsn: B\n")),
     "1 !only entries, and changes that add one\n4 /B/b@x//\n"                                                       },
    { LITERAL(DN("changetype: modify\nreplace: mail\nmail: a@x\n-\n")), "1 !only entries, and changes that add one\n"},
    { LITERAL(DN("mail: a@x\nsn: A\ndn: cn=y\nmail: b@x\nsn: B\n")),
     "1 !a second dn: an empty line is missing before it\n"                                                          },
    { LITERAL(DN("mail: a@x\nsn:: w5xuYW\n")),                          "1 !sn is not base64\n"                      },
    { LITERAL(DN("mail: a@x\nsn:: !\n")),                               "1 !sn is not base64\n"                      },
    { LITERAL(DN("mail: a@x\nsn:: 6Q==\n")),                            "1 !sn is not one line of UTF-8\n"           },
    { LITERAL(DN("mail: a@x\nsn:: AEE=\n")),                            "1 !sn is not one line of UTF-8\n"           },
    { LITERAL(DN("mail: a@x\nsn: \xE9\n")),                             "1 !sn is not one line of UTF-8\n"           },
    { LITERAL(DN("mail: a@x\0b\nsn: A\n")),                             "1 !mail is not one line of UTF-8\n"         },
    { LITERAL(DN("mail: a@x\nsn: A\n \0b\n")),                          "1 !sn is not one line of UTF-8\n"           },
    { LITERAL(DN("mail:< file:///x\nsn: A\n")),                         "1 !mail is a URL, and none is followed\n"   },
};

static const struct reading ldif_none[] = {
    {LITERAL("mail: a@x\n"),                               "line 1: an entry begins with dn:"      },
    { LITERAL("mail,name\n"),                              "line 1: an entry begins with dn:"      },
    { LITERAL("version: 2\n"),                             "line 1: LDIF of another version than 1"},
    { LITERAL(DN("mail: a@x\n\n\n dn: cn=y\n")),           "line 5: an entry begins with dn:"      },
    { LITERAL(DN("mail: a@x\nsn: A\n\ntrailing garbage")), "line 5: an entry begins with dn:"      },
    { LITERAL("\0"),                                       "line 1: an entry begins with dn:"      },
    { LITERAL("\xFF\xFE"
              "d\0n\0"),
     "UTF-16"                                                                                      },
};

static void ldif_is_read(void **state)
{
    (void) state;
    must_be_read(PEOPLE_LDIF, ldif_entries, COUNT_OF(ldif_entries));
}

static void faults_of_ldif_refuse_one_person(void **state)
{
    (void) state;
    must_be_read(PEOPLE_LDIF, ldif_faults, COUNT_OF(ldif_faults));
}

static void what_is_no_ldif(void **state)
{
    (void) state;
    must_be_none(PEOPLE_LDIF, ldif_none, COUNT_OF(ldif_none));
}

/* A photograph has thousands of lines, and is nothing to us: it must cost what its bytes cost. */
static void long_ldif_values_are_whole(void **state)
{
    (void) state;
    struct people_file file = { 0 };
    char *line = repeated("\n ", "t", LINE_LEN, "");
    char *photograph = repeated("dn: x\nmail: a@x\nsn: A\njpegPhoto:", line, LONG / LINE_LEN * 4, "\ntitle: ");
    char *text = repeated(photograph, line, LONG / LINE_LEN, "\n");
    assert_int_equal(read_bytes(PEOPLE_LDIF, text, strlen(text), &file, NULL), LK_OK);
    assert_int_equal(file.count, 1);
    assert_int_equal(strlen(file.rows[0].form.values[PROFILE_TITLE]), LONG / LINE_LEN * LINE_LEN);
    free(line);
    free(photograph);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_is_read),
        cmocka_unit_test(faults_of_csv_refuse_one_person),
        cmocka_unit_test(what_is_no_csv),
        cmocka_unit_test(csv_columns_have_a_limit),
        cmocka_unit_test(long_csv_values_are_whole),
        cmocka_unit_test(many_people_are_kept_in_order),
        cmocka_unit_test(whole_names_are_split),
        cmocka_unit_test(ldif_is_read),
        cmocka_unit_test(faults_of_ldif_refuse_one_person),
        cmocka_unit_test(what_is_no_ldif),
        cmocka_unit_test(long_ldif_values_are_whole),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
