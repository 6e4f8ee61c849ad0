/* SPDX-License-Identifier: Apache-2.0 */
#include "config/url.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define ADDRESS_MOST 64

static bool is_ipv6(const char *text, size_t len)
{
    char copy[ADDRESS_MOST];
    struct in6_addr address;
    if (len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return inet_pton(AF_INET6, copy, &address) == 1;
}

bool config_host_is_valid(const char *host, size_t len)
{
    if (len == 0 || len > 253 || host[0] == '.')
        return false;
    for (size_t i = 0; i < len; i++) {
        const char c = host[i];
        const bool is_inner =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!is_inner && (c != '.' || host[i - 1] == '.'))
            return false;
    }
    return true;
}

int config_port_read(const char *text)
{
    const size_t len = strspn(text, "0123456789");
    if (len == 0 || len > 5 || text[len] != '\0')
        return -1;
    int port = 0;
    for (size_t i = 0; i < len; i++)
        port = port * 10 + (text[i] - '0');
    return port <= 65535 ? port : -1;
}

static bool read_host(const char *at, struct config_url *url, const char **rest_out)
{
    if (*at == '[') {
        const char *end = strchr(at, ']');
        if (end == NULL || !is_ipv6(at + 1, (size_t) (end - at) - 1))
            return false;
        url->host = at + 1;
        url->host_len = (size_t) (end - at) - 1;
        *rest_out = end + 1;
        return true;
    }
    url->host = at;
    url->host_len = strcspn(at, ":/?#");
    *rest_out = at + url->host_len;
    return config_host_is_valid(url->host, url->host_len);
}

bool config_url_read(const char *text, struct config_url *url_out)
{
    struct config_url url = { .scheme = text, .scheme_len = strspn(text, "abcdefghijklmnopqrstuvwxyz"), .port = -1 };
    const char *at = text + url.scheme_len;
    if (url.scheme_len == 0 || strncmp(at, "://", 3) != 0 || !read_host(at + 3, &url, &at))
        return false;
    if (*at == ':') {
        char digits[8];
        const size_t len = strcspn(++at, "/?#");
        if (len >= sizeof digits)
            return false;
        memcpy(digits, at, len);
        digits[len] = '\0';
        url.port = config_port_read(digits);
        if (url.port < 0)
            return false;
        at += len;
    }
    if (*at != '\0' && strchr("/?#", *at) == NULL)
        return false;
    url.rest = at;
    *url_out = url;
    return true;
}

bool config_url_has_scheme(const struct config_url *url, const char *scheme)
{
    return strlen(scheme) == url->scheme_len && memcmp(scheme, url->scheme, url->scheme_len) == 0;
}

bool config_url_is_loopback(const struct config_url *url)
{
    static const char name[] = "localhost";
    char copy[ADDRESS_MOST];
    struct in_addr address;
    struct in6_addr wide;
    if (url->host_len == strlen(name) && strncasecmp(url->host, name, strlen(name)) == 0)
        return true;
    if (url->host_len >= sizeof copy)
        return false;
    memcpy(copy, url->host, url->host_len);
    copy[url->host_len] = '\0';
    if (inet_pton(AF_INET, copy, &address) == 1)
        return (ntohl(address.s_addr) >> 24) == 127;
    return inet_pton(AF_INET6, copy, &wide) == 1 && IN6_IS_ADDR_LOOPBACK(&wide);
}
