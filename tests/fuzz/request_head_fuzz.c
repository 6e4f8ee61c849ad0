/* SPDX-License-Identifier: Apache-2.0 */
/* What of a request's head is ours to read: path, Accept, Origin, X-Forwarded-For, continue. The input's first byte says which. */
#include "web/accept.h"
#include "web/client_address.h"
#include "web/continue.h"
#include "web/origin.h"
#include "web/route.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

static const struct web_route ROUTES[] = {
    {"GET",   "/a/{b}",   NULL, WEB_ANYBODY, NULL, true },
    { "POST", "/a/{b}/c", NULL, WEB_ANYBODY, NULL, false},
    { NULL,   NULL,       NULL, WEB_ANYBODY, NULL, false},
};

static void read_path(const char *text)
{
    char path[WEB_PATH_MOST + 1];
    struct web_match match;
    if (web_path_decode(web_target_path(text), path) != LK_OK)
        return;
    if (path[0] != '/')
        abort();
    if (web_route_match(ROUTES, "GET", path, &match) == WEB_MATCH_FOUND &&
        (match.segment_len == 0 || match.segment_len > WEB_SEGMENT_MOST))
        abort();
}

static void read_target(const char *text)
{
    if (web_continue_is_allowed(ROUTES, text) && (strncmp(text, "/a/", 3) != 0 || strpbrk(text, "\r\n\\ ") != NULL))
        abort();
}

static void read_origin(const char *text)
{
    char origin[WEB_ORIGIN_MOST];
    if (web_origin_of(text, origin) && strncmp(origin, "http", 4) != 0)
        abort();
    (void) web_origin_is_ours("https://example.org", text, NULL);
}

static void read_forwarded(const char *text)
{
    static const char *const trusted[] = { "127.0.0.1", "10.0.0.0/8", "2001:db8::/32" };
    static struct web_networks *networks;
    const struct sockaddr_in peer = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    char address[WEB_ADDRESS_MOST];
    if (networks == NULL && web_networks_read((struct config_words){ 3, trusted }, &networks, NULL) != LK_OK)
        abort();
    const char *const headers[] = { text, text };
    web_client_address(networks, (const struct sockaddr *) &peer, headers, 2, address);
    if (strnlen(address, sizeof address) == sizeof address || address[0] == '\0')
        abort();
}

static void read_accept(const char *text)
{
    (void) web_accept_wants_json(text);
    (void) web_media_type_is(text, "text/html");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static void (*const readers[])(const char *text) = { read_path, read_target, read_origin, read_forwarded,
                                                         read_accept };
    if (len == 0)
        return 0;
    char *text = malloc(len); /* its own block, so that a sanitizer sees a byte read behind the NUL */
    if (text == NULL)
        abort();
    memcpy(text, bytes + 1, len - 1);
    text[len - 1] = '\0';
    readers[bytes[0] % (sizeof readers / sizeof readers[0])](text);
    free(text);
    return 0;
}
