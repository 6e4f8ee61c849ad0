/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/daemon_user.h"
#include "cli/init_internal.h"
#include "config/places.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MOST 1024

static const char *const MODULE_FOLDERS[] = {
    "/usr/lib/ldap",         "/usr/lib64/openldap",         "/usr/lib/openldap",
    "/usr/libexec/openldap", "/usr/local/libexec/openldap", NULL
};

const char *init_part_name(enum init_part part)
{
    static const char *const NAMES[] = {
        [INIT_MODULES] = "modules",   [INIT_SCHEMA] = "schema",      [INIT_LOG] = "log",
        [INIT_OVERLAYS] = "overlays", [INIT_INDEXES] = "indexes",    [INIT_IDENTITY] = "identities",
        [INIT_ACCESS] = "access",     [INIT_MIRROR] = "replication", [INIT_ENTRIES] = "entries"
    };
    return NAMES[part];
}

struct directory_change *init_step(struct init *init, enum init_part part, bool is_add, const char *dn,
                                   const char *format, ...)
{
    char words[WORDS_MOST];
    va_list values;
    va_start(values, format);
    (void) vsnprintf(words, sizeof words, format, values);
    va_end(values);
    struct init_step *step = lk_arena_alloc(init->arena, sizeof *step);
    *step = (struct init_step){ .part = part,
                                .what = lk_arena_words(init->arena, words),
                                .is_add = is_add,
                                .dn = dn,
                                .change = directory_change_new(init->arena) };
    *init->last_step = step;
    init->last_step = &step->next;
    return step->change;
}

void init_remark(struct init *init, enum init_part part, bool is_fault, const char *format, ...)
{
    char words[WORDS_MOST];
    va_list values;
    va_start(values, format);
    (void) vsnprintf(words, sizeof words, format, values);
    va_end(values);
    struct init_remark *remark = lk_arena_alloc(init->arena, sizeof *remark);
    *remark = (struct init_remark){ .part = part, .is_fault = is_fault, .words = lk_arena_words(init->arena, words) };
    *init->last_remark = remark;
    init->last_remark = &remark->next;
}

const char *init_folder_with(struct lk_arena *arena, const char *const *folders, const char *name)
{
    for (; *folders != NULL; folders++) {
        if (access(lk_arena_format(arena, "%s/%s", *folders, name), F_OK) == 0)
            return *folders;
    }
    return NULL;
}

/* ---- the words between @ signs ---- */

/* Where the server loads its modules from: it says so itself, where it has loaded any. */
static const char *module_folder(const struct init *init)
{
    for (size_t i = 0; i < init->slapd.count; i++) {
        const char *path = directory_first(&init->slapd.entries[i], "olcModulePath");
        if (path != NULL)
            return path;
    }
    const char *found = init_folder_with(init->arena, MODULE_FOLDERS, "argon2.so");
    return found != NULL ? found : MODULE_FOLDERS[0];
}

/* Below the database's own folder, which belongs to slapd already. */
static const char *log_parent(const struct init *init, const char *log_folder)
{
    if (log_folder != NULL) {
        const char *slash = strrchr(log_folder, '/');
        return slash == NULL ? "." : lk_arena_copy(init->arena, log_folder, (size_t) (slash - log_folder));
    }
    const char *data = init->slapd.database == NULL ? NULL : directory_first(init->slapd.database, "olcDbDirectory");
    return data != NULL ? data : "/var/lib/ldap";
}

/* "": the daemon proves who it is by a password or a ticket. */
static enum command_exit peer_words(const struct init *init, const char *user, const char **words_out)
{
    *words_out = "";
    if (user == NULL && init->command->action.config->directory_bind != CONFIG_BIND_EXTERNAL)
        return COMMAND_DONE;
    const char *name = user != NULL ? user : DAEMON_USER;
    const struct passwd *found = daemon_user(name);
    if (found == NULL)
        return command_end(COMMAND_USAGE,
                           "this machine has no user \"%s\": --user names the one that the daemon runs as", name);
    *words_out = lk_arena_format(init->arena, "gidNumber=%u\\+uidNumber=%u,cn=peercred,cn=external,cn=auth",
                                 (unsigned) found->pw_gid, (unsigned) found->pw_uid);
    return COMMAND_DONE;
}

static const char *first_value(struct lk_arena *arena, const char *dn)
{
    const char *value = strchr(dn, '=');
    value = value == NULL ? dn : value + 1;
    return lk_arena_copy(arena, value, strcspn(value, ","));
}

enum command_exit init_words(struct init *init, const char *user, const char *log_folder)
{
    const struct config *config = init->command->action.config;
    const char *suffix = config->directory_suffix;
    const bool has_own_dn = config->directory_bind == CONFIG_BIND_SIMPLE && *config->directory_bind_dn != '\0';
    const char *peer = NULL;
    const enum command_exit status = peer_words(init, user, &peer);
    if (status != COMMAND_DONE)
        return status;
    const char *parent = log_parent(init, log_folder);
    init->log_folder = log_folder != NULL ? log_folder : lk_arena_format(init->arena, "%s/log", parent);
    const struct lk_template_word words[] = {
        {"SUFFIX",                       suffix                             },
        { "DC",                          first_value(init->arena,             suffix) },
        { "SERVICE",                             has_own_dn ? config->directory_bind_dn
                                : lk_arena_format(init->arena,                                                       "cn=latchkeyd,ou=services,%s", suffix) },
        { "DATABASE", init->slapd.name != NULL ? init->slapd.name : "{1}mdb"},
        { "DIRECTORY",                    parent},
        { "MODULES",                   module_folder(init)                            },
        { "PEERCRED",                     peer                  },
        { NULL,                    NULL                              },
    };
    init->words = config_places(config, init->arena, words);
    return COMMAND_DONE;
}

/* ---- all parts ---- */

enum lk_status init_plan(struct init *init, struct lk_trouble *trouble)
{
    static enum lk_status (*const PARTS[])(struct init *, struct lk_trouble *) = {
        init_modules, init_schema, init_overlays, init_indexes, init_access, init_mirror, init_entries
    };

    init->last_step = &init->steps;
    init->last_remark = &init->remarks;
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        const enum lk_status status = PARTS[i](init, trouble);
        if (status != LK_OK)
            return status;
    }
    return LK_OK;
}
