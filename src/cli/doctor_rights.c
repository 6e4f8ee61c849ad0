/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of actor may do, really tried, without changing anything.
 *
 * Each try is a Modify that deletes a value which is not there. The server asks its rules first: "insufficient access" (50) says that the
 * actor may not, "no such attribute" (16) that it might have; either way nothing is changed. The daemon tries under its own name
 * and, by proxied authorization, under theirs. Adding an account is tried with OpenLDAP's No-Op control. */
#include "base/text.h"
#include "cli/doctor_internal.h"
#include "directory/filter.h"

#include <string.h>
#include <strings.h>

#define NOT_THERE   "latchkey-doctor-looks"
#define LOOKED_MOST 100
#define WRONG_MOST  ((size_t) 1024)

/* ---- who there is ---- */

struct cast {
    const char *account;
    const char *organization, *administrator, *colleague; /* the latter two are profiles of the first */
    const char *stranger;                                 /* a profile of another organisation */
    const char *operator;
    const struct directory_attribute *operators; /* the others are none of these, who may more */
};

static size_t look_below(const struct doctor *doctor, const char *base, enum directory_scope scope,
                         const struct directory_filter *filter, const char *const *attributes,
                         struct directory_entry **entries_out)
{
    const struct directory_search search = {
        .base = base, .scope = scope, .filter = filter, .attributes = attributes, .most = LOOKED_MOST
    };
    size_t count = 0;
    *entries_out = NULL;
    return directory_search(doctor->directory, doctor->arena, &search, entries_out, &count, NULL, NULL) == LK_OK ? count
                                                                                                                 : 0;
}

static bool is_administrator(const struct directory_entry *organization, const char *dn)
{
    const struct directory_attribute *all = directory_attribute(organization, "lkAdministrator");
    for (size_t i = 0; all != NULL && i < all->count; i++) {
        if (dn_equals(all->values[i].bytes, dn))
            return true;
    }
    return false;
}

/* The group's members; NULL: none can be seen. */
static const struct directory_attribute *read_operators(const struct doctor *doctor)
{
    static const char *const ASKED[] = { "member", NULL };
    struct directory_entry group;
    if (directory_read(doctor->directory, doctor->arena, doctor->config->directory_operators_group, NULL, ASKED, &group,
                       NULL) != LK_OK)
        return NULL;
    return directory_attribute(&group, "member");
}

static bool is_operator(const struct cast *cast, const char *dn)
{
    for (size_t i = 0; cast->operators != NULL && i < cast->operators->count; i++) {
        if (dn_equals(cast->operators->values[i].bytes, dn))
            return true;
    }
    return false;
}

static const char *cast_operator(const struct doctor *doctor, const struct cast *cast)
{
    const struct config *config = doctor->config;
    for (size_t i = 0; cast->operators != NULL && i < cast->operators->count; i++) {
        const char *dn = cast->operators->values[i].bytes;
        if (dn_is_below(dn, config->directory_accounts_base) || dn_is_below(dn, config->directory_organizations_base))
            return dn;
    }
    return NULL;
}

static void cast_profiles(const struct doctor *doctor, const struct directory_entry *organization, struct cast *cast)
{
    static const char *const NONE[] = { "1.1", NULL };
    struct directory_entry *profiles = NULL;
    const size_t count = look_below(doctor, organization->dn, DIRECTORY_ONE_LEVEL,
                                    profiles_filter(doctor->config, doctor->arena), NONE, &profiles);
    if (cast->organization == NULL)
        cast->organization = organization->dn;
    const bool is_first = cast->organization == organization->dn;
    for (size_t i = 0; i < count; i++) {
        const char *dn = profiles[i].dn;
        if (is_operator(cast, dn))
            continue;
        if (!is_first)
            cast->stranger = dn;
        else if (is_administrator(organization, dn))
            cast->administrator = dn;
        else
            cast->colleague = dn;
    }
}

/* Whoever there is, each looked for among the first few. */
static struct cast find_cast(const struct doctor *doctor)
{
    static const char *const NONE[] = { "1.1", NULL };
    static const char *const ASKED[] = { "lkAdministrator", NULL };
    struct directory_entry *found = NULL;
    struct cast cast = { .operators = read_operators(doctor) };
    cast.operator= cast_operator(doctor, &cast);
    size_t count = look_below(doctor, doctor->config->directory_accounts_base, DIRECTORY_SUBTREE,
                              accounts_filter(doctor->config, doctor->arena), NONE, &found);
    for (size_t i = 0; i < count && cast.account == NULL; i++)
        cast.account = is_operator(&cast, found[i].dn) ? NULL : found[i].dn;
    count = look_below(doctor, doctor->config->directory_organizations_base, DIRECTORY_ONE_LEVEL,
                       filter_present(doctor->arena, "lkAdministrator"), ASKED, &found);
    for (size_t i = 0; i < count && (cast.stranger == NULL || i == 0); i++)
        cast_profiles(doctor, &found[i], &cast);
    return cast;
}

