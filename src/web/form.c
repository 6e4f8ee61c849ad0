/* SPDX-License-Identifier: Apache-2.0 */
#include "web/form.h"

#include "base/encoding.h"

#include <string.h>

/* One "name=value"; a name without '=' has an empty value. */
static enum lk_status parse_pair(struct lk_arena *arena, const char *text, size_t len, struct web_pair *pair_out)
{
    const char *equals = memchr(text, '=', len);
    const size_t name_len = equals == NULL ? len : (size_t) (equals - text);
    const char *value = equals == NULL ? text + len : equals + 1;
    const size_t value_len = (size_t) (text + len - value);

    char *name = NULL;
    size_t decoded_len = 0;
    if (memchr(text, '\0', len) != NULL)
        return LK_MALFORMED;
    if (lk_percent_decode(arena, text, name_len, 1, &name, &decoded_len) != LK_OK || decoded_len == 0)
        return LK_MALFORMED;
    char *decoded = NULL;
    if (lk_percent_decode(arena, value, value_len, 1, &decoded, &decoded_len) != LK_OK)
        return LK_MALFORMED;
    *pair_out = (struct web_pair){ .name = name, .value = decoded, .value_len = decoded_len };
    return LK_OK;
}

static enum lk_status refuse(const char **why_out, const char *why)
{
    *why_out = why;
    return LK_MALFORMED;
}

enum lk_status web_form_parse(struct lk_arena *arena, const char *bytes, size_t len, struct web_pairs *pairs_out,
                              const char **why_out)
{
    pairs_out->count = 0;
    for (size_t at = 0; at < len;) {
        const char *end = memchr(bytes + at, '&', len - at);
        const size_t part = end == NULL ? len - at : (size_t) (end - (bytes + at));
        if (part > 0) {
            if (pairs_out->count == WEB_FORM_PAIRS)
                return refuse(why_out, "too_many_fields");
            struct web_pair pair;
            if (parse_pair(arena, bytes + at, part, &pair) != LK_OK)
                return refuse(why_out, "form_malformed");
            if (web_pairs_find(pairs_out, pair.name) != NULL)
                return refuse(why_out, "repeated_field");
            pairs_out->items[pairs_out->count++] = pair;
        }
        at += part + 1;
    }
    return LK_OK;
}

const struct web_pair *web_pairs_find(const struct web_pairs *pairs, const char *name)
{
    for (size_t i = 0; i < pairs->count; i++) {
        if (strcmp(pairs->items[i].name, name) == 0)
            return &pairs->items[i];
    }
    return NULL;
}
