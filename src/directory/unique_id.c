/* SPDX-License-Identifier: Apache-2.0 */
/* How the servers write what identifies an entry for ever. */
#include "base/encoding.h"
#include "directory/connection_internal.h"
#include "directory/filter.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SUN_TEXT_LEN 35 /* "66446001-1dd211b2-80cdfc6c-0b1df2b6" */

enum form {
    FORM_UUID,
    FORM_BYTES,
    FORM_SUN
};

struct attribute_form {
    const char *attribute;
    enum form form;
};

/* Anything else is an RFC 4530 UUID in text. */
static const struct attribute_form FORMS[] = {
    {"objectGUID",  FORM_BYTES}, /* Active Directory */
    { "GUID",       FORM_BYTES}, /* eDirectory */
    { "nsUniqueId", FORM_SUN  }, /* 389 Directory Server */
};

static enum form form_of(const char *attribute)
{
    for (size_t i = 0; i < sizeof FORMS / sizeof *FORMS; i++) {
        if (strcasecmp(FORMS[i].attribute, attribute) == 0)
            return FORMS[i].form;
    }
    return FORM_UUID;
}

/* Four groups of eight hexadecimal digits, out of 8-4-4-4-12, and back. */
static void sun_from_uuid(const char *uuid, char sun_out[static SUN_TEXT_LEN + 1])
{
    (void) snprintf(sun_out, SUN_TEXT_LEN + 1, "%.8s-%.4s%.4s-%.4s%.4s-%.8s", uuid, uuid + 9, uuid + 14, uuid + 19,
                    uuid + 24, uuid + 28);
}

static enum lk_status uuid_from_sun(const char *sun, size_t len, uint8_t uuid_out[static 16])
{
    char uuid[LK_UUID_TEXT_LEN + 1];
    if (len != SUN_TEXT_LEN || sun[8] != '-' || sun[17] != '-' || sun[26] != '-')
        return LK_MALFORMED;
    (void) snprintf(uuid, sizeof uuid, "%.8s-%.4s-%.4s-%.4s-%.4s%.8s", sun, sun + 9, sun + 13, sun + 18, sun + 22,
                    sun + 27);
    return lk_uuid_parse(uuid, LK_UUID_TEXT_LEN, uuid_out);
}

const struct directory_filter *filter_equals_uuid(struct lk_arena *arena, const char *attribute,
                                                  const uint8_t uuid[static 16])
{
    char text[LK_UUID_TEXT_LEN + 1];
    char sun[SUN_TEXT_LEN + 1];
    lk_uuid_format(uuid, text);
    switch (form_of(attribute)) {
    case FORM_BYTES: return filter_equals_bytes(arena, attribute, uuid, LK_UUID_LEN);
    case FORM_SUN: sun_from_uuid(text, sun); return filter_equals(arena, attribute, sun);
    case FORM_UUID: break;
    }
    return filter_equals(arena, attribute, text);
}

enum lk_status unique_id_read(const struct directory_entry *entry, const char *attribute, uint8_t id_out[static 16])
{
    const struct directory_attribute *found = directory_attribute(entry, attribute);
    if (found == NULL || found->count != 1)
        return LK_MALFORMED;
    const struct directory_value *value = &found->values[0];
    switch (form_of(attribute)) {
    case FORM_BYTES:
        if (value->len != LK_UUID_LEN)
            return LK_MALFORMED;
        memcpy(id_out, value->bytes, LK_UUID_LEN);
        return LK_OK;
    case FORM_SUN: return uuid_from_sun(value->bytes, value->len, id_out);
    case FORM_UUID: break;
    }
    return lk_uuid_parse(value->bytes, value->len, id_out);
}
