/* SPDX-License-Identifier: Apache-2.0 */
/* Who is who, and who may do what: Latchkey's rules among those that are there.
 *
 * slapd takes the first rule that fits a place and an attribute, so order is meaning. Ours stand together and first: they name only
 * Latchkey's own places. Two of them fit other places as well and end there in "none"; where there are other rules they end
 * in "break" instead, so that those go on deciding (ldif/access.ldif says which, and in what words). */
#include "cli/init_internal.h"
#include "directory/filter.h"

#include <string.h>
#include <strings.h>

#define ACCESS      "olcAccess"
#define LIMITS      "olcLimits"
#define POLICY      "olcAuthzPolicy"
#define REGEXP      "olcAuthzRegexp"
#define ADD_CONTENT "olcAddContentAcl"
#define HASH        "olcPasswordHash"
#define RULES_MOST  1024

struct rules {
    const char *items[RULES_MOST]; /* squeezed, without numbers */
    size_t count;
};

static void put(struct rules *rules, size_t at, const char *rule)
{
    if (rules->count == RULES_MOST)
        return;
    memmove(&rules->items[at + 1], &rules->items[at], (rules->count - at) * sizeof *rules->items);
    rules->items[at] = rule;
    rules->count++;
}

static struct rules *rules_there(const struct init *init, const struct directory_entry *entry, const char *attribute)
{
    struct rules *rules = lk_arena_alloc(init->arena, sizeof *rules);
    const char *value = NULL;
    while ((value = slapd_value(&init->slapd, entry, attribute, rules->count)) != NULL)
        put(rules, rules->count, value);
    return rules;
}

/* Its place, or `count`. */
static size_t place_of(const struct rules *rules, const char *rule)
{
    size_t i = 0;
    while (i < rules->count && strcasecmp(rules->items[i], rule) != 0)
        i++;
    return i;
}

/* The shipped rules of one attribute, in their order; *beside (may be NULL) gets what they are among others. */
static struct rules *rules_shipped(const struct init *init, const struct shipped_file *file, const char *attribute,
                                   struct rules *beside)
{
    struct rules *rules = lk_arena_alloc(init->arena, sizeof *rules);
    for (size_t i = 0; i < file->count; i++) {
        for (size_t j = 0; j < file->entries[i].count; j++) {
            const struct shipped_value *value = &file->entries[i].values[j];
            if (strcasecmp(value->name, attribute) != 0)
                continue;
            const char *rule = slapd_squeezed(init->arena, slapd_unnumbered(value->text));
            put(rules, rules->count, rule);
            if (beside == NULL)
                continue;
            static const char END[] = " by * none";
            const size_t len = strlen(rule) - (sizeof END - 1);
            put(beside, beside->count,
                value->beside == NULL ? rule : lk_arena_format(init->arena, "%.*s %s", (int) len, rule, value->beside));
        }
    }
    return rules;
}

/* All values anew, numbered: the one way in which slapd keeps a whole order in one Modify. */
static void replace_all(struct init *init, enum init_part part, const struct directory_entry *entry,
                        const char *attribute, const struct rules *rules, const char *what)
{
    struct directory_change *change = init_step(init, part, false, entry->dn, "%s", what);
    const char **values = lk_arena_array(init->arena, rules->count, sizeof *values);
    for (size_t i = 0; i < rules->count; i++)
        values[i] = lk_arena_format(init->arena, "{%zu}%s", i, rules->items[i]);
    directory_change_replace_all(change, attribute, values, rules->count);
}

/* ---- olcAccess ---- */

static bool ends_in(const char *rule, const char *end)
{
    const size_t len = strlen(rule), end_len = strlen(end);
    return len >= end_len && strcasecmp(rule + len - end_len, end) == 0;
}

static bool goes_on(const char *rule)
{
    return ends_in(rule, " by * break") || ends_in(rule, " break") || ends_in(rule, " continue");
}

