/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/cleanup.h"
#include "logging/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* A socket that keeps messages apart: one read gives what one write gave. */
static int ends[2];
static char line[2 * PIPE_BUF];
static size_t line_len;

static int set_up(void **state)
{
    (void) state;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return -1;
    log_open(ends[1], LOG_LEVEL_DEBUG);
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    log_open(STDERR_FILENO, LOG_LEVEL_INFO);
    (void) close(ends[0]);
    (void) close(ends[1]);
    return 0;
}

/* What the next write wrote; false if there was none. */
static bool next_line(void)
{
    const ssize_t count = recv(ends[0], line, sizeof line - 1, 0);
    line_len = count < 0 ? 0 : (size_t) count;
    line[line_len] = '\0';
    return count >= 0;
}

#define TIME_SHAPE "time=NNNN-NN-NNTNN:NN:NN.NNNZ "

/* One write, one line, and behind the time exactly this. */
static void assert_line(const char *expected)
{
    assert_true(next_line());
    for (size_t i = 0; i < strlen(TIME_SHAPE); i++) {
        if (TIME_SHAPE[i] == 'N')
            assert_in_range(line[i], '0', '9');
        else
            assert_int_equal(line[i], TIME_SHAPE[i]);
    }
    assert_int_equal(strlen(line), line_len);
    assert_int_equal(line[line_len - 1], '\n');
    line[line_len - 1] = '\0';
    assert_string_equal(line + strlen(TIME_SHAPE), expected);
    assert_false(next_line());
}

static void a_line_has_time_level_event_and_fields(void **state)
{
    (void) state;
    log_write(LOG_LEVEL_INFO, "request", log_text("route", "/signin"), log_number("status", 200),
              log_bytes("part", "abcdef", 3));
    assert_line("level=info event=request route=/signin status=200 part=abc");
    log_write_fields(LOG_LEVEL_WARNING, "bare", NULL, 0);
    assert_line("level=warning event=bare");
    log_write(LOG_LEVEL_ERROR, "two words", log_number("n", 0));
    assert_line("level=error event=\"two words\" n=0");
    log_write(LOG_LEVEL_DEBUG, "numbers", log_number("least", INT64_MIN + 1), log_number("most", INT64_MAX),
              log_number("minus", -7));
    assert_line("level=debug event=numbers least=-9223372036854775807 most=9223372036854775807 minus=-7");
}

/* Only words of our own are: what somebody sent is quoted, with the same bytes. */
static void a_word_stands_as_it_is(void **state)
{
    (void) state;
    const char *nothing = NULL;
    log_write(LOG_LEVEL_INFO, "e", log_word("route", "/t/{token}"), log_text("sent", "/t/{token}"),
              log_word("none", nothing));
    assert_line("level=info event=e route=/t/{token} sent=\"/t/{token}\"");
}

static void what_is_not_there_is_left_out(void **state)
{
    (void) state;
    const char *nothing = NULL;
    log_write(LOG_LEVEL_INFO, "e", log_text("a", nothing), log_bytes("b", nothing, 0), log_bytes("c", nothing, 7),
              log_text("d", ""), log_bytes("e", "x", 0), log_number("f", 1));
    assert_line("level=info event=e d=\"\" e=\"\" f=1");
}

