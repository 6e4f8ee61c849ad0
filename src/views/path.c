/* SPDX-License-Identifier: Apache-2.0 */
#include "views/template_internal.h"

#include <string.h>

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_name(const char *name, size_t len)
{
    bool at_start = true;
    for (size_t i = 0; i < len; i++) {
        if (name[i] == '.' && !at_start)
            at_start = true;
        else if (is_letter(name[i]) || (!at_start && name[i] >= '0' && name[i] <= '9'))
            at_start = false;
        else
            return false;
    }
    return !at_start;
}

const char *template_path_comparing(struct lk_arena *arena, const char *name, size_t len, const char *text,
                                    size_t text_len)
{
    const bool is_item = len == 1 && name[0] == '.';
    if (!is_item && !is_name(name, len))
        return NULL;
    const size_t parts = is_item ? 0 : len + 1;
    /* Zeroed: the last part's NUL, the empty part's, and the one behind `text` are there. */
    char *path = lk_arena_alloc(arena, parts + 1 + text_len + 1);
    for (size_t i = 0; i + 1 < parts; i++)
        if (name[i] != '.')
            path[i] = name[i];
    if (text_len > 0)
        memcpy(path + parts + 1, text, text_len);
    return path;
}

const char *template_path(struct lk_arena *arena, const char *name, size_t len)
{
    return template_path_comparing(arena, name, len, "", 0);
}

const char *template_path_end(const char *path)
{
    while (*path != '\0')
        path += strlen(path) + 1;
    return path + 1;
}
