/* SPDX-License-Identifier: Apache-2.0 */
#include "web/headers.h"

#include <stdio.h>
#include <string.h>

static const char *const TYPES[] = {
    [WEB_CONTENT_HTML] = "text/html; charset=utf-8",
    [WEB_CONTENT_JSON] = "application/json",
    [WEB_CONTENT_PROBLEM] = "application/problem+json",
    [WEB_CONTENT_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
    [WEB_CONTENT_NONE] = NULL,
    [WEB_CONTENT_FILE] = NULL,
};

static const struct {
    const char *name;
    const char *value;
} ALWAYS[] = {
    {"Referrer-Policy",               "no-referrer"},
    { "X-Content-Type-Options",       "nosniff"    },
    { "Cross-Origin-Opener-Policy",   "same-origin"},
    { "Cross-Origin-Resource-Policy", "same-origin"},
};

static void add(struct MHD_Response *response, const char *name, const char *value)
{
    (void) MHD_add_response_header(response, name, value);
}

void web_headers_add(const struct web_server *server, struct MHD_Response *response, enum web_content content)
{
    if (TYPES[content] != NULL)
        add(response, "Content-Type", TYPES[content]);
    for (size_t i = 0; i < sizeof ALWAYS / sizeof ALWAYS[0]; i++)
        add(response, ALWAYS[i].name, ALWAYS[i].value);
    if (content == WEB_CONTENT_HTML)
        add(response, "Content-Security-Policy", server->security_policy);
    if (content != WEB_CONTENT_FILE)
        add(response, "Cache-Control", "no-store");
    if (content <= WEB_CONTENT_PROBLEM)
        add(response, "Vary", "Accept, Accept-Language, Cookie");
    if (server->is_https)
        add(response, "Strict-Transport-Security", "max-age=31536000");
}

/* Browsers hold form-action against the redirect that follows a form as well: home_url must be in it. */
void web_headers_prepare(struct web_server *server)
{
    char home[WEB_ORIGIN_MOST] = "";
    if (!web_origin_of(server->needs.config->pages_home_url, home) || strpbrk(home, "; ,'\"") != NULL)
        home[0] = '\0';
    (void) snprintf(server->security_policy, sizeof server->security_policy,
                    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; script-src 'self'; "
                    "form-action 'self'%s%s; base-uri 'none'; frame-ancestors 'none'",
                    home[0] == '\0' ? "" : " ", home);
}
