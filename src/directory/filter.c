/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/filter.h"

#include "base/cleanup.h"
#include "base/encoding.h"
#include "directory/connection_internal.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define ATTRIBUTE_MOST 128
#define VALUE_MOST     ((size_t) 64 * 1024)

/* Recognised by its address, so that no server is ever asked to look at each of its entries for it. */
static const struct directory_filter NOTHING = { "(!(objectClass=*))" };

bool filter_matches_nothing(const struct directory_filter *filter)
{
    return filter == &NOTHING;
}

/* RFC 4512 section 2.5: attribute names come from the code and the configuration, but text is made of them here. */
bool filter_is_attribute(const char *attribute)
{
    static const char ALLOWED[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.;-";
    const size_t len = strlen(attribute);
    return len > 0 && len <= ATTRIBUTE_MOST && strspn(attribute, ALLOWED) == len;
}

static const struct directory_filter *filter_of(struct lk_arena *arena, const char *text)
{
    struct directory_filter *filter = lk_arena_alloc(arena, sizeof *filter);
    filter->text = text;
    return filter;
}

/* (attribute<before>value<after>). libldap escapes the value; for an empty one it would succeed and give NULL. */
static const struct directory_filter *assertion(struct lk_arena *arena, const char *attribute, const char *before,
                                                struct directory_value value, const char *after)
{
    if (!filter_is_attribute(attribute) || value.bytes == NULL || value.len == 0 || value.len > VALUE_MOST)
        return &NOTHING;
    struct berval given = { .bv_len = value.len, .bv_val = directory_lend(value.bytes) };
    struct berval escaped = { .bv_len = 0, .bv_val = NULL };
    if (ldap_bv2escaped_filter_value(&given, &escaped) != 0 || escaped.bv_val == NULL)
        return &NOTHING;
    char *text =
        lk_arena_alloc(arena, sizeof "()" + strlen(attribute) + strlen(before) + escaped.bv_len + strlen(after));
    char *end = stpcpy(stpcpy(stpcpy(text, "("), attribute), before);
    stpcpy(stpcpy(stpcpy(end, escaped.bv_val), after), ")");
    ldap_memfree(escaped.bv_val);
    return filter_of(arena, text);
}

static struct directory_value whole(const char *words)
{
    return (struct directory_value){ .bytes = words, .len = words == NULL ? 0 : strlen(words) };
}

const struct directory_filter *filter_equals(struct lk_arena *arena, const char *attribute, const char *value)
{
    return assertion(arena, attribute, "=", whole(value), "");
}

const struct directory_filter *filter_equals_bytes(struct lk_arena *arena, const char *attribute, const void *bytes,
                                                   size_t len)
{
    return assertion(arena, attribute, "=", (struct directory_value){ .bytes = bytes, .len = len }, "");
}

const struct directory_filter *filter_at_least(struct lk_arena *arena, const char *attribute, const char *value)
{
    return assertion(arena, attribute, ">=", whole(value), "");
}

const struct directory_filter *filter_contains(struct lk_arena *arena, const char *attribute, const char *value)
{
    return assertion(arena, attribute, "=*", whole(value), "*");
}

const struct directory_filter *filter_begins(struct lk_arena *arena, const char *attribute, const char *value)
{
    return assertion(arena, attribute, "=", whole(value), "*");
}

const struct directory_filter *filter_present(struct lk_arena *arena, const char *attribute)
{
    if (!filter_is_attribute(attribute))
        return &NOTHING;
    return filter_of(arena, lk_arena_format(arena, "(%s=*)", attribute));
}

/* (<sign>ab…) of all that can match; without printf, as there may be thousands. */
static const struct directory_filter *joined(struct lk_arena *arena, char sign,
                                             const struct directory_filter *const *filters, size_t count)
{
    size_t len = sizeof "(|)";
    for (size_t i = 0; i < count; i++)
        len += strlen(filters[i]->text);
    char *text = lk_arena_alloc(arena, len);
    text[0] = '(';
    text[1] = sign;
    char *const begin = text + 2;
    char *end = begin;
    for (size_t i = 0; i < count; i++)
        if (filters[i] != &NOTHING)
            end = stpcpy(end, filters[i]->text);
    stpcpy(end, ")");
    return end == begin ? &NOTHING : filter_of(arena, text);
}

const struct directory_filter *filter_and(struct lk_arena *arena, const struct directory_filter *a,
                                          const struct directory_filter *b)
{
    return filter_all(arena, (const struct directory_filter *const[]){ a, b }, 2);
}

const struct directory_filter *filter_or(struct lk_arena *arena, const struct directory_filter *a,
                                         const struct directory_filter *b)
{
    if (a == &NOTHING)
        return b;
    if (b == &NOTHING)
        return a;
    return joined(arena, '|', (const struct directory_filter *const[]){ a, b }, 2);
}

const struct directory_filter *filter_any(struct lk_arena *arena, const struct directory_filter *const *filters,
                                          size_t count)
{
    return joined(arena, '|', filters, count);
}

const struct directory_filter *filter_all(struct lk_arena *arena, const struct directory_filter *const *filters,
                                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (filters[i] == &NOTHING)
            return &NOTHING;
    return joined(arena, '&', filters, count);
}

const struct directory_filter *filter_written(struct lk_arena *arena, const char *text)
{
    return *text == '\0' ? NULL : filter_of(arena, text);
}

const struct directory_filter *filter_not(struct lk_arena *arena, const struct directory_filter *a)
{
    return filter_of(arena, lk_arena_format(arena, "(!%s)", a->text));
}

const struct directory_filter *filter_tested(struct lk_arena *arena, const struct directory_filter *a)
{
    return filter_matches_nothing(a) ? a : filter_not(arena, filter_not(arena, a));
}
