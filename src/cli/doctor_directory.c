/* SPDX-License-Identifier: Apache-2.0 */
/* The directory as the daemon finds it: servers, certificate, identity, features, schema, entries, clock. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/doctor_internal.h"
#include "cli/init_internal.h"
#include "config/url.h"
#include "directory/certificate.h"
#include "directory/filter.h"
#include "directory/kerberos.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define SECONDS_A_DAY   INT64_C(86400)
#define DAYS_LEFT_LEAST 14 /* of a certificate */
#define SKEW_WARNED     2  /* seconds */
#define SKEW_MOST       30
#define FAULTS_MOST     ((size_t) 4 * 1024)

/* ---- servers ---- */

const struct config *doctor_config_of_one(const struct doctor *doctor, size_t i)
{
    struct config *one = lk_arena_alloc(doctor->arena, sizeof *one);
    *one = *doctor->config;
    one->directory_uri = (struct config_words){ .count = 1, .items = &doctor->config->directory_uri.items[i] };
    return one;
}

static void look_at_server(struct doctor *doctor, size_t i)
{
    struct lk_trouble trouble = { "" };
    const int64_t began = lk_clock_monotonic();
    struct directory *directory = directory_new(doctor_config_of_one(doctor, i));
    const enum lk_status status = directory_ready(directory, &trouble);
    const int64_t took = (lk_clock_monotonic() - began) / LK_CLOCK_MILLISECOND;
    if (status != LK_OK)
        doctor_tell(doctor, FINDING_FAULT, "%s", trouble.words);
    else
        doctor_tell(doctor, FINDING_OK, "%s answers and takes the daemon's bind (%lld ms)",
                    doctor->config->directory_uri.items[i], (long long) took);
    if (status == LK_OK && doctor->directory == NULL)
        doctor->directory = directory;
    else
        directory_free(directory);
}

/* False, and told: without it no server can be asked. */
static bool has_good_keytab(struct doctor *doctor)
{
    struct lk_text faults LK_CLEANUP(lk_text_done) = LK_TEXT(FAULTS_MOST);
    if (directory_check_keytab(doctor->config, &faults) == LK_OK)
        return true;
    doctor_tell_mend(doctor, FINDING_FAULT,
                     "correct directory.keytab, or chown the file to the daemon's user, chmod 600", "%s",
                     lk_text_string(&faults));
    return false;
}

void check_servers(struct doctor *doctor)
{
    if (!has_good_keytab(doctor))
        return;
    directory_use_keytab(doctor->config);
    for (size_t i = 0; i < doctor->config->directory_uri.count; i++)
        look_at_server(doctor, i);
}

/* ---- certificate ---- */

static void tell_certificate(struct doctor *doctor, const char *uri, const struct directory_value *certificate)
{
    int64_t end = 0;
    if (certificate_read_end(certificate->bytes, certificate->len, &end) != LK_OK) {
        doctor_tell(doctor, FINDING_WARNING, "%s: its certificate cannot be read", uri);
        return;
    }
    const int64_t days = (end - doctor->command->action.now) / SECONDS_A_DAY;
    doctor_tell(doctor, days < DAYS_LEFT_LEAST ? FINDING_WARNING : FINDING_OK, "%s: the certificate ends in %lld days",
                uri, (long long) days);
}

static void tell_no_tls(struct doctor *doctor, const char *uri)
{
    struct config_url url;
    const bool is_socket = strncasecmp(uri, "ldapi:", sizeof "ldapi:" - 1) == 0;
    if (is_socket || (config_url_read(uri, &url) && config_url_is_loopback(&url)))
        doctor_tell(doctor, FINDING_OK, "%s: stays on this machine, needs none", uri);
    else
        doctor_tell_mend(doctor, FINDING_FAULT, "set directory.start_tls = yes, or ldaps:// in directory.uri",
                         "%s: no TLS: passwords cross the network in the clear", uri);
}

void check_certificate(struct doctor *doctor)
{
    for (size_t i = 0; i < doctor->config->directory_uri.count; i++) {
        const char *uri = doctor->config->directory_uri.items[i];
        struct lk_trouble trouble = { "" };
        struct directory_value certificate;
        LK_CLEANUP(directory_cleanup) struct directory *directory = directory_new(doctor_config_of_one(doctor, i));
        const enum lk_status status = directory_certificate(directory, doctor->arena, &certificate, &trouble);
        if (status == LK_OK)
            tell_certificate(doctor, uri, &certificate);
        else if (status == LK_ABSENT)
            tell_no_tls(doctor, uri);
        else
            doctor_tell(doctor, FINDING_SKIPPED, "%s does not answer", uri);
    }
}

/* ---- identity ---- */

