/* SPDX-License-Identifier: Apache-2.0 */
#include "web/route.h"

#include "base/unicode.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Compares segment by segment; "{name}" takes one that is neither empty nor too long. */
static bool path_fits(const char *pattern, const char *path, const char **segment_out, size_t *segment_len_out)
{
    while (*pattern == '/' && *path == '/') {
        pattern++;
        path++;
        const size_t wanted = strcspn(pattern, "/");
        const size_t given = strcspn(path, "/");
        if (pattern[0] == '{') {
            if (given == 0 || given > WEB_SEGMENT_MOST)
                return false;
            *segment_out = path;
            *segment_len_out = given;
        } else if (wanted != given || memcmp(pattern, path, given) != 0) {
            return false;
        }
        pattern += wanted;
        path += given;
    }
    return *pattern == '\0' && *path == '\0';
}

static const char *table_method(const char *method)
{
    return strcmp(method, "HEAD") == 0 ? "GET" : method;
}

static void write_allow(bool get, bool post, char allow_out[static WEB_ALLOW_MOST])
{
    static const char *const ALLOW[2][2] = {
        {"",           "POST"           },
        { "GET, HEAD", "GET, HEAD, POST"}
    };
    const char *words = ALLOW[get][post];
    memcpy(allow_out, words, strlen(words) + 1);
}

enum web_match_kind web_route_match(const struct web_route *routes, const char *method, const char *path,
                                    struct web_match *match_out)
{
    const char *wanted = table_method(method);
    bool get = false;
    bool post = false;
    *match_out = (struct web_match){ .route = NULL };
    for (const struct web_route *route = routes; route->method != NULL; route++) {
        const char *segment = NULL;
        size_t segment_len = 0;
        if (!path_fits(route->path, path, &segment, &segment_len))
            continue;
        if (strcmp(route->method, wanted) == 0) {
            *match_out = (struct web_match){ .route = route, .segment = segment, .segment_len = segment_len };
            return WEB_MATCH_FOUND;
        }
        match_out->route = route;
        get = get || strcmp(route->method, "GET") == 0;
        post = post || strcmp(route->method, "POST") == 0;
    }
    write_allow(get, post, match_out->allow);
    return match_out->route == NULL ? WEB_MATCH_NONE : WEB_MATCH_METHOD;
}

/* Behind "http://" and a host (RFC 3986 section 3.2); NULL: there is none, or it has somebody's name before it. */
static const char *behind_host(const char *host)
{
    static const char ALLOWED[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=%:[]";
    const char *end = host + strspn(host, ALLOWED);
    return end == host || *host == ':' || (*end != '/' && *end != '\0') ? NULL : end;
}

const char *web_target_path(const char *target)
{
    static const char *const SCHEMES[] = { "http://", "https://" };
    if (*target == '/')
        return target;
    for (size_t i = 0; i < sizeof SCHEMES / sizeof SCHEMES[0]; i++) {
        const size_t len = strlen(SCHEMES[i]);
        const char *path = strncasecmp(target, SCHEMES[i], len) == 0 ? behind_host(target + len) : NULL;
        if (path != NULL)
            return *path == '\0' ? "/" : path;
    }
    return target;
}

static int hexadecimal(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

enum lk_status web_path_decode(const char *raw, char path_out[static WEB_PATH_MOST + 1])
{
    char path[WEB_PATH_MOST + 1];
    size_t len = 0;
    if (raw[0] != '/')
        return LK_MALFORMED;
    for (const char *at = raw; *at != '\0'; at++) {
        char c = *at;
        if (len == WEB_PATH_MOST)
            return LK_BUSY;
        if (c == '%') {
            const int high = hexadecimal(at[1]);
            const int low = high < 0 ? -1 : hexadecimal(at[2]);
            if (low < 0 || (high == 0 && low == 0))
                return LK_MALFORMED;
            c = (char) (high << 4 | low);
            at += 2;
        }
        path[len++] = c;
    }
    if (!lk_unicode_is_line(path, len))
        return LK_MALFORMED;
    memcpy(path_out, path, len);
    path_out[len] = '\0';
    return LK_OK;
}
