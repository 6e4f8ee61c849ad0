/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that one row of the table cannot say: the form of addresses, URLs and names, and what must hold between two
 * settings. Each rule is one function; the table at the end names them all. */
#include "base/mail_address.h"
#include "config/reading.h"
#include "config/url.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

static bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static bool is_set(const char *text)
{
    return *text != '\0';
}

/* ---- server ---- */

static bool is_address(int family, const char *text, size_t len)
{
    char copy[64];
    struct in6_addr address;
    if (len >= sizeof copy)
        return false;
    memcpy(copy, text, len);
    copy[len] = '\0';
    return inet_pton(family, copy, &address) == 1;
}

static bool is_listen(const char *text)
{
    if (begins_with(text, "unix:"))
        return text[5] == '/' && strlen(text + 5) < sizeof((struct sockaddr_un *) NULL)->sun_path;
    const char *colon = strrchr(text, ':');
    if (colon == NULL || config_port_read(colon + 1) < 0)
        return false;
    const size_t len = (size_t) (colon - text);
    if (text[0] == '[')
        return len > 2 && text[len - 1] == ']' && is_address(AF_INET6, text + 1, len - 2);
    return is_address(AF_INET, text, len);
}

static bool is_named_before(const struct config_words *words, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (strcmp(words->items[i], words->items[at]) == 0)
            return true;
    return false;
}

static void check_listen(struct config_reading *reading)
{
    const struct config_words *names = &reading->config->server_listen;
    for (size_t i = 0; i < names->count; i++)
        if (!is_listen(names->items[i]))
            config_fault_at(reading, names, "has '%s', which is not address:port, [address]:port or unix:/path",
                            names->items[i]);
        else if (is_named_before(names, i))
            config_fault_at(reading, names, "has '%s' twice", names->items[i]);
}

static bool is_network(const char *text)
{
    if (strcmp(text, "unix") == 0)
        return true;
    const size_t len = strcspn(text, "/");
    const bool is_wide = is_address(AF_INET6, text, len);
    if (!is_wide && !is_address(AF_INET, text, len))
        return false;
    if (text[len] == '\0')
        return true;
    const int bits = config_port_read(text + len + 1);
    return bits >= 0 && bits <= (is_wide ? 128 : 32);
}

static void check_trusted_proxies(struct config_reading *reading)
{
    const struct config *config = reading->config;
    for (size_t i = 0; i < config->server_trusted_proxies.count; i++)
        if (!is_network(config->server_trusted_proxies.items[i]))
            config_fault_at(reading, &config->server_trusted_proxies,
                            "has '%s', which is neither an address nor a network such as 10.0.0.0/8 nor unix",
                            config->server_trusted_proxies.items[i]);
}

static bool is_web_url(const char *text, struct config_url *url_out)
{
    return config_url_read(text, url_out) &&
           (config_url_has_scheme(url_out, "http") || config_url_has_scheme(url_out, "https"));
}

static void check_public_url(struct config_reading *reading)
{
    const struct config *config = reading->config;
    struct config_url url;
    if (!is_web_url(config->server_public_url, &url))
        config_fault_at(reading, &config->server_public_url,
                        "must be http://host or https://host, with :port if need be");
    else if (is_set(url.rest))
        config_fault_at(reading, &config->server_public_url, "must end after host and port: take away '%s'", url.rest);
}

static void check_pair(struct config_reading *reading, const char *const *certificate, const char *const *key,
                       const char *section)
{
    if (is_set(*certificate) && !is_set(*key))
        config_fault_at(reading, certificate, "needs %s.private_key too", section);
    if (is_set(*key) && !is_set(*certificate))
        config_fault_at(reading, key, "needs %s.certificate too", section);
}

static void check_certificates(struct config_reading *reading)
{
    const struct config *config = reading->config;
    check_pair(reading, &config->server_certificate, &config->server_private_key, "server");
    check_pair(reading, &config->directory_certificate, &config->directory_private_key, "directory");
}

/* ---- directory ---- */