static const char *expected_dn(const struct doctor *doctor)
{
    const struct config *config = doctor->config;
    return config->directory_bind == CONFIG_BIND_SIMPLE
               ? config->directory_bind_dn
               : lk_arena_format(doctor->arena, "cn=latchkeyd,ou=services,%s", config->directory_suffix);
}

void check_identity(struct doctor *doctor)
{
    struct lk_trouble trouble = { "" };
    const char *who = NULL;
    if (!doctor_has_directory(doctor))
        return;
    if (directory_who_am_i(doctor->directory, doctor->arena, &who, &trouble) != LK_OK) {
        doctor_tell(doctor, FINDING_SKIPPED, "the server does not say who the daemon is: %s", trouble.words);
        return;
    }
    if (strncasecmp(who, "dn:", 3) == 0 && dn_equals(who + 3, expected_dn(doctor))) {
        doctor->who = who + 3;
        doctor_tell(doctor, FINDING_OK, "%s", doctor->who);
        return;
    }
    if (strstr(who, "cn=peercred") != NULL)
        doctor_tell_mend(doctor, FINDING_FAULT,
                         "run it as the daemon's user, or as root with --user; if this is that user: latchkey init "
                         "maps it",
                         "the directory takes user %u for %s, not for the daemon", (unsigned) geteuid(), who);
    else
        doctor_tell_mend(doctor, FINDING_WARNING,
                         "if that is so on purpose: nothing. Else correct directory.bind and olcAuthzRegexp",
                         "the directory takes the daemon for %s, not for %s", *who != '\0' ? who : "nobody",
                         expected_dn(doctor));
}

/* ---- features ---- */

/* Controls (RFC 4512 section 5.1) and what is lost without them. */
static const struct feature {
    const char *oid, *name, *lost, *mend;
    enum finding finding;
} FEATURES[] = {
    {"2.16.840.1.113730.3.4.18",  "proxied authorization",   "what people change is changed under the daemon's name",
     "directory.md, \"Where the server lacks proxied authorization\"",                                                                                           FINDING_WARNING},
    { "1.3.6.1.4.1.4203.1.9.1.1", "content synchronization",
     "the outbox is looked at every directory.poll_interval only",                                                    "latchkey init adds the overlay syncprov",
     FINDING_WARNING                                                                                                                                                            },
    { "1.2.840.113556.1.4.319",   "paged results",           "an outbox of more than the server's size limit is cut",
     "use a server that has it (RFC 2696)",                                                                                                                      FINDING_FAULT  },
};

static bool has_value(const struct directory_entry *entry, const char *name, const char *text)
{
    const struct directory_attribute *values = directory_attribute(entry, name);
    for (size_t i = 0; values != NULL && i < values->count; i++) {
        if (strcasecmp(values->values[i].bytes, text) == 0)
            return true;
    }
    return false;
}

static bool serves_suffix(const struct directory_entry *root, const char *suffix)
{
    const struct directory_attribute *contexts = directory_attribute(root, "namingContexts");
    for (size_t i = 0; contexts != NULL && i < contexts->count; i++) {
        const char *context = contexts->values[i].bytes;
        if (*context == '\0' || dn_equals(context, suffix) || dn_is_below(suffix, context))
            return true;
    }
    return contexts == NULL;
}

void check_features(struct doctor *doctor)
{
    static const char *const ASKED[] = { "supportedControl", "namingContexts", NULL };
    struct lk_trouble trouble = { "" };
    struct directory_entry root;
    if (!doctor_has_directory(doctor))
        return;
    if (directory_read(doctor->directory, doctor->arena, "", NULL, ASKED, &root, &trouble) != LK_OK) {
        doctor_tell(doctor, FINDING_SKIPPED, "the root DSE cannot be read: %s", trouble.words);
        return;
    }
    bool is_complete = true;
    for (size_t i = 0; i < sizeof FEATURES / sizeof *FEATURES; i++) {
        if (has_value(&root, "supportedControl", FEATURES[i].oid))
            continue;
        is_complete = false;
        doctor_tell_mend(doctor, FEATURES[i].finding, FEATURES[i].mend, "no %s: %s", FEATURES[i].name,
                         FEATURES[i].lost);
    }
    if (!serves_suffix(&root, doctor->config->directory_suffix)) {
        is_complete = false;
        doctor_tell_mend(doctor, FINDING_FAULT, "correct directory.suffix", "the server has no suffix %s",
                         doctor->config->directory_suffix);
    }
    if (is_complete)
        doctor_tell(doctor, FINDING_OK, "all that the daemon uses");
}

/* ---- schema ---- */

