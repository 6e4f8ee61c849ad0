/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials/totp.h"
#include "unit/testing.h"

#include <sodium/core.h>
#include <string.h>

static const uint8_t secret[TOTP_SECRET_LEN + 1] = "12345678901234567890";

/* RFC 6238 appendix B, SHA-1: of its eight digits the last six. */
static const struct {
    int64_t now;
    const char *code;
} vectors[] = {
    {59,           "287082"},
    { 1111111109,  "081804"},
    { 1111111111,  "050471"},
    { 1234567890,  "005924"},
    { 2000000000,  "279037"},
    { 20000000000, "353130"},
};

static void rfc_6238_vectors(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        int64_t step = -1;
        assert_int_equal(totp_check(secret, vectors[i].now, -1, vectors[i].code, &step), LK_OK);
        assert_int_equal(step, vectors[i].now / 30);
    }
}

static void clocks_may_differ_by_one_step(void **state)
{
    (void) state;
    int64_t step = 0;
    const int64_t at = 2000000000;
    for (int64_t steps = -3; steps <= 3; steps++) {
        const enum lk_status wanted = steps >= -1 && steps <= 1 ? LK_OK : LK_REFUSED;
        assert_int_equal(totp_check(secret, at + steps * TOTP_STEP, -1, "279037", &step), wanted);
        if (wanted == LK_OK)
            assert_int_equal(step, totp_step(at));
    }
}

static void a_step_that_was_used_is_refused_and_so_are_earlier_ones(void **state)
{
    (void) state;
    int64_t step = 0;
    const int64_t at = 2000000000;
    assert_int_equal(totp_check(secret, at, totp_step(at) - 1, "279037", &step), LK_OK);
    assert_int_equal(totp_check(secret, at, totp_step(at), "279037", &step), LK_REFUSED);
    assert_int_equal(totp_check(secret, at, totp_step(at) + 1, "279037", &step), LK_REFUSED);
}

static void other_codes_and_secrets_are_refused(void **state)
{
    (void) state;
    int64_t step = 0;
    const uint8_t other[TOTP_SECRET_LEN + 1] = "12345678901234567891";
    assert_int_equal(totp_check(secret, 2000000000, -1, "279038", &step), LK_REFUSED);
    assert_int_equal(totp_check(other, 2000000000, -1, "279037", &step), LK_REFUSED);
    assert_int_equal(totp_check(secret, 0, -1, "755224", &step), LK_OK); /* RFC 4226 appendix D, count 0 */
    assert_int_equal(step, 0);
}

static const struct {
    const char *typed;
    const char *code; /* NULL: it is none */
} typed_codes[] = {
    {"287082",       "287082"},
    { " 287 082 ",   "287082"},
    { "2-8-7-0-8-2", "287082"},
    { "",            NULL    },
    { "28708",       NULL    },
    { "2870822",     NULL    },
    { "28708a",      NULL    },
    { "287082 x",    NULL    },
    { "\xd9\xa1"
      "2345",   NULL    },
};

static void codes_as_they_are_typed(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof typed_codes / sizeof *typed_codes; i++) {
        char code[TOTP_DIGITS + 1] = "";
        const bool is_code = totp_code_read(typed_codes[i].typed, strlen(typed_codes[i].typed), code);
        assert_int_equal(is_code, typed_codes[i].code != NULL);
        if (is_code)
            assert_string_equal(code, typed_codes[i].code);
    }
}

static void the_secret_as_an_app_is_told_it(void **state)
{
    (void) state;
    struct lk_arena *arena = lk_arena_new();
    assert_string_equal(totp_secret_text(arena, secret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert_string_equal(totp_address(arena, "A & B: C", "ada@x.example?", secret),
                        "otpauth://totp/A%20%26%20B%3A%20C:ada@x.example%3F?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                        "&issuer=A%20%26%20B%3A%20C");
    lk_arena_free(arena);
}

static const struct {
    const char *typed;
    const char *letters;
} typed_recovery_codes[] = {
    {"ABCD-EFGH-IJKL-MNOP",        "ABCDEFGHIJKLMNOP"},
    { "abcd efgh ijkl mnop",       "ABCDEFGHIJKLMNOP"},
    { "ABCDEFGHIJKLMN22",          "ABCDEFGHIJKLMN22"},
    { "0O1I8Baaaaaaaaaa",          "OOIIBBAAAAAAAAAA"},
    { "ABCD-EFGH-IJKL-MNO",        NULL              },
    { "ABCD-EFGH-IJKL-MNOPQ",      NULL              },
    { "ABCD-EFGH-IJKL-MNO9",       NULL              },
    { "ABCD-EFGH-IJKL-MN\xc3\x96", NULL              },
    { "",                          NULL              },
};

static void recovery_codes_as_they_are_typed(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof typed_recovery_codes / sizeof *typed_recovery_codes; i++) {
        struct recovery_code code;
        const char *typed = typed_recovery_codes[i].typed;
        const bool is_code = recovery_code_read(typed, strlen(typed), &code);
        assert_int_equal(is_code, typed_recovery_codes[i].letters != NULL);
        if (is_code)
            assert_string_equal(code.letters, typed_recovery_codes[i].letters);
    }
    struct recovery_code code;
    assert_false(recovery_code_read("ABCDEFGHIJKLMNO\0", 16, &code));
}

static void a_new_recovery_code_is_read_as_it_is_shown(void **state)
{
    (void) state;
    struct lk_arena *arena = lk_arena_new();
    for (int i = 0; i < 200; i++) {
        struct recovery_code code = recovery_code_new(), read, other = recovery_code_new();
        const char *text = recovery_code_text(arena, &code);
        assert_int_equal(strlen(text), RECOVERY_CODE_TEXT_LEN);
        assert_true(recovery_code_read(text, strlen(text), &read));
        assert_string_equal(read.letters, code.letters);
        assert_string_not_equal(other.letters, code.letters);
    }
    lk_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_6238_vectors),
        cmocka_unit_test(clocks_may_differ_by_one_step),
        cmocka_unit_test(a_step_that_was_used_is_refused_and_so_are_earlier_ones),
        cmocka_unit_test(other_codes_and_secrets_are_refused),
        cmocka_unit_test(codes_as_they_are_typed),
        cmocka_unit_test(the_secret_as_an_app_is_told_it),
        cmocka_unit_test(recovery_codes_as_they_are_typed),
        cmocka_unit_test(a_new_recovery_code_is_read_as_it_is_shown),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