static bool is_directory_url(const char *text)
{
    struct config_url url;
    if (begins_with(text, "ldapi://"))
        return strpbrk(text, " ?#") == NULL;
    return config_url_read(text, &url) && (*url.rest == '\0' || strcmp(url.rest, "/") == 0) &&
           (config_url_has_scheme(&url, "ldap") || config_url_has_scheme(&url, "ldaps"));
}

static void check_directory_uri(struct config_reading *reading)
{
    const struct config *config = reading->config;
    for (size_t i = 0; i < config->directory_uri.count; i++)
        if (!is_directory_url(config->directory_uri.items[i]))
            config_fault_at(reading, &config->directory_uri,
                            "has '%s', which is not ldapi://, ldap://host:port or ldaps://host:port",
                            config->directory_uri.items[i]);
    if (is_set(config->directory_embedded_listen) && !is_directory_url(config->directory_embedded_listen))
        config_fault_at(reading, &config->directory_embedded_listen,
                        "must be ldapi://, ldap://host:port or ldaps://host:port");
}

/* People's passwords are checked by a bind: they cross the same wire as the daemon's own. */
static void check_directory_privacy(struct config_reading *reading)
{
    const struct config *config = reading->config;
    if (config->directory_start_tls || is_set(config->directory_embedded))
        return;
    for (size_t i = 0; i < config->directory_uri.count; i++) {
        struct config_url url;
        if (config_url_read(config->directory_uri.items[i], &url) && config_url_has_scheme(&url, "ldap") &&
            !config_url_is_loopback(&url))
            config_fault_at(reading, &config->directory_uri,
                            "has '%s', over which passwords would go in the clear: use ldaps://, ldapi:// or "
                            "directory.start_tls = yes",
                            config->directory_uri.items[i]);
    }
}

static void check_bind(struct config_reading *reading)
{
    const struct config *config = reading->config;
    if (is_set(config->directory_keytab) && config->directory_bind != CONFIG_BIND_GSSAPI)
        config_fault_at(reading, &config->directory_keytab, "needs directory.bind = gssapi");
    if (config->directory_bind != CONFIG_BIND_SIMPLE)
        return;
    if (!is_set(config->directory_bind_dn))
        config_fault_at(reading, &config->directory_bind, "= simple needs directory.bind_dn");
    if (!is_set(config->directory_bind_password_file))
        config_fault_at(reading, &config->directory_bind, "= simple needs directory.bind_password_file");
}

static void check_breach_url(struct config_reading *reading)
{
    const struct config *config = reading->config;
    struct config_url url;
    if (is_set(config->accounts_breach_url) && !is_web_url(config->accounts_breach_url, &url))
        config_fault_at(reading, &config->accounts_breach_url,
                        "must be a URL such as https://api.pwnedpasswords.com/range/");
}

/* What cannot be where people make accounts; NULL: nothing. A new account needs its password in the Add itself, and in Active Directory
 * an entry of a person is named by cn, whatever people sign in with. */
static const char *no_sign_up(const struct config *config)
{
    if (config->directory_password_method == CONFIG_PASSWORD_METHOD_EXOP)
        return "does not fit: a new account cannot be made by exop; set accounts.sign_up = no";
    if (config->directory_password_method == CONFIG_PASSWORD_METHOD_UNICODE_PWD &&
        strcasecmp(config->directory_account_name, "cn") != 0)
        return "does not fit: with unicodePwd people can make accounts only where directory.account_name = cn; set "
               "accounts.sign_up = no";
    return NULL;
}

static void check_password_method(struct config_reading *reading)
{
    const struct config *config = reading->config;
    const char *why = config->accounts_sign_up ? no_sign_up(config) : NULL;
    if (why != NULL)
        config_fault_of_two(reading, &config->directory_password_method, &config->accounts_sign_up, "%s", why);
}