static enum lk_status read_subschema(const struct doctor *doctor, struct directory_entry *schema_out,
                                     struct lk_trouble *trouble)
{
    static const char *const ASKED[] = { "subschemaSubentry", NULL };
    static const char *const WANTED[] = { "attributeTypes", "objectClasses", NULL };
    struct directory_entry root;
    const enum lk_status status = directory_read(doctor->directory, doctor->arena, "", NULL, ASKED, &root, trouble);
    if (status != LK_OK)
        return status;
    const char *dn = directory_first(&root, "subschemaSubentry");
    const struct directory_filter *subschema = filter_equals(doctor->arena, "objectClass", "subschema");
    return directory_read(doctor->directory, doctor->arena, dn != NULL ? dn : "cn=Subschema", subschema, WANTED,
                          schema_out, trouble);
}

/* What the server's definition of that name lacks: a word of it, or all ("itself"); NULL: nothing. */
static const char *lacks(const struct doctor *doctor, const struct directory_entry *schema, const char *kind,
                         const char *wanted)
{
    const struct directory_attribute *values = directory_attribute(schema, kind);
    const char *name = init_definition_name(doctor->arena, wanted);
    for (size_t i = 0; values != NULL && i < values->count; i++) {
        const char *there = slapd_squeezed(doctor->arena, values->values[i].bytes);
        if (strcasecmp(init_definition_name(doctor->arena, there), name) == 0)
            return init_definition_lacks(doctor->arena, there, wanted);
    }
    return "itself";
}

static bool compare_schema(struct doctor *doctor, const struct directory_entry *schema,
                           const struct shipped_entry *shipped)
{
    bool is_complete = true;
    for (size_t i = 0; i < shipped->count; i++) {
        const struct shipped_value *value = &shipped->values[i];
        const bool is_class = strcasecmp(value->name, "olcObjectClasses") == 0;
        if (!is_class && strcasecmp(value->name, "olcAttributeTypes") != 0)
            continue;
        const char *wanted = slapd_squeezed(doctor->arena, value->text);
        const char *missing = lacks(doctor, schema, is_class ? "objectClasses" : "attributeTypes", wanted);
        if (missing == NULL)
            continue;
        is_complete = false;
        doctor_tell(doctor, FINDING_FAULT, "%s %s: the directory lacks %s%s", is_class ? "class" : "attribute",
                    init_definition_name(doctor->arena, wanted), strcmp(missing, "itself") == 0 ? "it" : "of it ",
                    strcmp(missing, "itself") == 0 ? "" : missing);
    }
    return is_complete;
}

void check_schema(struct doctor *doctor)
{
    static const char *const FILES[] = { "schema/authpassword.ldif", "schema/latchkey.ldif" };
    struct lk_trouble trouble = { "" };
    struct directory_entry schema;
    if (!doctor_has_directory(doctor))
        return;
    if (read_subschema(doctor, &schema, &trouble) != LK_OK) {
        doctor_tell(doctor, FINDING_SKIPPED, "the schema cannot be read: %s", trouble.words);
        return;
    }
    bool is_complete = true;
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        struct shipped_file file;
        if (shipped_read(doctor->arena, FILES[i], NULL, NULL, &file, &trouble) != LK_OK) {
            doctor_tell_mend(doctor, FINDING_FAULT, "install latchkey anew, or set LATCHKEY_SHARE", "%s",
                             trouble.words);
            return;
        }
        for (size_t j = 0; j < file.count; j++)
            is_complete = compare_schema(doctor, &schema, &file.entries[j]) && is_complete;
    }
    if (is_complete)
        doctor_tell(doctor, FINDING_OK, "all attributes and classes are there");
}

/* ---- entries ---- */

void check_entries(struct doctor *doctor)
{
    static const char *const ASKED[] = { "objectClass", NULL };
    if (!doctor_has_directory(doctor))
        return;

    const struct {
        const char *name, *dn, *object_class; /* NULL: any */
    } entries[] = {
        {"accounts_base",       doctor->config->directory_accounts_base,      NULL                                   },
        { "organizations_base", doctor->config->directory_organizations_base, NULL                                   },
        { "operators_group",    doctor->config->directory_operators_group,    NULL                                   },
        { "decoy",              doctor->config->directory_decoy,              doctor->config->directory_account_class},
    };

    bool is_complete = true;
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        struct lk_trouble trouble = { "" };
        struct directory_entry entry;
        const struct directory_filter *filter =
            entries[i].object_class == NULL ? NULL
                                            : filter_equals(doctor->arena, "objectClass", entries[i].object_class);
        const enum lk_status status =
            directory_read(doctor->directory, doctor->arena, entries[i].dn, filter, ASKED, &entry, &trouble);
        if (status == LK_OK)
            continue;
        is_complete = false;
        doctor_tell(doctor, FINDING_FAULT, "directory.%s: %s (%s)", entries[i].name, entries[i].dn, trouble.words);
    }
    if (is_complete)
        doctor_tell(doctor, FINDING_OK, "accounts, organizations, operators, decoy");
}

