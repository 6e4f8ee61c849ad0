/* SPDX-License-Identifier: Apache-2.0 */
#include "courier/reply.h"
#include "unit/testing.h"

#include <string.h>

static void hear(struct reply *reply, const char *line)
{
    reply_line(reply, line, strlen(line));
}

static void send_command(struct reply *reply, const char *command)
{
    reply_command(reply, command, strlen(command));
}

static void replies_are_understood(void **state)
{
    (void) state;

    static const struct {
        const char *command;
        const char *lines[3];
        const char *sentence;
        bool is_permanent, is_temporary;
    } rows[] = {
        {"RCPT TO:<a@b.example>",    { "550 5.1.1 No such user\r\n" },                       "550 5.1.1 No such user",      true,  false},
        { "MAIL FROM:<a@b.example>", { "451 4.7.1 Greylisted\r\n" },                         "451 4.7.1 Greylisted",        false, true },
        { "DATA",                    { "554-5.6.0 Line one\r\n", "554 5.6.0 Line two\r\n" }, "554 5.6.0 Line one Line two", true,  false},
        { "DATA",                    { "354 go on\r\n", "250 2.0.0 Taken\r\n" },             "250 2.0.0 Taken",             false, false},
        { "DATA",                    { "354 go on\r\n", "552 too big\r\n" },                 "552 too big",                 true,  false},
        { "DATA",                    { "554-never ends\r\n" },                               "554 never ends",              false, false},
        { "EHLO x",                  { "550 not you\r\n" },                                  "550 not you",                 false, false},
        { "AUTH PLAIN",              { "535 5.7.8 Wrong\r\n" },                              "535 5.7.8 Wrong",             false, false},
        { "MAIL FROM:<a@b.example>",
         { "530 5.7.0 Must use STARTTLS\r\n" },
         "530 5.7.0 Must use STARTTLS",                                                                                     false,
         false                                                                                                                          },
        { "RCPT TO:<a@b.example>",   { "421 4.3.2 Going away" },                             "421 4.3.2 Going away",        false, false},
        { "RCPT TO:<a@b.example>",   { "550" },                                              "550",                         true,  false},
        { "RCPT TO:<a@b.example>",   { "550 4.1.1 other class" },                            "550 4.1.1 other class",       true,  false},
        { "RCPT TO:<a@b.example>",   { "550 5.1 no code" },                                  "550 5.1 no code",             true,  false},
        { "RCPT TO:<a@b.example>",   { "550 5.1.2345 no code" },                             "550 5.1.2345 no code",        true,  false},
        { "RCPT TO:<a@b.example>",   { "550 \x1B[31mred\xFF\xC3\xA4\r\n" },                  "550 ?[31mred?\xC3\xA4",       true,  false},
        { "RCPT TO:<a@b.example>",   { "5500 not a code\r\n" },                              "5500 not a code",             false, false},
        { "RCPT TO:<a@b.example>",   { "nonsense\r\n" },                                     "nonsense",                    false, false},
        { "RCPT TO:<a@b.example>",   { "\r\n" },                                             "",                            false, false},
        { "RSET",                    { NULL },                                               "",                            false, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct reply reply = { 0 };
        hear(&reply, "220 welcome\r\n");
        send_command(&reply, rows[i].command);
        for (size_t n = 0; n < 3 && rows[i].lines[n] != NULL; n++)
            hear(&reply, rows[i].lines[n]);
        char sentence[REPLY_SENTENCE_MOST + 1];
        reply_sentence(&reply, sentence);
        assert_string_equal(sentence, rows[i].sentence);
        assert_int_equal(reply_is_permanent(&reply), rows[i].is_permanent);
        assert_int_equal(reply_is_temporary(&reply), rows[i].is_temporary);
    }
}

/* A refusal of what came before is not one of what was sent since. */
static void a_command_ends_the_former_reply(void **state)
{
    (void) state;
    struct reply reply = { 0 };
    send_command(&reply, "RCPT TO:<a@b.example>");
    hear(&reply, "550 no");
    assert_true(reply_is_permanent(&reply));
    send_command(&reply, "DATA");
    assert_false(reply_is_permanent(&reply));
    assert_int_equal(reply.code, 0);
}

static void a_farewell_changes_nothing(void **state)
{
    (void) state;
    struct reply reply = { 0 };
    send_command(&reply, "RCPT TO:<a@b.example>");
    hear(&reply, "550 no");
    send_command(&reply, "QUIT");
    hear(&reply, "221 bye");
    assert_true(reply_is_permanent(&reply));
    assert_string_equal(reply.words, "no");
    send_command(&reply, "MAIL FROM:<a@b.example>");
    hear(&reply, "250 yes");
    assert_int_equal(reply.code, 250);
}

static void endless_words_are_cut_at_a_whole_character(void **state)
{
    (void) state;
    struct reply reply = { 0 };
    send_command(&reply, "DATA");
    for (int i = 0; i < 5000; i++)
        hear(&reply, "550-\xE5\xB1\xB1\xE5\xB1\xB1\r\n");
    hear(&reply, "550 end\r\n");
    char sentence[REPLY_SENTENCE_MOST + 1];
    reply_sentence(&reply, sentence);
    assert_true(reply_is_permanent(&reply));
    assert_in_range(strlen(sentence), REPLY_SENTENCE_MOST - 3, REPLY_SENTENCE_MOST);
    assert_int_equal((unsigned char) sentence[strlen(sentence) - 1], 0xB1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_are_understood),
        cmocka_unit_test(a_command_ends_the_former_reply),
        cmocka_unit_test(a_farewell_changes_nothing),
        cmocka_unit_test(endless_words_are_cut_at_a_whole_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
