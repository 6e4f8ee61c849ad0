/* SPDX-License-Identifier: Apache-2.0 */
#include "web/continue.h"

#include "web/request.h"
#include "web/route.h"

#include <string.h>

/* A path of ours as a browser would read it: one leading slash, no backslash (browsers take it for a slash), no "." or ".."
 * segments, no fragment, nothing but printable ASCII. */
static bool is_plain_path(const char *target, size_t path_len)
{
    if (target[0] != '/' || target[1] == '/')
        return false;
    for (const char *at = target; *at != '\0'; at++) {
        if (*at <= ' ' || *at > '~' || *at == '\\' || *at == '#')
            return false;
    }
    for (size_t at = 0; at < path_len;) {
        const size_t segment = strcspn(target + at + 1, "/?");
        const char *start = target + at + 1;
        if ((segment == 1 && start[0] == '.') || (segment == 2 && start[0] == '.' && start[1] == '.'))
            return false;
        at += 1 + segment;
    }
    return true;
}

bool web_continue_is_allowed(const struct web_route *routes, const char *target)
{
    char raw[WEB_CONTINUE_MOST + 1];
    char path[WEB_PATH_MOST + 1];
    struct web_match match;
    if (target == NULL || strnlen(target, WEB_CONTINUE_MOST + 1) > WEB_CONTINUE_MOST)
        return false;
    const size_t path_len = strcspn(target, "?");
    if (!is_plain_path(target, path_len))
        return false;
    memcpy(raw, target, path_len);
    raw[path_len] = '\0';
    /* The decoded path is looked at once more: "%2e%2e" is ".." to some. */
    if (web_path_decode(raw, path) != LK_OK || strstr(path, "/.") != NULL || strchr(path, '\\') != NULL)
        return false;
    return web_route_match(routes, "GET", path, &match) == WEB_MATCH_FOUND && match.route->may_continue;
}

const char *web_continue(const struct web_request *request, const char *target)
{
    return web_continue_is_allowed(web_routes, target) ? lk_arena_words(request->action.arena, target) : NULL;
}