/* Only a first look; the directory itself judges a DN. */
static void check_names(struct config_reading *reading)
{
    const struct config *config = reading->config;
    const char *const *const names[] = { &config->directory_suffix, &config->directory_accounts_base,
                                         &config->directory_decoy, &config->directory_organizations_base,
                                         &config->directory_operators_group };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *equals = strchr(*names[i], '=');
        if (equals == NULL || equals == *names[i] || equals[1] == '\0')
            config_fault_at(reading, names[i], "must be a DN such as dc=example,dc=com");
    }
}

/* RFC 4512 section 1.4: a descriptor or a numeric OID. */
static bool is_attribute(const char *text)
{
    static const char digits[] = "0123456789";
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const size_t len = strlen(text);
    if (strspn(text, letters) == 0)
        return strspn(text, digits) > 0 && strspn(text, "0123456789.") == len && text[len - 1] != '.' &&
               strstr(text, "..") == NULL;
    for (const char *at = text; *at != '\0'; at++)
        if (strchr(letters, *at) == NULL && strchr(digits, *at) == NULL && *at != '-')
            return false;
    return true;
}

/* Only a first look, as with a DN: parentheses fit, and nothing stands outside of them. */
static bool is_filter(const char *text)
{
    size_t depth = 0;
    if (*text != '(')
        return false;
    for (; *text != '\0'; text++) {
        depth += *text == '(';
        if (*text == ')' && --depth == 0)
            return text[1] == '\0';
    }
    return false;
}

static void check_filters(struct config_reading *reading)
{
    const struct config *config = reading->config;
    const char *const *const filters[] = { &config->directory_account_filter, &config->directory_people_filter,
                                           &config->directory_profile_filter, &config->directory_organization_filter };
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++)
        if (is_set(*filters[i]) && !is_filter(*filters[i]))
            config_fault_at(reading, filters[i], "must be an LDAP filter in parentheses, such as (employeeType=staff)");
}

/* What may be called otherwise: not what names entries, which has settings of its own, nor what servers themselves go by. */
static bool may_be_renamed(const char *name, size_t len)
{
    static const char *const names[] = {
        "displayName",
        "givenName",
        "sn",
        "mail",
        "telephoneNumber",
        "title",
        "postalCode",
        "preferredLanguage",
        "lkAccountDN",
        "lkAdministrator",
        "lkAlternateMail",
        "lkAnswer",
        "lkAttempt",
        "lkMainContact",
        "lkPendingMail",
        "lkQuestion",
        "lkRecoveryCode",
        "lkSecondFactor",
        "lkSend",
        "lkSendError",
        "lkSent",
        "lkServicePlan",
        "lkSession",
        "lkToken",
        "lkVerifier",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strncasecmp(names[i], name, len) == 0 && names[i][len] == '\0')
            return true;
    return false;
}

/* Said of two pairs that have the same on one side. */
static bool is_said_twice(const struct config_words *pairs, size_t at, const char *equals)
{
    const size_t len = (size_t) (equals - pairs->items[at]) + 1;
    for (size_t i = 0; i < at; i++) {
        const char *other = strchr(pairs->items[i], '=');
        if (strncasecmp(pairs->items[i], pairs->items[at], len) == 0 ||
            (other != NULL && strcasecmp(other, equals) == 0))
            return true;
    }
    return false;
}

/* What is below accounts_base is an account already. */
static void check_people_base(struct config_reading *reading)
{
    const struct config *config = reading->config;
    const char *base = config->directory_people_base;
    if (is_set(base) && (strchr(base, '=') == NULL || strcasecmp(base, config->directory_accounts_base) == 0))
        config_fault_of_two(reading, &config->directory_people_base, &config->directory_accounts_base,
                            "must be a DN other than directory.accounts_base");
}