/* ---- trying ---- */

struct attempt {
    const char *attribute;
    const char *dn; /* NULL: there is no such entry, nothing is tried */
    bool may;
};

/* What came of the tries of one actor. */
struct tally {
    size_t tried, wrong;
    struct lk_text words; /* what is wrong */
};

static const char *value_of(const struct doctor *doctor, const char *attribute)
{
    const bool is_dn = strcasecmp(attribute, "lkAccountDN") == 0 || strcasecmp(attribute, "lkAdministrator") == 0;
    return is_dn ? lk_arena_format(doctor->arena, "cn=" NOT_THERE ",%s", doctor->config->directory_suffix) : NOT_THERE;
}

/* An administrator's value decides which rule is asked: it must be of the organisation. */
static const char *value_at(const struct doctor *doctor, const struct attempt *attempt)
{
    if (strcasecmp(attempt->attribute, "lkAdministrator") == 0)
        return lk_arena_format(doctor->arena, "cn=" NOT_THERE ",%s", attempt->dn);
    return value_of(doctor, attempt->attribute);
}

static void try_one(const struct doctor *doctor, const struct attempt *attempt, struct tally *tally)
{
    if (attempt->dn == NULL)
        return;
    struct lk_trouble trouble = { "" };
    struct directory_change *change = directory_change_new(doctor->arena);
    directory_change_delete(change, attempt->attribute, value_at(doctor, attempt));
    const enum lk_status status = directory_modify(doctor->directory, attempt->dn, change, &trouble);
    const bool is_right = attempt->may ? status == LK_ABSENT : status == LK_REFUSED;
    tally->tried++;
    if (is_right)
        return;
    tally->wrong++;
    const char *what = status == LK_ABSENT ? "may write" : status == LK_REFUSED ? "may not write" : trouble.words;
    lk_text_format(&tally->words, "%s%s %s of %s", tally->wrong > 1 ? "; " : "", what, attempt->attribute, attempt->dn);
}

static void tell_tally(struct doctor *doctor, struct tally *tally)
{
    if (tally->wrong == 0)
        doctor_tell(doctor, FINDING_OK, "%zu tried, all as they should be", tally->tried);
    else
        doctor_tell(doctor, FINDING_FAULT, "%zu of %zu are wrong: %s", tally->wrong, tally->tried,
                    lk_text_string(&tally->words));
    lk_text_done(&tally->words);
}

static void try_all(const struct doctor *doctor, const struct attempt *attempts, size_t count, struct tally *tally)
{
    for (size_t i = 0; i < count; i++)
        try_one(doctor, &attempts[i], tally);
}

#define TRY_ALL(doctor, attempts, tally) try_all((doctor), (attempts), sizeof(attempts) / sizeof *(attempts), (tally))

/* Under the actor's own name. */
static void check_actor(struct doctor *doctor, const char *actor, const char *missing, const struct attempt *attempts,
                        size_t count)
{
    bool can = false;
    struct tally tally = { .words = LK_TEXT(WRONG_MOST) };
    if (actor == NULL) {
        doctor_tell(doctor, FINDING_SKIPPED, "there is no %s yet", missing);
        return;
    }
    if (directory_can_act_as(doctor->directory, &can, NULL) != LK_OK || !can) {
        doctor_tell(doctor, FINDING_SKIPPED, "without proxied authorization the daemon cannot try it");
        return;
    }
    directory_act_as(doctor->directory, actor);
    try_all(doctor, attempts, count, &tally);
    directory_act_as(doctor->directory, NULL);
    tell_tally(doctor, &tally);
}

#define CHECK_ACTOR(doctor, actor, missing, attempts) \
    check_actor((doctor), (actor), (missing), (attempts), sizeof(attempts) / sizeof *(attempts))

/* ---- the daemon ---- */

static void try_new_account(const struct doctor *doctor, struct tally *tally)
{
    const struct config *config = doctor->config;
    struct lk_trouble trouble = { "" };
    const char *dn = NULL;
    struct directory_change *entry = directory_change_new(doctor->arena);
    if (dn_child(doctor->arena, config->directory_account_name, NOT_THERE, config->directory_accounts_base, &dn) !=
        LK_OK)
        return;
    directory_change_add(entry, "objectClass", config->directory_new_person_class);
    directory_change_add(entry, "objectClass", config->directory_account_class);
    directory_change_add(entry, config->directory_account_name, NOT_THERE);
    if (strcasecmp(config->directory_account_name, "cn") != 0)
        directory_change_add(entry, "cn", NOT_THERE);
    directory_change_add(entry, "sn", NOT_THERE);
    const enum lk_status status = directory_try_add(doctor->directory, dn, entry, &trouble);
    if (status == LK_BROKEN)
        return; /* the server does not know the control */
    tally->tried++;
    if (status == LK_OK || status == LK_CONFLICT)
        return;
    tally->wrong++;
    lk_text_format(&tally->words, "%smay not add accounts: %s", tally->wrong > 1 ? "; " : "", trouble.words);
}

