/* SPDX-License-Identifier: Apache-2.0 */
/* Values that follow from others: paths from the folder of the file they stand in, defaults from other settings. */
#include "base/cleanup.h"
#include "base/encoding.h"
#include "config/reading.h"
#include "config/url.h"

#include <arpa/inet.h>
#include <string.h>

#define MAILDIR "maildir:"

static const char *resolve(struct lk_arena *arena, const char *folder, const char *path)
{
    if (*path == '\0' || *path == '/' || folder == NULL || *folder == '\0')
        return path;
    return lk_arena_format(arena, "%s%s%s", folder, folder[strlen(folder) - 1] == '/' ? "" : "/", path);
}

void config_resolve_paths(struct config_reading *reading)
{
    struct config *config = reading->config;
    for (size_t i = 0; i < settings_count(); i++) {
        const struct setting *setting = settings_at(i);
        const char **path = setting_member(config, setting);
        if (setting->type == SETTING_TYPE_FILE)
            *path = resolve(config->arena, reading->places[i].folder, *path);
    }
    const char *folder = reading->places[settings_of_member(config, &config->courier_deliver_to)].folder;
    if (strncmp(config->courier_deliver_to, MAILDIR, strlen(MAILDIR)) == 0)
        config->courier_deliver_to = lk_arena_format(
            config->arena, MAILDIR "%s", resolve(config->arena, folder, config->courier_deliver_to + strlen(MAILDIR)));
}

static void derive_below(struct config *config, const char **base, const char *place)
{
    if (**base == '\0')
        *base = lk_arena_format(config->arena, "%s,%s", place, config->directory_suffix);
}

/* RFC 5321 section 4.1.3: an address stands in brackets. */
static const char *hello_of(struct config *config)
{
    struct config_url url;
    if (!config_url_read(config->server_public_url, &url))
        return "localhost";
    struct in6_addr address;
    const char *host = lk_arena_copy(config->arena, url.host, url.host_len);
    if (inet_pton(AF_INET6, host, &address) == 1)
        return lk_arena_format(config->arena, "[IPv6:%s]", host);
    if (inet_pton(AF_INET, host, &address) == 1)
        return lk_arena_format(config->arena, "[%s]", host);
    return host;
}

/* The embedded directory answers on a socket in its own folder, and knows the daemon by its user. */
static void derive_embedded(struct config *config)
{
    struct lk_text uri LK_CLEANUP(lk_text_done) = LK_TEXT(8192);
    lk_text_literal(&uri, "ldapi://");
    lk_percent_encode(&uri, config->directory_embedded, strlen(config->directory_embedded), "");
    lk_percent_encode(&uri, CONFIG_EMBEDDED_SOCKET, strlen(CONFIG_EMBEDDED_SOCKET), "");
    const char **items = lk_arena_array(config->arena, 1, sizeof *items);
    items[0] = lk_arena_words(config->arena, lk_text_string(&uri));
    config->directory_uri = (struct config_words){ .count = 1, .items = items };
    config->directory_bind = CONFIG_BIND_EXTERNAL;
}

void config_derive(struct config *config)
{
    if (*config->directory_embedded != '\0')
        derive_embedded(config);
    derive_below(config, &config->directory_accounts_base, "ou=accounts");
    derive_below(config, &config->directory_organizations_base, "ou=organizations");
    derive_below(config, &config->directory_operators_group, "cn=operators,ou=groups");
    derive_below(config, &config->directory_decoy, "cn=decoy,ou=services");
    if (*config->courier_hello == '\0')
        config->courier_hello = hello_of(config);
    if (*config->courier_from_name == '\0')
        config->courier_from_name = config->pages_service;
    if (*config->courier_reply_to == '\0')
        config->courier_reply_to = config->pages_support_address;
}
