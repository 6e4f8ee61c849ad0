/* SPDX-License-Identifier: Apache-2.0 */
/* Changes as LDIF (RFC 2849), for those who want to see them first. Lines are not folded. */
#include "base/cleanup.h"
#include "directory/connection_internal.h"
#include "directory/names.h"

#include <sodium/utils.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* SAFE-STRING, and not ending in a blank, which is easily lost. */
static bool is_safe(const char *bytes, size_t len)
{
    if (len == 0)
        return true;
    if (strchr(" :<", bytes[0]) != NULL || bytes[len - 1] == ' ')
        return false;
    for (size_t i = 0; i < len; i++) {
        const unsigned char byte = (unsigned char) bytes[i];
        if (byte < 0x20 || byte > 0x7e)
            return false;
    }
    return true;
}

static void add_line(struct lk_text *text, const char *name, const char *bytes, size_t len)
{
    lk_text_words(text, name);
    if (is_safe(bytes, len)) {
        lk_text_literal(text, ": ");
        lk_text_add(text, bytes, len);
    } else {
        const size_t room = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
        LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
        char *encoded = lk_arena_alloc(arena, room);
        (void) sodium_bin2base64(encoded, room, (const unsigned char *) bytes, len, sodium_base64_VARIANT_ORIGINAL);
        lk_text_literal(text, ":: ");
        lk_text_words(text, encoded);
    }
    lk_text_char(text, '\n');
}

static bool is_secret(const char *attribute)
{
    static const char *const secrets[] = { NAME_USER_PASSWORD, NAME_AUTH_PASSWORD, NAME_UNICODE_PASSWORD,
                                           NAME_ANSWER,        NAME_SECOND_FACTOR, NAME_RECOVERY_CODE };
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
        if (strcasecmp(attribute, secrets[i]) == 0)
            return true;
    }
    return false;
}

static void add_values(struct lk_text *text, const LDAPMod *modification, const struct config *config)
{
    const char *name = directory_name(config, modification->mod_type);
    struct berval **values = modification->mod_bvalues;
    for (size_t i = 0; values != NULL && values[i] != NULL; i++) {
        if (is_secret(modification->mod_type))
            lk_text_format(text, "# %s: not shown\n", name);
        else
            add_line(text, name, values[i]->bv_val, values[i]->bv_len);
    }
}

static const char *operation_name(const LDAPMod *modification)
{
    switch (modification->mod_op & LDAP_MOD_OP) {
    case LDAP_MOD_ADD: return "add";
    case LDAP_MOD_DELETE: return "delete";
    default: return "replace";
    }
}

static void add_modifications(struct lk_text *text, const struct directory_change *change, const struct config *config)
{
    for (size_t i = 0; i < change->count; i++) {
        lk_text_format(text, "%s: %s\n", operation_name(change->changes[i]),
                       directory_name(config, change->changes[i]->mod_type));
        add_values(text, change->changes[i], config);
        lk_text_literal(text, "-\n");
    }
}

void ldif_record(struct lk_text *text, enum ldif_kind kind, const char *dn, const struct directory_change *change,
                 const struct config *config)
{
    static const char *const kinds[] = { [LDIF_ADD] = "add", [LDIF_MODIFY] = "modify", [LDIF_DELETE] = "delete" };
    add_line(text, "dn", dn, strlen(dn));
    lk_text_format(text, "changetype: %s\n", kinds[kind]);
    if (kind == LDIF_MODIFY)
        add_modifications(text, change, config);
    for (size_t i = 0; kind == LDIF_ADD && i < change->count; i++)
        add_values(text, change->changes[i], config);
    lk_text_char(text, '\n');
}
