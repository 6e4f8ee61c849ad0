/* SPDX-License-Identifier: Apache-2.0 */
#include "web/client_address.h"

#include "base/fatal.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HOPS_MOST 32
#define UNIX_WORD "unix"

/* Every address as IPv6; IPv4 mapped (::ffff:a.b.c.d). */
struct address {
    uint8_t bytes[16];
};

struct network {
    struct address address;
    unsigned prefix; /* bits */
};

struct web_networks {
    bool trusts_unix;
    size_t count;
    struct network items[];
};

static const uint8_t MAPPED[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF };

static bool is_mapped(const struct address *address)
{
    return memcmp(address->bytes, MAPPED, sizeof MAPPED) == 0;
}

static bool read_address(const char *text, struct address *address_out)
{
    struct address address = { 0 };
    memcpy(address.bytes, MAPPED, sizeof MAPPED);
    if (inet_pton(AF_INET, text, address.bytes + sizeof MAPPED) != 1 && inet_pton(AF_INET6, text, address.bytes) != 1)
        return false;
    *address_out = address;
    return true;
}

static bool read_network(const char *text, struct network *network_out)
{
    char host[WEB_ADDRESS_MOST];
    const size_t host_len = strcspn(text, "/");
    if (host_len >= sizeof host)
        return false;
    memcpy(host, text, host_len);
    host[host_len] = '\0';
    struct network network = { .prefix = 128 };
    if (!read_address(host, &network.address))
        return false;
    if (text[host_len] == '/') {
        const char *digits = text + host_len + 1;
        const size_t count = strspn(digits, "0123456789");
        if (count == 0 || count > 3 || digits[count] != '\0')
            return false;
        const unsigned long bits = strtoul(digits, NULL, 10);
        const unsigned long before = strchr(host, ':') == NULL ? 96 : 0;
        if (bits > 128 - before)
            return false;
        network.prefix = (unsigned) (before + bits);
    }
    *network_out = network;
    return true;
}

enum lk_status web_networks_read(struct config_words items, struct web_networks **networks_out,
                                 struct lk_trouble *trouble)
{
    struct web_networks *networks = calloc(1, sizeof *networks + items.count * sizeof networks->items[0]);
    if (networks == NULL)
        lk_fatal("out of memory");
    for (size_t i = 0; i < items.count; i++) {
        if (strcmp(items.items[i], UNIX_WORD) == 0) {
            networks->trusts_unix = true;
        } else if (read_network(items.items[i], &networks->items[networks->count])) {
            networks->count++;
        } else {
            free(networks);
            return lk_fail(trouble, LK_MALFORMED, "server.trusted_proxies: %s is neither an address nor a network",
                           items.items[i]);
        }
    }
    *networks_out = networks;
    return LK_OK;
}

void web_networks_free(struct web_networks *networks)
{
    free(networks);
}

static bool contains(const struct network *network, const struct address *address)
{
    const size_t whole = network->prefix / 8;
    const unsigned rest = network->prefix % 8;
    if (memcmp(network->address.bytes, address->bytes, whole) != 0)
        return false;
    if (rest == 0)
        return true;
    const unsigned mask = (0xFFU << (8 - rest)) & 0xFFU;
    return ((network->address.bytes[whole] ^ address->bytes[whole]) & mask) == 0;
}

static bool trusts(const struct web_networks *networks, const struct address *address)
{
    for (size_t i = 0; i < networks->count; i++) {
        if (contains(&networks->items[i], address))
            return true;
    }
    return false;
}

static bool peer_address(const struct sockaddr *peer, struct address *address_out)
{
    if (peer != NULL && peer->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, peer, sizeof in);
        memcpy(address_out->bytes, MAPPED, sizeof MAPPED);
        memcpy(address_out->bytes + sizeof MAPPED, &in.sin_addr, 4);
        return true;
    }
    if (peer != NULL && peer->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, peer, sizeof in6);
        memcpy(address_out->bytes, &in6.sin6_addr, 16);
        return true;
    }
    return false;
}

bool web_networks_trust(const struct web_networks *networks, const struct sockaddr *peer)
{
    struct address address;
    if (peer_address(peer, &address))
        return trusts(networks, &address);
    return peer != NULL && peer->sa_family == AF_UNIX && networks->trusts_unix;
}

static void write_address(const struct address *address, char address_out[static WEB_ADDRESS_MOST])
{
    const char *text = is_mapped(address)
                           ? inet_ntop(AF_INET, address->bytes + sizeof MAPPED, address_out, WEB_ADDRESS_MOST)
                           : inet_ntop(AF_INET6, address->bytes, address_out, WEB_ADDRESS_MOST);
    if (text == NULL)
        address_out[0] = '\0';
}

/* One item of the header: an address, perhaps with a port ("192.0.2.7:1234", "[2001:db8::1]:1234"). */
static bool read_hop(const char *text, size_t len, struct address *address_out)
{
    char hop[WEB_ADDRESS_MOST + 8];
    while (len > 0 && (text[0] == ' ' || text[0] == '\t')) {
        text++;
        len--;
    }
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    if (len == 0 || len >= sizeof hop)
        return false;
    memcpy(hop, text, len);
    hop[len] = '\0';
    if (hop[0] == '[') {
        char *bracket = strchr(hop, ']');
        if (bracket == NULL)
            return false;
        *bracket = '\0';
        return read_address(hop + 1, address_out);
    }
    char *colon = strchr(hop, ':');
    if (colon != NULL && strchr(colon + 1, ':') == NULL)
        *colon = '\0';
    return read_address(hop, address_out);
}

/* Goes on from `*address` towards the left of one header; false where it must not go on to the next. */
static bool follow_header(const struct web_networks *networks, const char *header, size_t *hops,
                          struct address *address)
{
    size_t end = strlen(header);
    for (;;) {
        size_t start = end;
        while (start > 0 && header[start - 1] != ',')
            start--;
        struct address hop;
        if (*hops == HOPS_MOST || !read_hop(header + start, end - start, &hop))
            return false;
        *hops += 1;
        *address = hop;
        if (!trusts(networks, &hop))
            return false;
        if (start == 0)
            return true;
        end = start - 1;
    }
}

void web_client_address(const struct web_networks *networks, const struct sockaddr *peer, const char *const *forwarded,
                        size_t count, char address_out[static WEB_ADDRESS_MOST])
{
    struct address address = { 0 };
    bool known = peer_address(peer, &address);
    if (count > 0 && web_networks_trust(networks, peer)) {
        size_t hops = 0;
        size_t at = count;
        while (at > 0 && follow_header(networks, forwarded[at - 1], &hops, &address))
            at--;
        known = known || hops > 0;
    }
    if (known)
        write_address(&address, address_out);
    else if (peer != NULL && peer->sa_family == AF_UNIX)
        memcpy(address_out, UNIX_WORD, sizeof UNIX_WORD);
    else
        memcpy(address_out, "unknown", sizeof "unknown");
}
