/* SPDX-License-Identifier: Apache-2.0 */
#include "limits/network.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

static void keep_bits(uint8_t *bytes, size_t len, unsigned bits)
{
    for (size_t i = 0; i < len; i++) {
        const unsigned kept = bits >= 8 ? 8 : bits;
        bytes[i] = (uint8_t) (bytes[i] & (0xFF00U >> kept));
        bits -= kept;
    }
}

enum lk_status network_of(const char *address, struct network_prefixes prefixes,
                          uint8_t network_out[static NETWORK_LEN])
{
    memset(network_out, 0, NETWORK_LEN);
    if (address == NULL)
        return LK_ABSENT;
    if (inet_pton(AF_INET, address, network_out + 1) == 1) {
        network_out[0] = 4;
        keep_bits(network_out + 1, 4, prefixes.ipv4);
        return LK_OK;
    }
    if (inet_pton(AF_INET6, address, network_out + 1) != 1)
        return LK_ABSENT;
    network_out[0] = 6;
    keep_bits(network_out + 1, 16, prefixes.ipv6);
    return LK_OK;
}