static void check_attribute_names(struct config_reading *reading)
{
    const struct config_words *pairs = &reading->config->directory_attribute_names;
    for (size_t i = 0; i < pairs->count; i++) {
        const char *equals = strchr(pairs->items[i], '=');
        if (equals == NULL || !is_set(equals + 1) || !is_attribute(equals + 1))
            config_fault_at(reading, pairs, "has '%s', which is not NAME=NAME, such as title=jobTitle",
                            pairs->items[i]);
        else if (!may_be_renamed(pairs->items[i], (size_t) (equals - pairs->items[i])))
            config_fault_at(reading, pairs, "has '%s', whose left side is none of the attributes that may be renamed",
                            pairs->items[i]);
        else if (is_said_twice(pairs, i, equals))
            config_fault_at(reading, pairs, "has '%s', one side of which it has twice", pairs->items[i]);
    }
}

/* The name of an entry stays when what the person is called changes. */
static void check_profile_name(struct config_reading *reading)
{
    static const char *const changing[] = { "displayName", "givenName", "sn", "mail", "telephoneNumber", "title" };
    const struct config *config = reading->config;
    bool changes = strcasecmp(config->directory_profile_name, config->directory_profile_mail) == 0;
    for (size_t i = 0; i < sizeof changing / sizeof changing[0]; i++)
        changes = changes || strcasecmp(config->directory_profile_name, changing[i]) == 0;
    if (changes)
        config_fault_at(reading, &config->directory_profile_name,
                        "cannot be an attribute that people change: entries keep their names");
}

static void check_attributes(struct config_reading *reading)
{
    const struct config *config = reading->config;
    const char *const *const attributes[] = { &config->directory_account_class,
                                              &config->directory_account_name,
                                              &config->directory_profile_class,
                                              &config->directory_profile_mail,
                                              &config->directory_profile_name,
                                              &config->directory_organization_class,
                                              &config->directory_organization_name,
                                              &config->directory_new_person_class,
                                              &config->directory_people_name,
                                              &config->directory_account_person,
                                              &config->directory_new_organization_class,
                                              &config->directory_unique_id };
    for (size_t i = 0; i < sizeof attributes / sizeof attributes[0]; i++)
        if (!is_attribute(*attributes[i]))
            config_fault_at(reading, attributes[i], "must be a name of the schema, such as uid, or an OID");
}

/* ---- sessions ---- */

static void check_sessions(struct config_reading *reading)
{
    const struct config *config = reading->config;
    if (config->sessions_idle > config->sessions_longest)
        config_fault_of_two(reading, &config->sessions_idle, &config->sessions_longest,
                            "is out of step: sessions.idle must not be longer than sessions.longest");
    if (config->sessions_kept_idle > config->sessions_kept_longest)
        config_fault_of_two(reading, &config->sessions_kept_idle, &config->sessions_kept_longest,
                            "is out of step: sessions.kept_idle must not be longer than sessions.kept_longest");
    if (config->sessions_touch * 2 > config->sessions_idle)
        config_fault_of_two(reading, &config->sessions_touch, &config->sessions_idle,
                            "is out of step: sessions.touch must be at most half of sessions.idle");
}

/* ---- courier ---- */

/* Its URL where messages go by SMTP; false for a Maildir, and for what is neither. */
static bool is_mail_server(const struct config *config, struct config_url *url_out)
{
    return config_url_read(config->courier_deliver_to, url_out) && *url_out->rest == '\0' && url_out->port != 0 &&
           (config_url_has_scheme(url_out, "smtp") || config_url_has_scheme(url_out, "smtps"));
}

static void check_deliver_to(struct config_reading *reading)
{
    const struct config *config = reading->config;
    struct config_url url;
    const bool is_maildir =
        begins_with(config->courier_deliver_to, "maildir:") && is_set(config->courier_deliver_to + 8);
    if (!is_maildir && !is_mail_server(config, &url))
        config_fault_at(reading, &config->courier_deliver_to,
                        "must be smtp://host:port, smtps://host:port or maildir:folder");
}

