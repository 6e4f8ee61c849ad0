/* SPDX-License-Identifier: Apache-2.0 */
#include "web/names.h"

#include "base/encoding.h"
#include "base/fatal.h"
#include "base/unicode.h"

#include <stdint.h>
#include <string.h>

#define HEAD      (1 + KEY_RING_TAG_LEN)
#define LIST_MOST (WEB_NAMES_MOST * (1 + WEB_NAME_MOST))

/* Reads the list behind the tag; what is left after a fault is dropped. */
static struct web_names read_list(struct lk_arena *arena, const uint8_t *list, size_t len)
{
    struct web_names names = { 0 };
    for (size_t at = 0; at < len && names.count < WEB_NAMES_MOST;) {
        const size_t name_len = list[at];
        if (name_len == 0 || name_len > len - at - 1)
            break;
        const char *name = lk_arena_copy(arena, list + at + 1, name_len);
        if (!lk_unicode_is_line(name, name_len))
            break;
        names.items[names.count++] = name;
        at += 1 + name_len;
    }
    return names;
}

struct web_names web_names_parse(const struct key_ring *ring, struct lk_arena *arena, const char *cookie,
                                 size_t text_len)
{
    const struct web_names none = { 0 };
    const size_t bytes_len = text_len / 4 * 3 + (text_len % 4 == 0 ? 0 : text_len % 4 - 1);
    if (cookie == NULL || text_len % 4 == 1 || bytes_len <= HEAD || bytes_len > HEAD + LIST_MOST)
        return none;
    uint8_t *bytes = lk_arena_alloc(arena, bytes_len);
    if (lk_base64url_decode(cookie, text_len, bytes, bytes_len) != LK_OK)
        return none;
    if (key_ring_check(ring, bytes[0], KEY_USE_NAMES, bytes + HEAD, bytes_len - HEAD, bytes + 1) != LK_OK)
        return none;
    return read_list(arena, bytes + HEAD, bytes_len - HEAD);
}

const char *web_names_write(const struct key_ring *ring, struct lk_arena *arena, const struct web_names *names)
{
    uint8_t bytes[HEAD + LIST_MOST];
    size_t len = HEAD;
    for (size_t i = 0; i < names->count && i < WEB_NAMES_MOST; i++) {
        const size_t name_len = strlen(names->items[i]);
        if (name_len == 0 || name_len > WEB_NAME_MOST)
            continue;
        bytes[len] = (uint8_t) name_len;
        memcpy(bytes + len + 1, names->items[i], name_len);
        len += 1 + name_len;
    }
    bytes[0] = key_ring_newest(ring);
    if (key_ring_tag(ring, bytes[0], KEY_USE_NAMES, bytes + HEAD, len - HEAD, bytes + 1) != LK_OK)
        lk_fatal("the key ring has lost its newest key");
    char *text = lk_arena_alloc(arena, LK_BASE64URL_LEN(len) + 1);
    lk_base64url_encode(bytes, len, text);
    return text;
}

struct web_names web_names_read(const struct web_request *request)
{
    const char *cookie = request->names_cookie;
    return web_names_parse(request->action.ring, request->action.arena, cookie, cookie == NULL ? 0 : strlen(cookie));
}

/* As the directory compares names. */
static bool is_same_name(struct lk_arena *arena, const char *a, const char *b)
{
    char *folded_a = NULL;
    char *folded_b = NULL;
    return lk_unicode_fold(arena, a, strlen(a), &folded_a) == LK_OK &&
           lk_unicode_fold(arena, b, strlen(b), &folded_b) == LK_OK && strcmp(folded_a, folded_b) == 0;
}

bool web_names_have(const struct web_request *request, const char *typed)
{
    const struct web_names names = web_names_read(request);
    for (size_t i = 0; i < names.count; i++)
        if (is_same_name(request->action.arena, names.items[i], typed))
            return true;
    return false;
}

const char *web_names_with(const struct web_request *request, const char *name)
{
    const struct web_names former = web_names_read(request);
    struct web_names names = { 0 };
    if (strlen(name) <= WEB_NAME_MOST && name[0] != '\0')
        names.items[names.count++] = name;
    for (size_t i = 0; i < former.count && names.count < WEB_NAMES_MOST; i++) {
        if (strcmp(former.items[i], name) != 0)
            names.items[names.count++] = former.items[i];
    }
    return web_names_write(request->action.ring, request->action.arena, &names);
}

const char *web_names_without(const struct web_request *request, const char *name)
{
    const struct web_names former = web_names_read(request);
    struct web_names names = { 0 };
    for (size_t i = 0; i < former.count; i++)
        if (strcmp(former.items[i], name) != 0)
            names.items[names.count++] = former.items[i];
    return names.count > 0 ? web_names_write(request->action.ring, request->action.arena, &names) : NULL;
}
