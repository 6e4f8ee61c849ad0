/* SPDX-License-Identifier: Apache-2.0 */
#include "config/places.h"

#include <string.h>
#include <strings.h>

/* "ou: people" of ou=people,dc=example,dc=com: what an entry of that name must have. An escaped comma does not end it. */
static const char *naming_line(struct lk_arena *arena, const char *dn)
{
    const char *equals = strchr(dn, '=');
    const char *end = equals;
    while (end != NULL && *end != '\0' && (*end != ',' || end[-1] == '\\'))
        end++;
    if (equals == NULL)
        return dn;
    return lk_arena_format(arena, "%.*s: %.*s", (int) (equals - dn), dn, (int) (end - equals - 1), equals + 1);
}

/* As alternatives of a regular expression: the usual ones, and `class` where it is another. */
static const char *with_class(struct lk_arena *arena, const char *usual, const char *last, const char *class)
{
    const char *all = lk_arena_format(arena, "%s|%s", usual, last);
    return strcasecmp(last, class) == 0 ? all : lk_arena_format(arena, "%s|%s", all, class);
}

/* How much of `dn` stands before ",SUFFIX"; all of it, where it does not end so. */
static size_t above_suffix(const char *dn, const char *suffix)
{
    const size_t len = strlen(dn), suffix_len = strlen(suffix);
    const bool is_below =
        len > suffix_len + 1 && dn[len - suffix_len - 1] == ',' && strcasecmp(dn + len - suffix_len, suffix) == 0;
    return is_below ? len - suffix_len - 1 : len;
}

/* A regular expression for both, written as it has always been where both lie below the suffix: slapd's rules are told apart by their
 * words. */
static const char *account_or_decoy(const struct config *config, struct lk_arena *arena)
{
    const char *accounts = config->directory_accounts_base, *decoy = config->directory_decoy;
    const size_t account_len = above_suffix(accounts, config->directory_suffix);
    const size_t decoy_len = above_suffix(decoy, config->directory_suffix);
    if (accounts[account_len] == '\0' || decoy[decoy_len] == '\0')
        return lk_arena_format(arena, "([^,]+,%s|%s)", accounts, decoy);
    return lk_arena_format(arena, "([^,]+,%.*s|%.*s),%s", (int) account_len, accounts, (int) decoy_len, decoy,
                           config->directory_suffix);
}

const struct lk_template_word *config_places(const struct config *config, struct lk_arena *arena,
                                             const struct lk_template_word *others)
{
    const char *const person = config->directory_new_person_class;
    const char *const group = config->directory_new_organization_class;
    /* clang-format off */
    const struct lk_template_word places[] = {
        { "ACCOUNTS", config->directory_accounts_base },
        { "ACCOUNTS_RDN", naming_line(arena, config->directory_accounts_base) },
        { "ACCOUNT_CLASS", config->directory_account_class },
        { "ACCOUNT_NAME", config->directory_account_name },
        { "ACCOUNT_OR_DECOY", account_or_decoy(config, arena) },
        { "DECOY", config->directory_decoy },
        { "DECOY_RDN", naming_line(arena, config->directory_decoy) },
        { "OPERATORS", config->directory_operators_group },
        { "OPERATORS_RDN", naming_line(arena, config->directory_operators_group) },
        { "ORGANIZATIONS", config->directory_organizations_base },
        { "ORGANIZATIONS_RDN", naming_line(arena, config->directory_organizations_base) },
        { "ORGANIZATION_CLASS", config->directory_organization_class },
        { "ORGANIZATION_CLASSES", with_class(arena, "top", "organization", group) },
        { "ORGANIZATION_NAME", config->directory_organization_name },
        { "PERSON_CLASS", person },
        { "PERSON_CLASSES", with_class(arena, "top|person|organizationalPerson", "inetOrgPerson", person) },
        { "PLAIN_ORGANIZATION_CLASS", group },
        { "PROFILE_CLASS", config->directory_profile_class },
        { "PROFILE_MAIL", config->directory_profile_mail },
        { NULL, NULL },
    };
    /* clang-format on */
    size_t count = 0;
    while (others[count].name != NULL)
        count++;
    struct lk_template_word *all = lk_arena_array(arena, count + sizeof places / sizeof *places, sizeof *all);
    memcpy(all, others, count * sizeof *all);
    memcpy(all + count, places, sizeof places);
    return all;
}