/* Where a rule applies, as far as words tell: what stands in quotes behind "dn"; NULL: everywhere. */
static const char *named_place(struct lk_arena *arena, const char *rule, bool *is_one_out)
{
    const char *by = strstr(rule, " by ");
    const char *target = lk_arena_copy(arena, rule, by == NULL ? strlen(rule) : (size_t) (by - rule));
    const char *dn = strstr(target, " dn");
    const char *quote = dn == NULL ? NULL : strchr(dn, '"');
    if (quote == NULL)
        return NULL;
    *is_one_out = strncmp(dn, " dn.base", 8) == 0 || strncmp(dn, " dn.exact", 9) == 0 || strncmp(dn, " dn=", 4) == 0;
    return lk_arena_copy(arena, quote + 1, strcspn(quote + 1, "\""));
}

/* "ou=accounts," of a base: what a regular expression for places below it has as well. */
static const char *first_part(struct lk_arena *arena, const char *dn)
{
    return lk_arena_copy(arena, dn, strcspn(dn, ",") + (strchr(dn, ',') != NULL));
}

static const char *above(const char *dn)
{
    const char *comma = strchr(dn, ',');
    return comma == NULL ? dn : comma + 1;
}

/* Does a rule of others speak of a place where ours do? A regular expression is only searched for the names of those. */
static bool may_fit(const struct init *init, const char *rule)
{
    const struct config *config = init->command->action.config;
    const char *const ours[] = { config->directory_accounts_base, config->directory_organizations_base,
                                 above(config->directory_decoy) };
    const char *suffix = config->directory_suffix;
    bool is_one = false;
    const char *place = named_place(init->arena, rule, &is_one);
    if (place == NULL)
        return true;
    if (is_one)
        return false;
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (strcasestr(place, first_part(init->arena, ours[i])) != NULL || dn_is_below(place, ours[i]))
            return true;
    }
    return dn_equals(place, suffix) || dn_is_below(suffix, place);
}

/* A rule of others that stands before one of ours and does not pass on. */
static void tell_hidden(struct init *init, const struct rules *all, const struct rules *ours,
                        const struct rules *beside)
{
    size_t last = 0;
    for (size_t i = 0; i < ours->count; i++) {
        const size_t plain = place_of(all, ours->items[i]), among = place_of(all, beside->items[i]);
        if (plain < all->count && plain > last)
            last = plain;
        if (among < all->count && among > last)
            last = among;
    }
    for (size_t i = 0; i < last; i++) {
        const char *rule = all->items[i];
        if (place_of(ours, rule) < ours->count || place_of(beside, rule) < beside->count || goes_on(rule) ||
            !may_fit(init, rule))
            continue;
        init_remark(init, INIT_ACCESS, true,
                    "the rule {%zu} (%.100s...) stands before rules of Latchkey's and may hide them: put it behind "
                    "them, or let it "
                    "end in \"by * break\"",
                    i, rule);
    }
}

/* What is missing goes behind the one of ours that comes before it and is there, and else to the front. */
static void plan_rules(struct init *init, const struct shipped_file *file)
{
    const struct directory_entry *database = init->slapd.database;
    struct rules *beside = lk_arena_alloc(init->arena, sizeof *beside);
    struct rules *ours = rules_shipped(init, file, ACCESS, beside);
    struct rules *all = rules_there(init, database, ACCESS);
    const bool is_alone = all->count == 0;
    size_t at = 0, added = 0;
    for (size_t i = 0; i < ours->count; i++) {
        size_t there = place_of(all, ours->items[i]);
        if (there == all->count)
            there = place_of(all, beside->items[i]);
        if (there < all->count) {
            at = there + 1;
            continue;
        }
        put(all, at++, is_alone ? ours->items[i] : beside->items[i]);
        added++;
    }
    tell_hidden(init, all, ours, beside);
    if (added > 0)
        replace_all(init, INIT_ACCESS, database, ACCESS, all,
                    lk_arena_format(init->arena, "add %zu access rules%s", added,
                                    is_alone ? "" : " before those that there are"));
}

