/* SPDX-License-Identifier: Apache-2.0 */
#include "web/origin.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *prefix;
    const char *port;
} SCHEMES[] = {
    {"http://",   ":80" },
    { "https://", ":443"},
};

static char lower(char c)
{
    return (char) (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool web_origin_of(const char *url, char origin_out[static WEB_ORIGIN_MOST])
{
    for (size_t i = 0; i < sizeof SCHEMES / sizeof SCHEMES[0]; i++) {
        const size_t scheme = strlen(SCHEMES[i].prefix);
        if (strncasecmp(url, SCHEMES[i].prefix, scheme) != 0)
            continue;
        size_t len = scheme + strcspn(url + scheme, "/?#");
        if (len == scheme || len >= WEB_ORIGIN_MOST || memchr(url, '@', len) != NULL)
            return false;
        const size_t port = strlen(SCHEMES[i].port);
        if (len > scheme + port && memcmp(url + len - port, SCHEMES[i].port, port) == 0)
            len -= port;
        for (size_t at = 0; at < len; at++)
            origin_out[at] = lower(url[at]);
        origin_out[len] = '\0';
        return true;
    }
    return false;
}

bool web_origin_is_ours(const char *ours, const char *origin, const char *fetch_site)
{
    if (fetch_site != NULL && strcmp(fetch_site, "same-origin") != 0 && strcmp(fetch_site, "none") != 0)
        return false;
    if (origin == NULL || strcmp(origin, "null") == 0)
        return true;
    char theirs[WEB_ORIGIN_MOST];
    return web_origin_of(origin, theirs) && strcmp(ours, theirs) == 0;
}