static void values_are_escaped(void **state)
{
    (void) state;

    static const struct {
        const char *bytes;
        size_t len;
        const char *written;
    } CASES[] = {
        {LITERAL("AZaz09._:/@+,-"),                                             "AZaz09._:/@+,-"                  },
        { LITERAL("two words"),                                                 "\"two words\""                   },
        { LITERAL("a=b"),                                                       "\"a=b\""                         },
        { LITERAL("say \"hi\""),                                                "\"say \\x22hi\\x22\""            },
        { LITERAL("back\\slash"),                                               "\"back\\x5cslash\""              },
        { LITERAL("a\nb\r\n\t"),                                                "\"a\\x0ab\\x0d\\x0a\\x09\""      },
        { LITERAL("x\ntime=2026-01-01T00:00:00.000Z level=error event=forged"),
         "\"x\\x0atime=2026-01-01T00:00:00.000Z level=error event=forged\""                                       },
        { LITERAL("x\" event=forged y=\""),                                     "\"x\\x22 event=forged y=\\x22\"" },
        { LITERAL("\x1B[31mred"),                                               "\"\\x1b[31mred\""                },
        { LITERAL("nul\0in"),                                                   "\"nul\\x00in\""                  },
        { LITERAL("\x7F"),                                                      "\"\\x7f\""                       },
        { LITERAL("gr\xC3\xBC\xC3\x9F"),                                        "\"gr\xC3\xBC\xC3\x9F\""          },
        { LITERAL("\xE2\x82\xAC\xF0\x9F\x94\x91"),                              "\"\xE2\x82\xAC\xF0\x9F\x94\x91\""},
        { LITERAL("\xFF\xFE"),                                                  "\"\\xff\\xfe\""                  },
        { LITERAL("a\xC3(b"),                                                   "\"a\\xc3(b\""                    },
        { LITERAL("torn \xE2\x82"),                                             "\"torn \\xe2\\x82\""             },
        { LITERAL("\xC0\xAF"),                                                  "\"\\xc0\\xaf\""                  }, /* overlong */
        { LITERAL("\xED\xA0\x80"),                                              "\"\\xed\\xa0\\x80\""             }, /* surrogate */
        { LITERAL("\xC2\x9B"),                                                  "\"\\xc2\\x9b\""                  }, /* CSI as one C1 control */
        { LITERAL("\xE2\x80\xAE"),                                              "\"\\xe2\\x80\\xae\""             }, /* right-to-left override */
        { LITERAL("\xE2\x80\xA8"),                                              "\"\\xe2\\x80\\xa8\""             }, /* line separator */
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        char expected[300];
        (void) snprintf(expected, sizeof expected, "level=info event=e v=%s", CASES[i].written);
        log_write(LOG_LEVEL_INFO, "e", log_bytes("v", CASES[i].bytes, CASES[i].len));
        assert_line(expected);
    }
}

/* How long the value of the only field came out, quotes taken off. */
static size_t value_len(const char *bytes, size_t len)
{
    log_write(LOG_LEVEL_INFO, "e", log_bytes("v", bytes, len));
    assert_true(next_line());
    const char *value = strstr(line, " v=") + 3;
    const size_t quotes = *value == '"' ? 2 : 0;
    return strlen(value) - 1 - quotes;
}

static void values_are_cut_at_512_bytes(void **state)
{
    (void) state;
    char long_value[2000];
    memset(long_value, 'x', sizeof long_value);
    assert_int_equal(value_len(long_value, 511), 511);
    assert_int_equal(value_len(long_value, 512), 512);
    assert_int_equal(value_len(long_value, 513), 512);
    assert_int_equal(value_len(long_value, sizeof long_value), 512);

    /* Never inside a character. */
    memcpy(long_value + 510, "\xE2\x82\xAC", 3);
    assert_int_equal(value_len(long_value, sizeof long_value), 510);
    memset(long_value, 'x', sizeof long_value);
    memcpy(long_value + 509, "\xE2\x82\xAC", 3);
    assert_int_equal(value_len(long_value, sizeof long_value), 512);
    memset(long_value, 'x', sizeof long_value);
    memcpy(long_value + 509, "\xF0\x9F\x94\x91", 4);
    assert_int_equal(value_len(long_value, sizeof long_value), 509);

    memset(long_value, 0x80, sizeof long_value); /* no UTF-8: each byte is escaped */
    assert_int_equal(value_len(long_value, sizeof long_value), 512 * 4);
}

/* A value behind whose length no page is: reading on would be a fault. */
static void nothing_behind_a_value_is_read(void **state)
{
    (void) state;
    const size_t page = (size_t) sysconf(_SC_PAGESIZE);
    char *pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(pages != MAP_FAILED);
    assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
    static const char *const TAILS[] = { "\xC3", "\xE2\x82", "\xF0\x9F\x94", "\xF0", "x" };
    for (size_t i = 0; i < COUNT_OF(TAILS); i++) {
        const size_t len = strlen(TAILS[i]);
        memcpy(pages + page - len, TAILS[i], len);
        log_write(LOG_LEVEL_INFO, "e", log_bytes("v", pages + page - len, len));
        assert_true(next_line());
    }
    memset(pages, 'x', page);
    assert_int_equal(value_len(pages + page - 512, 512), 512);
    assert_int_equal(munmap(pages, 2 * page), 0);
}

