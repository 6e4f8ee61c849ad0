/* SPDX-License-Identifier: Apache-2.0 */
/* What is handed to libldap: the room's private header is looked into here. */
#include "support.h"

#include "directory/connection_internal.h"

#include <stdio.h>
#include <string.h>

static struct lk_arena *arena;

static int set_up(void **state)
{
    (void) state;
    arena = lk_arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    lk_arena_free(arena);
    return 0;
}

/* "+cn:a,b -sn:c =title:" */
static const char *written(const struct directory_change *change)
{
    static char text[65536];
    size_t len = 0;
    text[0] = '\0';
    for (size_t i = 0; i < change->count; i++) {
        const LDAPMod *one = change->changes[i];
        assert_true(one->mod_op & LDAP_MOD_BVALUES);
        const int operation = one->mod_op & LDAP_MOD_OP;
        len += (size_t) snprintf(text + len, sizeof text - len, "%s%c%s:", i == 0 ? "" : " ",
                                 operation == LDAP_MOD_ADD      ? '+'
                                 : operation == LDAP_MOD_DELETE ? '-'
                                                                : '=',
                                 one->mod_type);
        for (size_t k = 0; one->mod_bvalues != NULL && one->mod_bvalues[k] != NULL; k++)
            len += (size_t) snprintf(text + len, sizeof text - len, "%s%.*s", k == 0 ? "" : ",",
                                     (int) one->mod_bvalues[k]->bv_len, one->mod_bvalues[k]->bv_val);
    }
    if (change->count > 0)
        assert_null(change->changes[change->count]);
    return text;
}

static void nothing_is_empty(void **state)
{
    (void) state;
    struct directory_change *change = directory_change_new(arena);
    assert_true(directory_change_is_empty(change));
    directory_change_replace(change, "cn", NULL);
    assert_false(directory_change_is_empty(change));
}

static void order_is_kept(void **state)
{
    (void) state;
    struct directory_change *change = directory_change_new(arena);
    directory_change_delete(change, "lkToken", "t");
    directory_change_replace(change, "lkAccountDN", "uid=jane");
    directory_change_add(change, "lkSend", "invite");
    directory_change_replace(change, "lkSendError", NULL);
    assert_string_equal(written(change), "-lkToken:t =lkAccountDN:uid=jane +lkSend:invite =lkSendError:");
    assert_false(change->only_adds);
    assert_false(change->malformed);
}

static void values_of_one_attribute_come_together(void **state)
{
    (void) state;
    struct directory_change *change = directory_change_new(arena);
    directory_change_add(change, "objectClass", "a");
    directory_change_add(change, "cn", "x");
    directory_change_add(change, "OBJECTCLASS", "b");
    directory_change_add_bytes(change, "objectClass", "c\0d", 3);
    assert_int_equal(change->count, 2);
    assert_int_equal(change->changes[0]->mod_bvalues[2]->bv_len, 3);
    assert_memory_equal(change->changes[0]->mod_bvalues[2]->bv_val, "c\0d", 3);
    assert_null(change->changes[0]->mod_bvalues[3]);
    assert_true(change->only_adds);
}

/* Joining the last one to the first would put it before the replacement, which would take it away. */
static void values_do_not_jump_over_another_change_of_their_attribute(void **state)
{
    (void) state;
    struct directory_change *change = directory_change_new(arena);
    directory_change_add(change, "cn", "a");
    directory_change_replace(change, "cn", "b");
    directory_change_add(change, "cn", "c");
    directory_change_replace(change, "cn", "d");
    directory_change_replace(change, "cn", "e");
    assert_string_equal(written(change), "+cn:a =cn:b +cn:c =cn:d =cn:e");
}

static void a_missing_value_spoils_the_whole(void **state)
{
    (void) state;
    struct directory_change *change = directory_change_new(arena);
    directory_change_add(change, "cn", "a");
    directory_change_delete(change, "lkToken", NULL);
    assert_true(change->malformed);
    assert_false(directory_change_is_empty(change));
    change = directory_change_new(arena);
    directory_change_add(change, "cn", NULL);
    assert_true(change->malformed);
    assert_false(directory_change_is_empty(change));
}

static void there_is_room_for_many(void **state)
{
    (void) state;
    struct directory_change *change = directory_change_new(arena);
    char text[16];
    for (unsigned i = 0; i < 1000; i++) {
        (void) snprintf(text, sizeof text, "%u", i);
        directory_change_add(change, "lkToken", text);
        (void) snprintf(text, sizeof text, "a%u", i % 100);
        directory_change_delete(change, text, "x");
    }
    assert_int_equal(change->count, 101);
    for (unsigned i = 0; i < 1000; i++) {
        (void) snprintf(text, sizeof text, "%u", i);
        assert_string_equal(change->changes[0]->mod_bvalues[i]->bv_val, text);
    }
    assert_null(change->changes[0]->mod_bvalues[1000]);
    assert_null(change->changes[101]);
}

static void bytes_are_copied(void **state)
{
    (void) state;
    struct directory_change *change = directory_change_new(arena);
    char name[] = "cn";
    char value[] = "jane";
    directory_change_add(change, name, value);
    memset(name, 'x', 2);
    memset(value, 'x', 4);
    assert_string_equal(written(change), "+cn:jane");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_empty),
        cmocka_unit_test(order_is_kept),
        cmocka_unit_test(values_of_one_attribute_come_together),
        cmocka_unit_test(values_do_not_jump_over_another_change_of_their_attribute),
        cmocka_unit_test(a_missing_value_spoils_the_whole),
        cmocka_unit_test(there_is_room_for_many),
        cmocka_unit_test(bytes_are_copied),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