/* ---- limits, and who is who ---- */

/* The daemon's first, for the first one that fits counts; the one for everybody last. */
static void plan_limits(struct init *init, const struct shipped_file *file)
{
    struct rules *ours = rules_shipped(init, file, LIMITS, NULL);
    struct rules *all = rules_there(init, init->slapd.database, LIMITS);
    size_t added = 0;
    for (size_t i = 0; i < ours->count; i++) {
        const bool is_for_one = strncasecmp(ours->items[i], "dn", 2) == 0;
        if (place_of(all, ours->items[i]) < all->count)
            continue;
        put(all, is_for_one ? 0 : all->count, ours->items[i]);
        added++;
    }
    if (added > 0)
        replace_all(init, INIT_IDENTITY, init->slapd.database, LIMITS, all, "let the daemon read without limits");
}

/* The mapping of the socket's identity first (it is exact), that of names behind those that there are. */
static void plan_mapping(struct init *init, const struct shipped_file *file)
{
    struct rules *ours = rules_shipped(init, file, REGEXP, NULL);
    struct rules *all = rules_there(init, init->slapd.global, REGEXP);
    const size_t before = all->count;
    size_t added = 0;
    for (size_t i = 0; i < ours->count; i++) {
        const char *rule = ours->items[i];
        if (strncmp(rule, "\"\"", 2) == 0 || place_of(all, rule) < all->count)
            continue;
        const bool is_peer = strstr(rule, "peercred") != NULL;
        put(all, is_peer ? 0 : all->count, rule);
        added++;
        if (!is_peer && before > 0)
            init_remark(init, INIT_IDENTITY, false,
                        "SASL names are mapped by the rules that there are first: those that they fit are not "
                        "looked for among Latchkey's accounts");
    }
    if (added > 0)
        replace_all(init, INIT_IDENTITY, init->slapd.global, REGEXP, all, "map who binds to entries");
}

/* "to" alone or with "from" beside it. */
static void plan_policy(struct init *init)
{
    const char *there = directory_first(init->slapd.global, POLICY);
    if (there != NULL &&
        (strcasecmp(there, "to") == 0 || strcasecmp(there, "any") == 0 || strcasecmp(there, "both") == 0))
        return;
    if (there != NULL && strcasecmp(there, "all") == 0) {
        init_remark(init, INIT_IDENTITY, true,
                    "olcAuthzPolicy is \"all\", which wants authzFrom besides authzTo: the daemon cannot act "
                    "for people; \"any\" lets it");
        return;
    }
    const bool is_from = there != NULL && strcasecmp(there, "from") == 0;
    directory_change_replace(init_step(init, INIT_IDENTITY, false, init->slapd.global->dn,
                                       "let services act for others where their own entries say so"),
                             POLICY, is_from ? "any" : "to");
}

static void plan_single(struct init *init, enum init_part part, const struct directory_entry *entry, const char *name,
                        const char *value, const char *what)
{
    if (entry != NULL && !slapd_has_value(&init->slapd, entry, name, value))
        directory_change_replace(init_step(init, part, false, entry->dn, "%s", what), name, value);
}

enum lk_status init_access(struct init *init, struct lk_trouble *trouble)
{
    struct shipped_file file;
    const enum lk_status status =
        shipped_read(init->arena, "ldif/access.ldif", init->words, init->command->action.config, &file, trouble);
    if (status != LK_OK)
        return status;
    plan_policy(init);
    plan_mapping(init, &file);
    if (init->slapd.frontend != NULL && directory_first(init->slapd.frontend, HASH) == NULL)
        plan_single(init, INIT_IDENTITY, init->slapd.frontend, HASH, "{ARGON2}",
                    "hash passwords that come in clear with Argon2");
    plan_limits(init, &file);
    plan_single(init, INIT_ACCESS, init->slapd.database, ADD_CONTENT, "TRUE",
                "check what is added attribute by attribute");
    plan_rules(init, &file);
    return LK_OK;
}