static void check_mail_login(struct config_reading *reading)
{
    const struct config *config = reading->config;
    struct config_url url;
    if (is_set(config->courier_user) != is_set(config->courier_password_file))
        config_fault_of_two(reading, &config->courier_user, &config->courier_password_file,
                            "is half: courier.user and courier.password_file belong together");
    else if (is_set(config->courier_user) && config->courier_start_tls == CONFIG_START_TLS_NEVER &&
             is_mail_server(config, &url) && config_url_has_scheme(&url, "smtp") && !config_url_is_loopback(&url))
        config_fault_of_two(reading, &config->courier_start_tls, &config->courier_user,
                            "would send the password in the clear: use courier.start_tls = require or smtps://");
}

static bool is_hello(const char *text)
{
    const size_t len = strlen(text);
    if (text[0] != '[')
        return config_host_is_valid(text, len);
    if (len < 3 || text[len - 1] != ']')
        return false;
    if (begins_with(text, "[IPv6:"))
        return is_address(AF_INET6, text + 6, len - 7);
    return is_address(AF_INET, text + 1, len - 2);
}

static void check_hello(struct config_reading *reading)
{
    if (!is_hello(reading->config->courier_hello))
        config_fault_of_two(reading, &reading->config->courier_hello, &reading->config->server_public_url,
                            "must be a host name, or an address in brackets");
}

static void check_mail_addresses(struct config_reading *reading)
{
    const struct config *config = reading->config;
    if (!lk_mail_address_is_valid(config->courier_from, strlen(config->courier_from)))
        config_fault_at(reading, &config->courier_from, "must be an e-mail address");
    if (is_set(config->pages_support_address) &&
        !lk_mail_address_is_valid(config->pages_support_address, strlen(config->pages_support_address)))
        config_fault_at(reading, &config->pages_support_address, "must be an e-mail address");
    else if (is_set(config->courier_reply_to) &&
             !lk_mail_address_is_valid(config->courier_reply_to, strlen(config->courier_reply_to)))
        config_fault_at(reading, &config->courier_reply_to, "must be an e-mail address");
}

static void check_courier_times(struct config_reading *reading)
{
    const struct config *config = reading->config;
    if (config->courier_lease <= config->courier_timeout)
        config_fault_of_two(reading, &config->courier_lease, &config->courier_timeout,
                            "is out of step: courier.lease must be longer than courier.timeout");
    if (config->courier_retry_first > config->courier_retry_longest)
        config_fault_of_two(reading, &config->courier_retry_first, &config->courier_retry_longest,
                            "is out of step: courier.retry_first must not be longer than courier.retry_longest");
}

/* ---- pages ---- */

static void check_page_urls(struct config_reading *reading)
{
    const struct config *config = reading->config;
    const char *const *const urls[] = { &config->pages_home_url, &config->pages_support_url,
                                        &config->pages_password_url };
    struct config_url url;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++)
        if (is_set(*urls[i]) && (!is_web_url(*urls[i], &url) || strpbrk(*urls[i], " \"<>\\") != NULL))
            config_fault_at(reading, urls[i], "must be an http:// or https:// URL");
}

/* The shape of RFC 5646: parts of up to eight letters and digits, the first of letters. */
static void check_language(struct config_reading *reading)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    const char *at = reading->config->pages_language;
    bool is_good = strspn(at, letters) == strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    for (;;) {
        const size_t len = strspn(at, letters);
        is_good = is_good && len >= 1 && len <= 8;
        at += len;
        if (*at != '-')
            break;
        at++;
    }
    if (!is_good || *at != '\0')
        config_fault_at(reading, &reading->config->pages_language, "must be a language tag such as en or pt-BR");
}

void config_check(struct config_reading *reading)
{
    static void (*const rules[])(struct config_reading *) = {
        check_listen,
        check_trusted_proxies,
        check_public_url,
        check_certificates,
        check_directory_uri,
        check_directory_privacy,
        check_bind,
        check_names,
        check_attributes,
        check_filters,
        check_attribute_names,
        check_profile_name,
        check_people_base,
        check_sessions,
        check_deliver_to,
        check_mail_login,
        check_hello,
        check_mail_addresses,
        check_courier_times,
        check_page_urls,
        check_language,
        check_password_method,
        check_breach_url,
    };
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        rules[i](reading);
}