void check_operators(struct doctor *doctor)
{
    static const char *const ASKED[] = { "member", NULL };
    const struct config *config = doctor->config;
    struct directory_entry group;
    if (!doctor_has_directory(doctor))
        return;
    if (directory_read(doctor->directory, doctor->arena, config->directory_operators_group, NULL, ASKED, &group,
                       NULL) != LK_OK) {
        doctor_tell(doctor, FINDING_SKIPPED, "the group is not there");
        return;
    }
    const struct directory_attribute *members = directory_attribute(&group, "member");
    size_t count = 0;
    for (size_t i = 0; members != NULL && i < members->count; i++) {
        const char *dn = members->values[i].bytes;
        if (dn_is_below(dn, config->directory_accounts_base) || dn_is_below(dn, config->directory_organizations_base))
            count++;
    }
    if (count == 0)
        doctor_tell_mend(doctor, FINDING_WARNING, "add an account or a profile as a member of the group",
                         "nobody is an operator on the pages");
    else
        doctor_tell(doctor, FINDING_OK, "members of the group: %zu", count);
}

void check_people(struct doctor *doctor)
{
    const struct config *config = doctor->config;
    const char *const asked[] = { config->directory_people_name, NULL };
    const struct directory_search search = { .base = config->directory_people_base,
                                             .scope = DIRECTORY_SUBTREE,
                                             .filter = filter_written(doctor->arena, config->directory_people_filter),
                                             .attributes = asked,
                                             .most = 1 };
    struct lk_trouble trouble = { "" };
    struct directory_entry *found = NULL;
    size_t count = 0;
    if (*search.base == '\0' || !doctor_has_directory(doctor))
        return;
    const enum lk_status status =
        directory_search(doctor->directory, doctor->arena, &search, &found, &count, NULL, &trouble);
    if (status != LK_OK)
        doctor_tell(doctor, FINDING_FAULT, "directory.people_base: %s (%s)", search.base, trouble.words);
    else if (count == 0)
        doctor_tell(doctor, FINDING_FAULT, "nobody is shown below %s who fits directory.people_filter", search.base);
    else if (directory_first(&found[0], config->directory_people_name) == NULL)
        doctor_tell(doctor, FINDING_FAULT, "%s has no %s to be seen", found[0].dn, config->directory_people_name);
    else
        doctor_tell(doctor, FINDING_OK, "those below %s may sign in", search.base);
}

/* ---- clock ---- */

/* The server's own time. LK_ABSENT: it does not say. */
static enum lk_status read_server_time(struct directory *directory, struct lk_arena *arena, int64_t *when_out)
{
    static const char *const ASKED[] = { "monitorTimestamp", NULL };
    struct directory_entry entry;
    if (directory == NULL ||
        directory_read(directory, arena, "cn=Current,cn=Time,cn=Monitor", NULL, ASKED, &entry, NULL) != LK_OK)
        return LK_ABSENT;
    const char *text = directory_first(&entry, "monitorTimestamp");
    return text == NULL ? LK_ABSENT : lk_clock_parse_generalized(text, strlen(text), when_out);
}

/* When the directory was last written, by its own clock: at least that late it must be. */
static enum lk_status read_last_write(const struct doctor *doctor, int64_t *when_out)
{
    static const char *const ASKED[] = { "contextCSN", NULL };
    struct directory_entry entry;
    if (directory_read(doctor->directory, doctor->arena, doctor->config->directory_suffix, NULL, ASKED, &entry, NULL) !=
        LK_OK)
        return LK_ABSENT;
    const char *text = directory_first(&entry, "contextCSN");
    return text == NULL ? LK_ABSENT : lk_clock_parse_generalized(text, strcspn(text, "#"), when_out);
}

static void tell_skew(struct doctor *doctor, int64_t skew)
{
    const int64_t size = skew < 0 ? -skew : skew;
    const enum finding finding = size > SKEW_MOST ? FINDING_FAULT : size > SKEW_WARNED ? FINDING_WARNING : FINDING_OK;
    doctor_tell(doctor, finding, "the directory's clock is %lld s %s ours", (long long) size,
                skew < 0 ? "behind" : "ahead of");
}

void check_clock(struct doctor *doctor)
{
    int64_t when = 0;
    if (!doctor_has_directory(doctor))
        return;
    if (read_server_time(doctor->directory, doctor->arena, &when) == LK_OK ||
        read_server_time(doctor->server, doctor->arena, &when) == LK_OK) {
        tell_skew(doctor, when - lk_clock_now());
        return;
    }
    if (read_last_write(doctor, &when) == LK_OK && when - lk_clock_now() > SKEW_WARNED)
        tell_skew(doctor, when - lk_clock_now());
    else
        doctor_tell(doctor, FINDING_SKIPPED,
                    "the directory does not say what time it is (no monitor that may be read)");
}
