/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/unicode.h"
#include "directory/connection_internal.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* A parsed name: its parts, first the entry's own, last the root's. */
struct name {
    LDAPDN parts;
    size_t count;
};

static void name_cleanup(struct name *name)
{
    ldap_dnfree(name->parts);
    name->parts = NULL;
}

/* The empty DN is nobody's name here. */
static bool parse(const char *dn, struct name *name_out)
{
    if (dn == NULL || ldap_str2dn(dn, &name_out->parts, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS)
        return false;
    size_t count = 0;
    while (name_out->parts != NULL && name_out->parts[count] != NULL)
        count++;
    name_out->count = count;
    return count > 0;
}

static bool is_same_bytes(const struct berval *a, const struct berval *b)
{
    return a->bv_len == b->bv_len && (a->bv_len == 0 || memcmp(a->bv_val, b->bv_val, a->bv_len) == 0);
}

static bool is_same_folded(const struct berval *a, const struct berval *b)
{
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    char *folded_a = NULL;
    char *folded_b = NULL;
    return lk_unicode_fold(arena, a->bv_val, a->bv_len, &folded_a) == LK_OK &&
           lk_unicode_fold(arena, b->bv_val, b->bv_len, &folded_b) == LK_OK && strcmp(folded_a, folded_b) == 0;
}

static bool is_same_assertion(const LDAPAVA *a, const LDAPAVA *b)
{
    if (a->la_attr.bv_len != b->la_attr.bv_len ||
        strncasecmp(a->la_attr.bv_val, b->la_attr.bv_val, a->la_attr.bv_len) != 0 ||
        (a->la_flags & LDAP_AVA_BINARY) != (b->la_flags & LDAP_AVA_BINARY))
        return false;
    if (is_same_bytes(&a->la_value, &b->la_value))
        return true;
    return (a->la_flags & LDAP_AVA_BINARY) == 0 && is_same_folded(&a->la_value, &b->la_value);
}

static size_t count_assertions(LDAPRDN part)
{
    size_t count = 0;
    while (part[count] != NULL)
        count++;
    return count;
}

static bool has_assertion(LDAPRDN part, const LDAPAVA *assertion)
{
    for (size_t i = 0; part[i] != NULL; i++) {
        if (is_same_assertion(part[i], assertion))
            return true;
    }
    return false;
}

/* The order within a part does not matter ("cn=a+uid=b"). An assertion stands in a part only once. */
static bool is_same_part(LDAPRDN a, LDAPRDN b)
{
    if (count_assertions(a) != count_assertions(b))
        return false;
    for (size_t i = 0; a[i] != NULL; i++) {
        if (!has_assertion(b, a[i]))
            return false;
    }
    return true;
}

/* Are the last parts of `name`, which has at least as many, those of `end`? */
static bool ends_in(const struct name *name, const struct name *end)
{
    for (size_t i = 0; i < end->count; i++) {
        if (!is_same_part(name->parts[name->count - end->count + i], end->parts[i]))
            return false;
    }
    return true;
}

bool dn_equals(const char *a, const char *b)
{
    LK_CLEANUP(name_cleanup) struct name name_a = { 0 };
    LK_CLEANUP(name_cleanup) struct name name_b = { 0 };
    return parse(a, &name_a) && parse(b, &name_b) && name_a.count == name_b.count && ends_in(&name_a, &name_b);
}

bool dn_is_below(const char *dn, const char *base)
{
    LK_CLEANUP(name_cleanup) struct name name = { 0 };
    LK_CLEANUP(name_cleanup) struct name end = { 0 };
    return parse(dn, &name) && parse(base, &end) && name.count > end.count && ends_in(&name, &end);
}

/* What stands behind the first part of `dn`, which has been parsed: only an escaped comma does not end it. Cut out rather than
 * written anew, so that it reads as the server wrote it. */
static const char *behind_first_part(const char *dn)
{
    while (*dn != ',') {
        if (*dn == '\\')
            dn++;
        if (*dn == '\0')
            return dn;
        dn++;
    }
    dn++;
    return dn + strspn(dn, " ");
}

enum lk_status dn_parent(struct lk_arena *arena, const char *dn, const char **parent_out)
{
    LK_CLEANUP(name_cleanup) struct name name = { 0 };
    if (!parse(dn, &name) || name.count < 2)
        return LK_MALFORMED;
    *parent_out = lk_arena_words(arena, behind_first_part(dn));
    return LK_OK;
}

enum lk_status dn_value(struct lk_arena *arena, const char *dn, const char *attribute, const char **value_out)
{
    LK_CLEANUP(name_cleanup) struct name name = { 0 };
    if (!parse(dn, &name))
        return LK_MALFORMED;
    const LDAPAVA *assertion = name.parts[0][0];
    const size_t len = strlen(attribute);
    if (name.parts[0][1] != NULL || assertion->la_attr.bv_len != len ||
        strncasecmp(assertion->la_attr.bv_val, attribute, len) != 0)
        return LK_ABSENT;
    *value_out = lk_arena_copy(arena, assertion->la_value.bv_val, assertion->la_value.bv_len);
    return LK_OK;
}

enum lk_status dn_child(struct lk_arena *arena, const char *attribute, const char *value, const char *parent,
                        const char **dn_out)
{
    LK_CLEANUP(name_cleanup) struct name above = { 0 };
    if (!filter_is_attribute(attribute) || value == NULL || *value == '\0' || !parse(parent, &above))
        return LK_MALFORMED;
    LDAPAVA assertion = {
        .la_attr = {.bv_len = strlen(attribute), .bv_val = directory_lend(attribute)},
        .la_value = { .bv_len = strlen(value),    .bv_val = directory_lend(value)    },
        .la_flags = LDAP_AVA_STRING
    };
    LDAPAVA *assertions[] = { &assertion, NULL };
    LK_CLEANUP(ldap_words_cleanup) char *part = NULL;
    if (ldap_rdn2str(assertions, &part, LDAP_DN_FORMAT_LDAPV3 | LDAP_DN_PRETTY) != LDAP_SUCCESS || part == NULL)
        return LK_MALFORMED;
    *dn_out = lk_arena_format(arena, "%s,%s", part, parent);
    return LK_OK;
}
