/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/embedded_internal.h"

#include <string.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
#define DIGITS          "0123456789"

bool embedded_suffix_is_plain(const char *suffix)
{
    for (;;) {
        if (strncmp(suffix, "dc=", 3) != 0)
            return false;
        suffix += 3;
        const size_t len = strspn(suffix, NAME_CHARACTERS);
        if (len == 0)
            return false;
        suffix += len;
        if (*suffix == '\0')
            return true;
        if (*suffix++ != ',')
            return false;
    }
}

/* The length of the loopback address at the start of `text`, or 0. */
static size_t loopback_len(const char *text)
{
    static const char *const names[] = { "localhost", "[::1]" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncmp(text, names[i], strlen(names[i])) == 0)
            return strlen(names[i]);
    return strncmp(text, "127.", 4) == 0 ? strspn(text, DIGITS ".") : 0;
}

bool embedded_listen_is_loopback(const char *url)
{
    static const char scheme[] = "ldap://";
    if (strncmp(url, scheme, sizeof scheme - 1) != 0)
        return false;
    url += sizeof scheme - 1;
    const size_t address = loopback_len(url);
    if (address == 0)
        return false;
    url += address;
    if (*url == ':') {
        const size_t port = strspn(url + 1, DIGITS);
        if (port == 0 || port > 5)
            return false;
        url += 1 + port;
    }
    if (*url == '/')
        url++;
    return *url == '\0';
}
