/* SPDX-License-Identifier: Apache-2.0 */
/* web/client_address.h - whose request is it? The peer's address, or behind trusted proxies what they say (X-Forwarded-For).
 *
 * The header is read from the right, where our own proxies write, and only as long as the hop that wrote it is trusted: what a
 * stranger puts at its left end is never reached. Pure but for the list made once. */
#ifndef LATCHKEY_WEB_CLIENT_ADDRESS_H
#define LATCHKEY_WEB_CLIENT_ADDRESS_H

#include "base/status.h"
#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define WEB_ADDRESS_MOST 46 /* longest textual address and a NUL */

struct web_networks;

/* "10.0.0.0/8", "2001:db8::/32", "192.0.2.7", and "unix": the peer of a Unix socket. LK_MALFORMED: words name the item. */
LK_MUST_CHECK enum lk_status web_networks_read(struct config_words items, struct web_networks **networks_out,
                                               struct lk_trouble *trouble);
void web_networks_free(struct web_networks *networks);

bool web_networks_trust(const struct web_networks *networks, const struct sockaddr *peer);

/* Writes the address (an IPv4 address mapped into IPv6 as IPv4; "unix" for the peer of a Unix socket; "unknown" for none).
 * `forwarded` holds the X-Forwarded-For headers in the order they came. */
void web_client_address(const struct web_networks *networks, const struct sockaddr *peer, const char *const *forwarded,
                        size_t count, char address_out[static WEB_ADDRESS_MOST]);

#endif
