/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/connection_internal.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define CHANGES_FIRST 8
#define VALUES_FIRST  2

struct directory_change *directory_change_new(struct lk_arena *arena)
{
    struct directory_change *change = lk_arena_alloc(arena, sizeof *change);
    change->arena = arena;
    change->only_adds = true;
    return change;
}

bool directory_change_is_empty(const struct directory_change *change)
{
    return change->count == 0 && !change->malformed;
}

static LDAPMod *new_modification(struct directory_change *change, int operation, const char *attribute)
{
    if (change->count + 1 >= change->room) {
        change->room = change->room == 0 ? CHANGES_FIRST : change->room * 2;
        LDAPMod **larger = lk_arena_array(change->arena, change->room, sizeof(LDAPMod *));
        if (change->count > 0)
            memcpy(larger, change->changes, change->count * sizeof(LDAPMod *));
        change->changes = larger;
    }
    LDAPMod *modification = lk_arena_alloc(change->arena, sizeof *modification);
    modification->mod_op = operation | LDAP_MOD_BVALUES;
    modification->mod_type = lk_arena_words(change->arena, attribute);
    change->changes[change->count++] = modification;
    change->changes[change->count] = NULL;
    if (operation != LDAP_MOD_ADD)
        change->only_adds = false;
    return modification;
}

/* The latest change of `attribute`. Changes of different attributes do not touch each other, so a further value may join it
 * without altering the order that matters; an Add must not name an attribute twice. */
static LDAPMod *latest(const struct directory_change *change, const char *attribute)
{
    for (size_t i = change->count; i > 0; i--) {
        if (strcasecmp(change->changes[i - 1]->mod_type, attribute) == 0)
            return change->changes[i - 1];
    }
    return NULL;
}

/* The list doubles when its length is a power of two: so nothing but the list needs to be kept. */
static void append_value(struct lk_arena *arena, LDAPMod *modification, const void *bytes, size_t len)
{
    struct berval **values = modification->mod_bvalues;
    size_t count = 0;
    while (values != NULL && values[count] != NULL)
        count++;
    if (values == NULL || (count >= VALUES_FIRST && (count & (count - 1)) == 0)) {
        struct berval **larger =
            lk_arena_array(arena, (count == 0 ? VALUES_FIRST : count * 2) + 1, sizeof(struct berval *));
        if (count > 0)
            memcpy(larger, values, count * sizeof(struct berval *));
        modification->mod_bvalues = values = larger;
    }
    struct berval *value = lk_arena_alloc(arena, sizeof *value);
    value->bv_val = lk_arena_copy(arena, bytes, len);
    value->bv_len = len;
    values[count] = value;
}

static void put(struct directory_change *change, int operation, const char *attribute, const void *bytes, size_t len)
{
    if (bytes == NULL) {
        change->malformed = true;
        return;
    }
    LDAPMod *modification = latest(change, attribute);
    if (modification == NULL || modification->mod_op != (operation | LDAP_MOD_BVALUES))
        modification = new_modification(change, operation, attribute);
    append_value(change->arena, modification, bytes, len);
}

void directory_change_add(struct directory_change *change, const char *attribute, const char *value)
{
    put(change, LDAP_MOD_ADD, attribute, value, value == NULL ? 0 : strlen(value));
}

void directory_change_add_bytes(struct directory_change *change, const char *attribute, const void *bytes, size_t len)
{
    put(change, LDAP_MOD_ADD, attribute, bytes, len);
}

void directory_change_delete(struct directory_change *change, const char *attribute, const char *value)
{
    put(change, LDAP_MOD_DELETE, attribute, value, value == NULL ? 0 : strlen(value));
}

/* Always a change of its own: two replacements of one attribute are one after the other, not one of two values. */
void directory_change_replace_bytes(struct directory_change *change, const char *attribute, const void *bytes,
                                    size_t len)
{
    LDAPMod *modification = new_modification(change, LDAP_MOD_REPLACE, attribute);
    if (bytes != NULL)
        append_value(change->arena, modification, bytes, len);
}

void directory_change_replace(struct directory_change *change, const char *attribute, const char *value)
{
    directory_change_replace_bytes(change, attribute, value, value == NULL ? 0 : strlen(value));
}

void directory_change_replace_all(struct directory_change *change, const char *attribute, const char *const *values,
                                  size_t count)
{
    LDAPMod *modification = new_modification(change, LDAP_MOD_REPLACE, attribute);
    for (size_t i = 0; i < count; i++)
        append_value(change->arena, modification, values[i], strlen(values[i]));
}

static void append_modification(struct directory_change *change, const LDAPMod *more)
{
    LDAPMod *modification = new_modification(change, more->mod_op & ~LDAP_MOD_BVALUES, more->mod_type);
    for (size_t i = 0; more->mod_bvalues != NULL && more->mod_bvalues[i] != NULL; i++)
        append_value(change->arena, modification, more->mod_bvalues[i]->bv_val, more->mod_bvalues[i]->bv_len);
}

void directory_change_append(struct directory_change *change, const struct directory_change *more)
{
    for (size_t i = 0; i < more->count; i++)
        append_modification(change, more->changes[i]);
    change->malformed = change->malformed || more->malformed;
}
