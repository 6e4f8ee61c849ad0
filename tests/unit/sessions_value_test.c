/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "sessions/value.h"
#include "unit/testing.h"

#include <string.h>

#define ID  "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define NOW INT64_C(1795000000)

static struct session_value must_read(struct lk_arena *arena, const char *text)
{
    struct session_value value = { .text = NULL };
    if (session_value_read(arena, text, strlen(text), &value) != LK_OK)
        fail_msg("'%s' is refused", text);
    return value;
}

static void test_begin(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    const struct session_origin origin = { .address = "2001:db8::7", .agent = "Mozilla/5.0 (X11)" };
    const char *text = session_value_begin(arena, ID, NOW, true, &origin);
    assert_string_equal(text, "session id=" ID " begun=20261118110640Z seen=20261118110640Z kept=1 from=2001:db8::7 "
                              "agent=\"Mozilla/5.0 (X11)\"");
    const struct session_value value = must_read(arena, text);
    assert_string_equal(value.text, text);
    assert_string_equal(value.id, ID);
    assert_int_equal(value.begun, NOW);
    assert_int_equal(value.seen, NOW);
    assert_true(value.kept);
    assert_false(value.has_profile);
    assert_string_equal(session_value_begin(arena, ID, NOW, false, NULL),
                        "session id=" ID " begun=20261118110640Z seen=20261118110640Z");
}

static void test_strange_origins(void **state)
{
    (void) state;
    static const char *const left_out[] = { "", "\xff", "a\nb", "a\x01" };
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    char agent[1001] = { 0 };
    for (size_t i = 0; i < sizeof left_out / sizeof left_out[0]; i++) {
        const struct session_origin origin = { .agent = left_out[i] };
        assert_null(strstr(session_value_begin(arena, ID, NOW, false, &origin), "agent="));
    }
    for (size_t i = 0; i + 3 < sizeof agent; i += 3)
        memcpy(agent + i, "\xe3\x81\x82", 3);
    const struct session_origin origin = { .agent = agent };
    const char *text = session_value_begin(arena, ID, NOW, false, &origin);
    assert_int_equal(strlen(strstr(text, "agent=")), strlen("agent=") + 66 * 9); /* whole characters only */
    (void) must_read(arena, text);
}

static void test_changes_keep_the_rest(void **state)
{
    (void) state;
    static const uint8_t profile[16] = { 0xaa, 0xbb };
    static const char before[] = "session id=" ID " begun=20261118110640Z seen=20261118110640Z from=192.0.2.7 note=x";
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    const struct session_value value = must_read(arena, before);
    assert_string_equal(session_value_seen(arena, &value, NOW + 60),
                        "session id=" ID " begun=20261118110640Z seen=20261118110740Z from=192.0.2.7 note=x");
    const char *selecting = session_value_selecting(arena, &value, profile);
    assert_string_equal(selecting, "session id=" ID " begun=20261118110640Z seen=20261118110640Z from=192.0.2.7 note=x "
                                   "profile=aabb0000-0000-0000-0000-000000000000");
    const struct session_value selected = must_read(arena, selecting);
    assert_true(selected.has_profile);
    assert_memory_equal(selected.profile, profile, sizeof profile);
}

static void test_ends(void **state)
{
    (void) state;

    static const struct {
        int64_t begun, seen;
        bool kept;
        int64_t ends;
    } table[] = {
        {NOW,  NOW,            false, NOW + 28800   },
        { NOW, NOW + 80000,    false, NOW + 86400   },
        { NOW, NOW,            true,  NOW + 7776000 },
        { NOW, NOW + 31000000, true,  NOW + 31536000},
    };
    struct config *config = config_defaults();
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct session_value value = { .begun = table[i].begun, .seen = table[i].seen, .kept = table[i].kept };
        assert_int_equal(session_value_ends(config, &value), table[i].ends);
    }
    config_free(config);
}

static void test_foreign_values(void **state)
{
    (void) state;
    static const char *const values[] = {
        "",
        "session",
        "invite id=" ID " begun=20261118110640Z seen=20261118110640Z",
        "session begun=20261118110640Z seen=20261118110640Z",
        "session id=short begun=20261118110640Z seen=20261118110640Z",
        "session id=" ID " seen=20261118110640Z",
        "session id=" ID " begun=20261118110640Z",
        "session id=" ID " begun=then seen=20261118110640Z",
        "session id=" ID " begun=20261118110640Z seen=20261118110640Z profile=me",
        "session id=" ID "  begun=20261118110640Z seen=20261118110640Z",
    };
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct session_value value;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (session_value_read(arena, values[i], strlen(values[i]), &value) != LK_MALFORMED)
            fail_msg("'%s' is taken for a session", values[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_begin),
        cmocka_unit_test(test_strange_origins),
        cmocka_unit_test(test_changes_keep_the_rest),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_foreign_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
