/* SPDX-License-Identifier: Apache-2.0 */
/* docs/configuration.md is what the table says. After a change of the table, write it anew:
 *   LATCHKEY_WRITE_REFERENCE=1 build/release/tests/unit/config_reference_test */
#include "base/cleanup.h"
#include "config/config.h"
#include "config/settings.h"
#include "unit/testing.h"

#include <stdio.h>
#include <string.h>

#define PAGE LATCHKEY_SOURCE "/docs/configuration.md"
#define MOST ((size_t) 256 * 1024)

static void test_page_is_the_table(void **state)
{
    (void) state;
    LK_CLEANUP(lk_text_done) struct lk_text made = LK_TEXT(MOST);
    LK_CLEANUP(lk_cleanup_free) char *kept = calloc(1, MOST + 1);
    config_reference_markdown(&made);
    assert_true(lk_text_ok(&made));
    const bool is_writing = getenv("LATCHKEY_WRITE_REFERENCE") != NULL;
    FILE *file = fopen(PAGE, is_writing ? "w" : "r");
    assert_non_null(file);
    if (is_writing)
        assert_int_equal(fwrite(made.data, 1, made.len, file), made.len);
    else
        assert_true(fread(kept, 1, MOST, file) > 0);
    assert_int_equal(fclose(file), 0);
    if (!is_writing && strcmp(kept, lk_text_string(&made)) != 0)
        fail_msg("%s is not what the table of settings says: run LATCHKEY_WRITE_REFERENCE=1 config_reference_test",
                 PAGE);
}

static void test_every_setting_is_in_both(void **state)
{
    (void) state;
    LK_CLEANUP(lk_text_done) struct lk_text page = LK_TEXT(MOST), manual = LK_TEXT(MOST);
    config_reference_markdown(&page);
    config_reference_manual(&manual);
    assert_true(lk_text_ok(&manual));
    for (size_t i = 0; i < settings_count(); i++) {
        char row[256];
        (void) snprintf(row, sizeof row, "| `%s` | ", settings_at(i)->name);
        assert_non_null(strstr(lk_text_string(&page), row));
        (void) snprintf(row, sizeof row, ".TP\n.B %s\n", settings_at(i)->name);
        assert_non_null(strstr(lk_text_string(&manual), row));
    }
    /* a section without its sentence would leave three line ends in a row */
    assert_null(strstr(lk_text_string(&page), "\n\n\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_is_the_table),
        cmocka_unit_test(test_every_setting_is_in_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
