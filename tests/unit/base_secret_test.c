/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/cleanup.h"
#include "base/secret.h"

#include <fcntl.h>
#include <sodium/core.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/latchkey-secret-XXXXXX";
static char path[128];

static int set_up(void **state)
{
    (void) state;
    if (sodium_init() < 0 || mkdtemp(folder) == NULL)
        return -1;
    (void) snprintf(path, sizeof path, "%s/secret", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    (void) unlink(path);
    return rmdir(folder);
}

static void write_file(const char *bytes, size_t len, mode_t mode)
{
    (void) unlink(path);
    LK_CLEANUP(lk_cleanup_close) int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, bytes, len), len);
    assert_int_equal(fchmod(descriptor, mode), 0);
}

static void a_secret_is_a_copy(void **state)
{
    (void) state;
    char given[] = "s3cr\0et";
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *secret = lk_secret_new(given, 7);
    memset(given, 'x', sizeof given);
    assert_int_equal(lk_secret_len(secret), 7);
    assert_memory_equal(lk_secret_bytes(secret), "s3cr\0et", 8);

    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *empty = lk_secret_new(NULL, 0);
    assert_int_equal(lk_secret_len(empty), 0);
    assert_string_equal(lk_secret_bytes(empty), "");
    lk_secret_free(NULL);
}

static void what_is_held_twice_is_there_until_both_are_freed(void **state)
{
    (void) state;
    struct lk_secret *first = lk_secret_new("s3cret", 6);
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *again = lk_secret_again(first);
    assert_ptr_equal(lk_secret_bytes(again), lk_secret_bytes(first));
    lk_secret_free(first);
    assert_int_equal(lk_secret_len(again), 6);
    assert_string_equal(lk_secret_bytes(again), "s3cret");
    /* That the last one frees them is what the leak sanitizer's run of this test shows. */
}

static void equality_is_of_every_byte(void **state)
{
    (void) state;

    static const struct {
        const char *a;
        size_t a_len;
        const char *b;
        size_t b_len;
        bool is_equal;
    } CASES[] = {
        {LITERAL("same"),  LITERAL("same"),  true },
        { LITERAL("same"), LITERAL("samE"),  false},
        { LITERAL("same"), LITERAL("same2"), false},
        { LITERAL("a\0b"), LITERAL("a\0c"),  false},
        { LITERAL(""),     LITERAL(""),      true },
        { LITERAL(""),     LITERAL("x"),     false},
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        LK_CLEANUP(lk_cleanup_secret) struct lk_secret *a = lk_secret_new(CASES[i].a, CASES[i].a_len);
        LK_CLEANUP(lk_cleanup_secret) struct lk_secret *b = lk_secret_new(CASES[i].b, CASES[i].b_len);
        assert_int_equal(lk_secret_equals(a, b), CASES[i].is_equal);
    }
}

static void a_file_is_read_without_its_line_end(void **state)
{
    (void) state;

    static const struct {
        const char *bytes;
        size_t len;
        const char *secret;
    } CASES[] = {
        {LITERAL("12345678"),      "12345678"},
        { LITERAL("1234567\n"),    "1234567" },
        { LITERAL("12345678\n"),   "12345678"},
        { LITERAL("12345678\r\n"), "12345678"},
        { LITERAL("1\n\n"),        "1\n"     },
        { LITERAL(" 1 \n"),        " 1 "     },
        { LITERAL("1\r"),          "1\r"     },
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        write_file(CASES[i].bytes, CASES[i].len, i % 2 == 0 ? 0600 : 0400);
        LK_CLEANUP(lk_cleanup_secret) struct lk_secret *secret = NULL;
        struct lk_trouble trouble = { "" };
        assert_int_equal(lk_secret_read(path, 8, &secret, &trouble), LK_OK);
        assert_string_equal(lk_secret_bytes(secret), CASES[i].secret);
        assert_int_equal(lk_secret_len(secret), strlen(CASES[i].secret));
        assert_string_equal(trouble.words, "");
    }
}

static void expect(enum lk_status expected, const char *where, const char *words)
{
    struct lk_secret *secret = NULL;
    struct lk_trouble trouble = { "" };
    assert_int_equal(lk_secret_read(where, 8, &secret, &trouble), expected);
    assert_null(secret);
    assert_non_null(strstr(trouble.words, where));
    assert_non_null(strstr(trouble.words, words));
    assert_null(strstr(trouble.words, "12345")); /* what was read is never repeated */
    assert_int_equal(lk_secret_read(where, 8, &secret, NULL), expected);
}

static void a_file_that_is_empty_or_too_long_is_malformed(void **state)
{
    (void) state;

    static const struct {
        const char *bytes;
        size_t len;
        const char *words;
    } CASES[] = {
        {LITERAL(""),                      "empty"        },
        { LITERAL("\n"),                   "empty"        },
        { LITERAL("\r\n"),                 "empty"        },
        { LITERAL("123456789"),            "longer than 8"},
        { LITERAL("123456789\n"),          "longer"       },
        { LITERAL("12345678\n\n"),         "longer"       },
        { LITERAL("12345678901234567890"), "longer"       },
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        write_file(CASES[i].bytes, CASES[i].len, 0600);
        expect(LK_MALFORMED, path, CASES[i].words);
    }
}

static void a_file_open_to_others_is_refused(void **state)
{
    (void) state;
    static const mode_t MODES[] = { 0640, 0620, 0604, 0602, 0666 };
    for (size_t i = 0; i < COUNT_OF(MODES); i++) {
        write_file(LITERAL("12345"), MODES[i]);
        expect(LK_REFUSED, path, "open to group or others");
    }
}

static void somebody_elses_file_is_refused(void **state)
{
    (void) state;
    if (geteuid() != 0)
        skip();
    write_file(LITERAL("12345"), 0600);
    assert_int_equal(chown(path, 65534, 65534), 0);
    expect(LK_REFUSED, path, "somebody else");
}

static void what_cannot_be_opened_or_is_no_file(void **state)
{
    (void) state;
    (void) unlink(path);
    expect(LK_ABSENT, path, "No such file");
    write_file(LITERAL("12345"), 0600);
    char below[160];
    (void) snprintf(below, sizeof below, "%s/below", path);
    expect(LK_ABSENT, below, "Not a directory");
    expect(LK_BROKEN, folder, "not a regular file");
    expect(LK_BROKEN, "/dev/null", "not a regular file");

    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0); /* must not wait for a writer */
    expect(LK_BROKEN, path, "not a regular file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_secret_is_a_copy),
        cmocka_unit_test(what_is_held_twice_is_there_until_both_are_freed),
        cmocka_unit_test(equality_is_of_every_byte),
        cmocka_unit_test(a_file_is_read_without_its_line_end),
        cmocka_unit_test(a_file_that_is_empty_or_too_long_is_malformed),
        cmocka_unit_test(a_file_open_to_others_is_refused),
        cmocka_unit_test(somebody_elses_file_is_refused),
        cmocka_unit_test(what_cannot_be_opened_or_is_no_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
