/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "unit/support.h"
#include "unit/web_rings.h"
#include "web/cookie.h"
#include "web/names.h"

static void names_come_back_newest_first(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct key_ring *ring = ring_of("1 20260101000000Z make " KEY_A "\n");
    struct web_request request = {
        .action = {.ring = ring, .arena = arena}
    };
    assert_int_equal(web_names_read(&request).count, 0);
    static const char *const USED[] = { "a", "b", "\xC3\xA9", "b", "d", "e", "f" };
    for (size_t i = 0; i < COUNT_OF(USED); i++)
        request.names_cookie = web_names_with(&request, USED[i]);
    const struct web_names names = web_names_read(&request);
    static const char *const EXPECTED[] = { "f", "e", "d", "b", "\xC3\xA9" };
    assert_int_equal(names.count, COUNT_OF(EXPECTED));
    for (size_t i = 0; i < COUNT_OF(EXPECTED); i++)
        assert_string_equal(names.items[i], EXPECTED[i]);
    key_ring_free(ring);
}

static void the_longest_names_fit_a_cookie(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct key_ring *ring = ring_of("1 20260101000000Z make " KEY_A "\n");
    struct web_request request = {
        .action = {.ring = ring, .arena = arena}
    };
    char name[WEB_NAME_MOST + 2];
    memset(name, 'a', sizeof name);
    name[WEB_NAME_MOST] = '\0';
    for (char c = 'a'; c < 'a' + WEB_NAMES_MOST; c++) {
        name[0] = c;
        request.names_cookie = web_names_with(&request, name);
    }
    assert_int_equal(web_names_read(&request).count, WEB_NAMES_MOST);
    assert_true(strlen(request.names_cookie) < 4000);
    name[WEB_NAME_MOST] = 'a';
    name[WEB_NAME_MOST + 1] = '\0';
    request.names_cookie = web_names_with(&request, name);
    assert_int_equal(web_names_read(&request).count, WEB_NAMES_MOST);
    assert_int_equal(web_names_read(&request).items[0][0], 'e');
    key_ring_free(ring);
}

static void a_cookie_that_is_not_ours_is_an_empty_list(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct key_ring *ring = ring_of("1 20260101000000Z make " KEY_A "\n");
    struct key_ring *other = ring_of("1 20260101000000Z make " KEY_B "\n");
    const struct web_names names = {
        .count = 2, .items = {"jane", "john"}
    };
    char *cookie = lk_arena_words(arena, web_names_write(ring, arena, &names));
    const size_t len = strlen(cookie);
    assert_int_equal(web_names_parse(ring, arena, cookie, len).count, 2);
    assert_int_equal(web_names_parse(other, arena, cookie, len).count, 0);
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(web_names_parse(ring, arena, cookie, cut).count, 0);
    for (size_t i = 0; i < len; i++) {
        const char kept = cookie[i];
        cookie[i] = kept == 'A' ? 'B' : 'A';
        assert_int_equal(web_names_parse(ring, arena, cookie, len).count, 0);
        cookie[i] = kept;
    }
    assert_int_equal(web_names_parse(ring, arena, NULL, 0).count, 0);
    key_ring_free(ring);
    key_ring_free(other);
}

/* What web_cookie_find lets through must hold what web_names_write writes. */
static void the_cookie_survives_its_header(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct key_ring *ring = ring_of("1 20260101000000Z make " KEY_A "\n");
    const struct web_names names = { .count = 1, .items = { "jane; a=b" } };
    const char *header = lk_arena_format(arena, "x=y; n=%s", web_names_write(ring, arena, &names));
    const char *value = NULL;
    size_t len = 0;
    assert_int_equal(web_cookie_find(header, strlen(header), "n", &value, &len), LK_OK);
    const struct web_names again = web_names_parse(ring, arena, value, len);
    assert_int_equal(again.count, 1);
    assert_string_equal(again.items[0], "jane; a=b");
    key_ring_free(ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_back_newest_first),
        cmocka_unit_test(the_longest_names_fit_a_cookie),
        cmocka_unit_test(a_cookie_that_is_not_ours_is_an_empty_list),
        cmocka_unit_test(the_cookie_survives_its_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
