/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "directory/connection_internal.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define ATTRIBUTES_FIRST 24

static void reader_cleanup(BerElement **reader)
{
    ber_free(*reader, 0);
}

static void copy_cleanup(BerElement **reader)
{
    ber_free(*reader, 1);
}

/* The list points into the message; only the list itself is ours. */
static void value_list_cleanup(BerVarray *values)
{
    ber_memfree(*values);
}

/* What a server's rules say of lkAccountDN need not hold for lkAccountDN;x, and Latchkey writes no such thing. */
static bool may_have_options(const char *name)
{
    return strncasecmp(name, "lk", 2) != 0;
}

/* The attribute called `name`, options aside; one without options goes before one with. */
const struct directory_attribute *directory_attribute(const struct directory_entry *entry, const char *name)
{
    const size_t len = strlen(name);
    const struct directory_attribute *with_options = NULL;
    for (size_t i = 0; i < entry->count; i++) {
        const struct directory_attribute *attribute = &entry->attributes[i];
        if (strncasecmp(attribute->name, name, len) != 0)
            continue;
        if (attribute->name[len] == '\0')
            return attribute;
        if (attribute->name[len] == ';' && with_options == NULL && may_have_options(name))
            with_options = attribute;
    }
    return with_options;
}

const char *directory_first(const struct directory_entry *entry, const char *name)
{
    const struct directory_attribute *attribute = directory_attribute(entry, name);
    return attribute == NULL || attribute->count == 0 ? NULL : attribute->values[0].bytes;
}

static void copy_values(struct lk_arena *arena, BerVarray values, struct directory_attribute *attribute)
{
    size_t count = 0;
    while (values != NULL && values[count].bv_val != NULL)
        count++;
    struct directory_value *copies = lk_arena_array(arena, count, sizeof *copies);
    for (size_t i = 0; i < count; i++) {
        copies[i].bytes = lk_arena_copy(arena, values[i].bv_val, values[i].bv_len);
        copies[i].len = values[i].bv_len;
    }
    attribute->values = copies;
    attribute->count = count;
}

/* Room for one more attribute behind `count`. */
static struct directory_attribute *with_room(struct lk_arena *arena, struct directory_attribute *attributes,
                                             size_t count, size_t *room)
{
    if (count < *room)
        return attributes;
    *room = *room == 0 ? ATTRIBUTES_FIRST : *room * 2;
    struct directory_attribute *larger = lk_arena_array(arena, *room, sizeof *larger);
    if (attributes != NULL)
        memcpy(larger, attributes, count * sizeof *larger);
    return larger;
}

/* LK_ABSENT: there are no more. */
static enum lk_status next_attribute(const struct connection *connection, BerElement *reader, struct lk_arena *arena,
                                     struct directory_attribute *attribute_out)
{
    const ber_len_t size = sizeof(struct berval);
    const ber_len_t offset = 0;
    struct berval name = { 0, NULL };
    LK_CLEANUP(value_list_cleanup) BerVarray values = NULL;
    ber_len_t left = 0;
    if (ber_get_option(reader, LBER_OPT_BER_REMAINING_BYTES, &left) != LBER_OPT_SUCCESS)
        return LK_BROKEN;
    if (left == 0)
        return LK_ABSENT;
    if (ber_scanf(reader, "{mM}", &name, &values, &size, offset) == LBER_ERROR)
        return LK_BROKEN;
    attribute_out->name = translate_back(connection->config, arena, lk_arena_copy(arena, name.bv_val, name.bv_len));
    copy_values(arena, values, attribute_out);
    return LK_OK;
}

static enum lk_status copy_attributes(const struct connection *connection, BerElement *reader, struct lk_arena *arena,
                                      struct directory_entry *entry)
{
    struct directory_attribute *attributes = NULL;
    size_t room = 0;
    for (;;) {
        struct directory_attribute attribute = { 0 };
        const enum lk_status status = next_attribute(connection, reader, arena, &attribute);
        if (status == LK_ABSENT)
            return LK_OK;
        if (status != LK_OK)
            return status;
        attributes = with_room(arena, attributes, entry->count, &room);
        attributes[entry->count++] = attribute;
        entry->attributes = attributes;
    }
}

/* Behind the entry's name. */
static enum lk_status copy_entry(const struct connection *connection, const struct berval *dn, BerElement *reader,
                                 struct lk_arena *arena, struct directory_entry *entry_out)
{
    struct directory_entry entry = { .dn = lk_arena_copy(arena, dn->bv_val, dn->bv_len) };
    if (copy_attributes(connection, reader, arena, &entry) != LK_OK)
        return LK_BROKEN;
    *entry_out = entry;
    return LK_OK;
}

enum lk_status entry_from_message(const struct connection *connection, LDAPMessage *message, struct lk_arena *arena,
                                  struct directory_entry *entry_out)
{
    LK_CLEANUP(reader_cleanup) BerElement *reader = NULL;
    struct berval dn = { 0, NULL };
    if (ldap_get_dn_ber(connection->ldap, message, &reader, &dn) != LDAP_SUCCESS || dn.bv_val == NULL)
        return LK_BROKEN;
    return copy_entry(connection, &dn, reader, arena, entry_out);
}

enum lk_status entry_from_bytes(const struct connection *connection, struct berval *bytes, struct lk_arena *arena,
                                struct directory_entry *entry_out)
{
    LK_CLEANUP(copy_cleanup) BerElement *reader = ber_init(bytes);
    struct berval dn = { 0, NULL };
    if (reader == NULL || ber_scanf(reader, "{m{" /*}}*/, &dn) == LBER_ERROR)
        return LK_BROKEN;
    return copy_entry(connection, &dn, reader, arena, entry_out);
}