static void a_line_never_passes_what_one_write_carries_whole(void **state)
{
    (void) state;
    char value[512];
    memset(value, 0xFF, sizeof value); /* 2050 bytes each when written */
    log_write(LOG_LEVEL_INFO, "e", log_bytes("a", value, sizeof value), log_bytes("b", value, sizeof value),
              log_text("c", "behind"));
    assert_true(next_line());
    assert_in_range(line_len, 2000, PIPE_BUF);
    assert_non_null(strstr(line, " a=\"\\xff"));
    assert_null(strstr(line, " b="));
    assert_null(strstr(line, " c="));
    assert_string_equal(line + line_len - strlen("\" cut=1\n"), "\" cut=1\n");
    assert_false(next_line());

    memset(value, 'x', sizeof value);
    struct log_field many[20];
    for (size_t i = 0; i < COUNT_OF(many); i++)
        many[i] = (struct log_field) log_bytes("f", value, sizeof value);
    log_write_fields(LOG_LEVEL_INFO, "e", many, COUNT_OF(many));
    assert_true(next_line());
    assert_in_range(line_len, PIPE_BUF - 600, PIPE_BUF);
    assert_string_equal(line + line_len - strlen(" cut=1\n"), " cut=1\n");

    /* From a line with much room to one with none, byte by byte. */
    for (size_t len = 0; len <= sizeof value; len++) {
        many[7] = (struct log_field) log_bytes("g", value, len);
        log_write_fields(LOG_LEVEL_INFO, "e", many, 8);
        assert_true(next_line());
        assert_true(line_len <= PIPE_BUF);
        assert_int_equal(line[line_len - 1], '\n');
    }
}

static void levels_below_the_least_are_silent(void **state)
{
    (void) state;

    static const enum log_level LEVELS[] = { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

    for (size_t least = 0; least < COUNT_OF(LEVELS); least++) {
        log_open(ends[1], LEVELS[least]);
        for (size_t level = 0; level < COUNT_OF(LEVELS); level++) {
            log_write_fields(LEVELS[level], "e", NULL, 0);
            assert_int_equal(next_line(), level <= least);
            assert_int_equal(log_wants(LEVELS[level]) != 0, level <= least);
        }
    }
    log_open(ends[1], LOG_LEVEL_DEBUG);
}

static void a_destination_that_takes_nothing_does_no_harm(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_close) int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_true(full >= 0);
    log_open(full, LOG_LEVEL_DEBUG);
    errno = EXDEV;
    log_write(LOG_LEVEL_INFO, "e", log_number("n", 1));
    assert_int_equal(errno, EXDEV);
    log_open(-1, LOG_LEVEL_DEBUG);
    log_write(LOG_LEVEL_INFO, "e", log_number("n", 1));
    assert_int_equal(errno, EXDEV);
    log_open(ends[1], LOG_LEVEL_DEBUG);
}

static void request_ids_are_hexadecimal_and_differ(void **state)
{
    (void) state;
    char ids[100][LOG_ID_LEN + 1];
    for (size_t i = 0; i < COUNT_OF(ids); i++) {
        log_new_id(ids[i]);
        assert_int_equal(strlen(ids[i]), LOG_ID_LEN);
        assert_int_equal(strspn(ids[i], "0123456789abcdef"), LOG_ID_LEN);
        for (size_t before = 0; before < i; before++)
            assert_string_not_equal(ids[before], ids[i]);
    }
}

/* ---- lines that may wait ---- */

