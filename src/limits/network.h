/* SPDX-License-Identifier: Apache-2.0 */
/* limits/network.h - the network that an address belongs to. Pure; threads: any. */
#ifndef LATCHKEY_LIMITS_NETWORK_H
#define LATCHKEY_LIMITS_NETWORK_H

#include "base/status.h"

#include <stdint.h>

struct network_prefixes {
    unsigned ipv4, ipv6; /* bits that count */
};

#define NETWORK_LEN 17

/* Family and leading bits; the rest is zero. LK_ABSENT: not an IP address (NULL, "unix", "unknown"). */
LK_MUST_CHECK enum lk_status network_of(const char *address, struct network_prefixes prefixes,
                                        uint8_t network_out[static NETWORK_LEN]);

#endif
