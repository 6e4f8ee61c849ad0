/* SPDX-License-Identifier: Apache-2.0 */
#include "web/cookie.h"

#include <stdbool.h>
#include <string.h>

struct piece {
    const char *start;
    size_t len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct piece trimmed(struct piece piece)
{
    while (piece.len > 0 && is_blank(piece.start[0])) {
        piece.start++;
        piece.len--;
    }
    while (piece.len > 0 && is_blank(piece.start[piece.len - 1]))
        piece.len--;
    return piece;
}

static struct piece unquoted(struct piece piece)
{
    if (piece.len >= 2 && piece.start[0] == '"' && piece.start[piece.len - 1] == '"')
        return (struct piece){ piece.start + 1, piece.len - 2 };
    return piece;
}

static bool is_base64url(struct piece piece)
{
    for (size_t i = 0; i < piece.len; i++) {
        const char c = piece.start[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'))
            return false;
    }
    return true;
}

/* Splits "name=value"; false where the part is not the cookie `name`. */
static bool value_of(struct piece part, const char *name, struct piece *value_out)
{
    const char *equals = part.len == 0 ? NULL : memchr(part.start, '=', part.len);
    if (equals == NULL)
        return false;
    const struct piece key = trimmed((struct piece){ part.start, (size_t) (equals - part.start) });
    if (key.len != strlen(name) || memcmp(key.start, name, key.len) != 0)
        return false;
    const struct piece rest = { equals + 1, part.len - (size_t) (equals + 1 - part.start) };
    *value_out = unquoted(trimmed(rest));
    return true;
}

enum lk_status web_cookie_find(const char *header, size_t len, const char *name, const char **value_out,
                               size_t *value_len_out)
{
    struct piece found = { NULL, 0 };
    if (header == NULL || len > WEB_COOKIE_HEADER_MOST)
        return LK_ABSENT;
    for (size_t at = 0; at < len;) {
        const char *end = memchr(header + at, ';', len - at);
        const size_t part = end == NULL ? len - at : (size_t) (end - (header + at));
        struct piece value;
        if (value_of((struct piece){ header + at, part }, name, &value)) {
            if (found.start != NULL && (found.len != value.len || memcmp(found.start, value.start, value.len) != 0))
                return LK_CONFLICT;
            found = value;
        }
        at += part + 1;
    }
    if (found.start == NULL)
        return LK_ABSENT;
    if (!is_base64url(found))
        return LK_MALFORMED;
    *value_out = found.start;
    *value_len_out = found.len;
    return LK_OK;
}
