/* SPDX-License-Identifier: Apache-2.0 */
/* config/url.h - the parts of a URL that the configuration asks about: scheme://host:port and what follows.
 *
 * Threads: any; pure. The parts point into the text given. */
#ifndef LATCHKEY_CONFIG_URL_H
#define LATCHKEY_CONFIG_URL_H

#include <stdbool.h>
#include <stddef.h>

struct config_url {
    const char *scheme;
    size_t scheme_len;
    const char *host; /* without the brackets of an IPv6 address */
    size_t host_len;
    int port;         /* -1: none */
    const char *rest; /* path, query, fragment: "" or from its first character */
};

/* False: not scheme://host with a host name or address, or a port that is none; a user name before the host is refused. */
bool config_url_read(const char *text, struct config_url *url_out);

bool config_url_has_scheme(const struct config_url *url, const char *scheme);

/* localhost, 127.0.0.0/8, ::1: what never leaves the machine. */
bool config_url_is_loopback(const struct config_url *url);

/* Letters, digits, hyphens, dots and underscores, no empty label, at most 253. */
bool config_host_is_valid(const char *host, size_t len);

/* Decimal, 0 to 65535, nothing else. -1: not one. */
int config_port_read(const char *text);

#endif