static void lines_that_may_wait_share_a_write(void **state)
{
    (void) state;
    for (int64_t i = 0; i < 3; i++)
        log_write_soon(LOG_LEVEL_INFO, "e", log_number("n", i));
    assert_false(next_line());
    log_flush();
    assert_true(next_line());
    const char *at = line;
    for (unsigned i = 0; i < 3; i++) {
        const char expected[] = { ' ', 'n', '=', (char) ('0' + i), '\n', '\0' };
        at = strstr(at, expected);
        assert_non_null(at);
        at += strlen(expected);
    }
    assert_int_equal(*at, '\0');
    log_flush();
    assert_false(next_line());
}

static size_t count_lines(const char *text)
{
    size_t count = 0;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    return count;
}

/* What waits goes before a line that does not; to what is no file each write carries whole lines, and no more than it is sure to. */
static void lines_that_wait_are_not_overtaken(void **state)
{
    (void) state;
    char value[500];
    memset(value, 'x', sizeof value);
    size_t written = 0;
    for (int64_t i = 0; i < 60; i++) {
        log_write_soon(LOG_LEVEL_INFO, "e", log_number("n", i), log_bytes("v", value, sizeof value));
        while (next_line()) {
            assert_in_range(line_len, sizeof value, PIPE_BUF);
            assert_int_equal(line[line_len - 1], '\n');
            written += count_lines(line);
        }
    }
    assert_in_range(written, 30, 59);
    log_write(LOG_LEVEL_INFO, "now", log_number("n", 60));
    while (written < 60) {
        assert_true(next_line());
        written += count_lines(line);
    }
    assert_int_equal(written, 60);
    assert_line("level=info event=now n=60");
}

/* ---- many threads, one file ---- */

#define THREADS 8
#define LINES   500

static void *write_many(void *argument)
{
    const int64_t thread = *(const int64_t *) argument;
    char value[400];
    memset(value, 'a' + (int) thread, sizeof value);
    for (int64_t i = 0; i < LINES; i++) {
        const struct log_field fields[] = { log_number("thread", thread), log_number("n", i),
                                            log_bytes("v", value, sizeof value) };
        if (i % 16 == 0)
            log_write_fields(LOG_LEVEL_INFO, "e", fields, 3);
        else
            log_write_fields_soon(LOG_LEVEL_INFO, "e", fields, 3);
    }
    return NULL;
}

static void lines_of_many_threads_are_whole(void **state)
{
    (void) state;
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fcntl(fileno(file), F_SETFL, O_APPEND), 0);
    log_open(fileno(file), LOG_LEVEL_INFO);
    pthread_t threads[THREADS];
    int64_t numbers[THREADS];
    for (int64_t i = 0; i < THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, &numbers[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    log_open(ends[1], LOG_LEVEL_DEBUG);

    rewind(file);
    int64_t next[THREADS] = { 0 };
    size_t count = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        const char *at = strstr(line, "thread=");
        assert_non_null(at);
        char *end = NULL;
        const long thread = strtol(at + strlen("thread="), &end, 10);
        assert_in_range(thread, 0, THREADS - 1);
        assert_memory_equal(end, " n=", 3);
        assert_int_equal(strtol(end + 3, &end, 10), next[thread]++);
        assert_memory_equal(end, " v=", 3);
        const char letter[] = { (char) ('a' + thread), '\0' };
        assert_int_equal(strspn(end + 3, letter), 400);
        assert_string_equal(end + 403, "\n");
        count++;
    }
    assert_int_equal(count, THREADS * LINES);
    assert_int_equal(fclose(file), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_time_level_event_and_fields),
        cmocka_unit_test(a_word_stands_as_it_is),
        cmocka_unit_test(what_is_not_there_is_left_out),
        cmocka_unit_test(values_are_escaped),
        cmocka_unit_test(values_are_cut_at_512_bytes),
        cmocka_unit_test(nothing_behind_a_value_is_read),
        cmocka_unit_test(a_line_never_passes_what_one_write_carries_whole),
        cmocka_unit_test(levels_below_the_least_are_silent),
        cmocka_unit_test(a_destination_that_takes_nothing_does_no_harm),
        cmocka_unit_test(request_ids_are_hexadecimal_and_differ),
        cmocka_unit_test(lines_that_may_wait_share_a_write),
        cmocka_unit_test(lines_that_wait_are_not_overtaken),
        cmocka_unit_test(lines_of_many_threads_are_whole),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