void check_daemon_rights(struct doctor *doctor)
{
    if (!doctor_has_directory(doctor))
        return;
    if (doctor->who == NULL) {
        doctor_tell(doctor, FINDING_SKIPPED, "the directory takes us for somebody else");
        return;
    }
    const char *decoy = doctor->config->directory_decoy;
    const struct cast cast = find_cast(doctor);
    const char *profile = cast.colleague != NULL ? cast.colleague : cast.administrator;
    const struct attempt attempts[] = {
        {"userPassword",     decoy,             true },
        { "lkToken",         decoy,             true },
        { "lkAttempt",       decoy,             true },
        { "lkSend",          decoy,             true },
        { "userPassword",    cast.account,      true },
        { "authPassword",    cast.account,      true },
        { "lkSession",       cast.account,      true },
        { "lkToken",         cast.account,      true },
        { "lkSend",          cast.account,      true },
        { "lkAttempt",       cast.account,      true },
        { "lkVerifier",      cast.account,      true },
        { "lkSecondFactor",  cast.account,      true },
        { "lkRecoveryCode",  cast.account,      true },
        { "lkToken",         profile,           true },
        { "lkSend",          profile,           true },
        { "lkSendError",     profile,           true },
        { "lkSent",          profile,           true },
        { "lkAccountDN",     profile,           true },
        { "lkSend",          cast.organization, true },
        { "title",           profile,           false},
        { "lkServicePlan",   cast.organization, false},
        { "lkAdministrator", cast.organization, false},
        { "authzTo",         doctor->who,       false},
    };
    struct tally tally = { .words = LK_TEXT(WRONG_MOST) };
    TRY_ALL(doctor, attempts, &tally);
    try_new_account(doctor, &tally);
    tell_tally(doctor, &tally);
}

/* ---- people ---- */

static bool can_try(struct doctor *doctor)
{
    if (doctor->directory != NULL && doctor->who != NULL)
        return true;
    doctor_tell(doctor, FINDING_SKIPPED, "the directory cannot be asked as the daemon");
    return false;
}

void check_account_rights(struct doctor *doctor)
{
    if (!can_try(doctor))
        return;
    const struct cast cast = find_cast(doctor);
    const struct attempt attempts[] = {
        {"displayName",     cast.account,                    true },
        { "uid",            cast.account,                    false},
        { "lkSession",      cast.account,                    false},
        { "lkToken",        cast.account,                    false},
        { "lkSecondFactor", cast.account,                    false},
        { "authzTo",        cast.account,                    false},
        { "lkToken",        doctor->config->directory_decoy, false},
        { "title",          cast.colleague,                  false},
    };
    CHECK_ACTOR(doctor, cast.account, "account that is no operator's", attempts);
}

void check_profile_rights(struct doctor *doctor)
{
    if (!can_try(doctor))
        return;
    const struct cast cast = find_cast(doctor);
    const struct attempt attempts[] = {
        {"title",            cast.colleague,     true },
        { "lkAccountDN",     cast.colleague,     false},
        { "lkToken",         cast.colleague,     false},
        { "title",           cast.administrator, false},
        { "title",           cast.stranger,      false},
        { "lkAdministrator", cast.organization,  false},
        { "lkServicePlan",   cast.organization,  false},
    };
    CHECK_ACTOR(doctor, cast.colleague, "profile that is no administrator", attempts);
}

void check_administrator_rights(struct doctor *doctor)
{
    if (!can_try(doctor))
        return;
    const struct cast cast = find_cast(doctor);
    const struct attempt attempts[] = {
        {"title",            cast.colleague,     true },
        { "title",           cast.administrator, true },
        { "lkSend",          cast.colleague,     true },
        { "lkAdministrator", cast.organization,  true },
        { "lkToken",         cast.colleague,     false},
        { "lkServicePlan",   cast.organization,  false},
        { "title",           cast.stranger,      false},
        { "displayName",     cast.account,       false},
    };
    CHECK_ACTOR(doctor, cast.administrator, "administrator", attempts);
}

void check_operator_rights(struct doctor *doctor)
{
    if (!can_try(doctor))
        return;
    const struct cast cast = find_cast(doctor);
    const struct attempt attempts[] = {
        {"lkServicePlan",    cast.organization,                         true },
        { "lkAdministrator", cast.organization,                         true },
        { "title",           cast.colleague,                            true },
        { "lkSend",          cast.account,                              true },
        { "lkToken",         cast.colleague,                            false},
        { "lkSession",       cast.account,                              false},
        { "member",          doctor->config->directory_operators_group, false},
    };
    CHECK_ACTOR(doctor, cast.operator, "operator", attempts);
}
