/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#include "base/mail_address.h"

#include <string.h>

#define TEN     "abcdefghij"
#define SIXTY   TEN TEN TEN TEN TEN TEN
#define LABEL63 SIXTY "abc"

static void addresses_that_may_stand(void **state)
{
    (void) state;
    static const char *const CASES[] = {
        "a@b.co",
        "first.last+tag@example.org",
        "!#$%&'*+-/=?^_`{|}~@example.org",
        "0@0.example",
        "UPPER@EXAMPLE.ORG",
        "a@xn--bcher-kva.example",
        "a@1.2.3.4a",
        "a@b-c--d.example",
        "-a-@b.example",
        SIXTY "abcd@example.org", /* 64 */
        "a@" LABEL63 ".org",
        "a@" LABEL63 "." LABEL63 "." LABEL63 "." SIXTY, /* 254 */
    };
    for (size_t i = 0; i < COUNT_OF(CASES); i++)
        assert_true(lk_mail_address_is_valid(CASES[i], strlen(CASES[i])));
    assert_int_equal(strlen(CASES[COUNT_OF(CASES) - 1]), LK_MAIL_ADDRESS_MOST);
}

static void addresses_that_may_not(void **state)
{
    (void) state;

    static const struct {
        const char *address;
        size_t len;
    } CASES[] = {
        { LITERAL("") },
        { LITERAL("@") },
        { LITERAL("plain") },
        { LITERAL("@example.org") },
        { LITERAL("a@") },
        { LITERAL("a@localhost") }, /* one label */
        { LITERAL("a@b@example.org") },
        { LITERAL("a@example.org@") },
        { LITERAL(".a@example.org") },
        { LITERAL("a.@example.org") },
        { LITERAL("a..b@example.org") },
        { LITERAL("a@.example.org") },
        { LITERAL("a@example.org.") },
        { LITERAL("a@example..org") },
        { LITERAL("a@-example.org") },
        { LITERAL("a@example-.org") },
        { LITERAL("a@exam_ple.org") },
        { LITERAL("a@192.0.2.1") },
        { LITERAL("a@[192.0.2.1]") },
        { LITERAL("\"a b\"@example.org") },
        { LITERAL("a b@example.org") },
        { LITERAL(" a@example.org") },
        { LITERAL("a@example.org ") },
        { LITERAL("a(comment)@example.org") },
        { LITERAL("<a@example.org>") },
        { LITERAL("a,b@example.org") },
        { LITERAL("a;b@example.org") },
        { LITERAL("a:b@example.org") },
        { LITERAL("a\\@example.org") },
        { LITERAL("a@example.org\n") },
        { LITERAL("a@example.org\r\nBcc: b@example.org") },
        { LITERAL("a\n@example.org") },
        { LITERAL("a\0@example.org") },
        { LITERAL("a@exam\0ple.org") },
        { LITERAL("a@example.org\0") },
        { LITERAL("a\x7F@example.org") },
        { LITERAL("\xC3\xA9@example.org") },
        { LITERAL("a@\xC3\xA9.example") },
        { LITERAL("a@example\xE3\x80\x82org") },                      /* the ideographic full stop is no dot */
        { LITERAL(SIXTY "abcde@example.org") },                       /* 65 */
        { LITERAL("a@" LABEL63 "a.org") },                            /* 64 */
        { LITERAL("ab@" LABEL63 "." LABEL63 "." LABEL63 "." SIXTY) }, /* 255 */
    };

    for (size_t i = 0; i < COUNT_OF(CASES); i++) {
        if (lk_mail_address_is_valid(CASES[i].address, CASES[i].len))
            fail_msg("accepted: %s", CASES[i].address);
    }
}

/* The length counts, not a NUL. */
static void nothing_behind_the_length_is_read(void **state)
{
    (void) state;
    const char bytes[] = { 'a', '@', 'b', '.', 'c', 'o' };
    assert_true(lk_mail_address_is_valid(bytes, sizeof bytes));
    for (size_t len = 0; len < 5; len++)
        assert_false(lk_mail_address_is_valid("a@b.co", len));
    assert_true(lk_mail_address_is_valid("a@b.co", 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_that_may_stand),
        cmocka_unit_test(addresses_that_may_not),
        cmocka_unit_test(nothing_behind_the_length_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
