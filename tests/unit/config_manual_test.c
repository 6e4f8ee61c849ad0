/* SPDX-License-Identifier: Apache-2.0 */
/* The SETTINGS of docs/man/latchkey.conf.5 are what the table says. After a change of the table, write them anew:
 *   LATCHKEY_WRITE_REFERENCE=1 build/release/tests/unit/config_manual_test */
#include "base/cleanup.h"
#include "config/config.h"
#include "unit/testing.h"

#include <stdio.h>
#include <string.h>

#define PAGE   LATCHKEY_SOURCE "/docs/man/latchkey.conf.5"
#define MOST   ((size_t) 256 * 1024)
#define BEGINS "\n.SH SETTINGS\n"
#define ENDS   "\n.SH EXAMPLE\n"

static void test_settings_are_the_table(void **state)
{
    (void) state;
    LK_CLEANUP(lk_text_done) struct lk_text made = LK_TEXT(MOST);
    LK_CLEANUP(lk_text_done) struct lk_text page = LK_TEXT(MOST);
    LK_CLEANUP(lk_cleanup_free) char *kept = calloc(1, MOST + 1);
    FILE *file = fopen(PAGE, "r");
    assert_non_null(file);
    assert_true(fread(kept, 1, MOST, file) > 0);
    assert_int_equal(fclose(file), 0);
    const char *begins = strstr(kept, BEGINS);
    const char *ends = strstr(kept, ENDS);
    assert_non_null(begins);
    assert_non_null(ends);

    config_reference_manual(&made);
    lk_text_add(&page, kept, (size_t) (begins - kept) + 1);
    lk_text_add(&page, made.data, made.len);
    lk_text_words(&page, ends + 1);
    assert_true(lk_text_ok(&made) && lk_text_ok(&page));
    if (strcmp(kept, lk_text_string(&page)) == 0)
        return;
    if (getenv("LATCHKEY_WRITE_REFERENCE") == NULL)
        fail_msg("%s is not what the table of settings says: run LATCHKEY_WRITE_REFERENCE=1 config_manual_test", PAGE);
    file = fopen(PAGE, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(page.data, 1, page.len, file), page.len);
    assert_int_equal(fclose(file), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings_are_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
