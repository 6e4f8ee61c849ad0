/* SPDX-License-Identifier: Apache-2.0 */
/* From share/schema and share/ldif to slapd.d and the base entries. What slapd.d was made of stands in slapd.d.made: as
 * long as that stays the same, a start costs no slapadd. */
#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/secret.h"
#include "base/template.h"
#include "config/places.h"
#include "daemon/embedded_internal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define MADE_MOST      (size_t) 4194304
#define PASSWORD_BYTES 32
#define PASSWORD_MOST  256

static const char *const program_folders[] = { "/usr/sbin",          "/usr/local/sbin",   "/usr/libexec",
                                               "/usr/local/libexec", "/usr/lib/openldap", NULL };
static const char *const module_folders[] = {
    "/usr/lib/ldap",         "/usr/lib64/openldap",         "/usr/lib/openldap",
    "/usr/libexec/openldap", "/usr/local/libexec/openldap", NULL
};
static const char *const schema_folders[] = { "/etc/ldap/schema", "/etc/openldap/schema",
                                              "/usr/local/etc/openldap/schema", NULL };

/* Read in this order: a module before the configuration that needs it, the log's database before the overlay that
 * writes to it. */
static const char *const entry_files[] = { "config.ldif", "modules.ldif", "log.ldif", "overlays.ldif", NULL };
static const char *const change_files[] = { "indexes.ldif", "access.ldif", NULL };
static const char *const base_files[] = { "suffix.ldif", "base.ldif", NULL };
static const char *const schema_files[] = { "authpassword.ldif", "latchkey.ldif", NULL };

/* "FOLDER/name" of the first folder that has it, or NULL. */
static const char *find_in(const struct embedded *embedded, const char *const *folders, const char *name)
{
    for (; *folders != NULL; folders++) {
        const char *path = lk_arena_format(embedded->arena, "%s/%s", *folders, name);
        if (embedded_is_there(path))
            return path;
    }
    return NULL;
}

static const char *find_program(const struct embedded *embedded, const char *name)
{
    const char *const given[] = { embedded->programs, NULL };
    return find_in(embedded, embedded->programs[0] != '\0' ? given : program_folders, name);
}

/* The folder part of a path that find_in gave. */
static const char *folder_of(const struct embedded *embedded, const char *path)
{
    return lk_arena_copy(embedded->arena, path, (size_t) (strrchr(path, '/') - path));
}

static const char *file_uri(const struct embedded *embedded, const char *path)
{
    LK_CLEANUP(lk_text_done) struct lk_text uri = LK_TEXT(16384);
    lk_text_literal(&uri, "file://");
    lk_percent_encode(&uri, path, strlen(path), "/");
    return lk_arena_words(embedded->arena, lk_text_string(&uri));
}

/* ---- the password of cn=admin */

static enum lk_status make_password(const char *path, struct lk_trouble *trouble)
{
    uint8_t bytes[PASSWORD_BYTES];
    char words[LK_BASE64URL_LEN(PASSWORD_BYTES) + 1];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t) sizeof bytes)
        return lk_fail(trouble, LK_BROKEN, "no random bytes: %s", strerrordesc_np(errno));
    lk_base64url_encode(bytes, sizeof bytes, words);
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(sizeof words + 1);
    lk_text_words(&text, words); /* no line end: ldapsearch -y takes all of the file */
    explicit_bzero(bytes, sizeof bytes);
    explicit_bzero(words, sizeof words);
    return embedded_write_file(path, &text, trouble);
}

/* slapd reads the password from LDIF and from a configuration value: no blanks, no quotes, nothing to escape. */
static bool password_is_plain(const struct lk_secret *password)
{
    const char *bytes = lk_secret_bytes(password);
    return strspn(bytes, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
           lk_secret_len(password);
}

static enum lk_status admin_password(const struct embedded *embedded, struct lk_secret **password_out,
                                     struct lk_trouble *trouble)
{
    const char *path = embedded_path(embedded, "admin.password");
    if (!embedded_is_there(path)) {
        const enum lk_status status = make_password(path, trouble);
        if (status != LK_OK)
            return status;
    }
    struct lk_secret *password = NULL;
    const enum lk_status status = lk_secret_read(path, PASSWORD_MOST, &password, trouble);
    if (status != LK_OK)
        return status;
    if (!password_is_plain(password)) {
        lk_secret_free(password);
        return lk_fail(trouble, LK_MALFORMED, "%s: only letters, digits, '-', '_' and '.' may stand there", path);
    }
    *password_out = password;
    return LK_OK;
}

/* ---- templates */

static enum lk_status fill_files(const struct embedded *embedded, const char *const *files,
                                 const struct lk_template_word *words, struct lk_text *text, struct lk_trouble *trouble)
{
    for (; *files != NULL; files++) {
        LK_CLEANUP(lk_text_done) struct lk_text source = LK_TEXT(MADE_MOST);
        enum lk_status status = embedded_read_file(
            lk_arena_format(embedded->arena, "%s/ldif/%s", embedded->share, *files), &source, trouble);
        if (status == LK_OK)
            status = lk_template_fill(lk_text_string(&source), words, text, trouble);
        if (status != LK_OK)
            return status;
        lk_text_literal(text, "\n");
    }
    return LK_OK;
}

/* What cn=config is made of: entries for slapadd, then changes for slapmodify. */
struct made {
    struct lk_text entries;
    struct lk_text changes;
    struct lk_text base;
    struct lk_text stamp;
};

static void made_done(struct made *made)
{
    lk_text_done(&made->entries);
    lk_text_done(&made->changes);
    lk_text_done(&made->base);
    lk_text_done(&made->stamp);
}

static enum lk_status make_stamp(const struct embedded *embedded, struct made *made, struct lk_trouble *trouble)
{
    lk_text_format(&made->stamp, "latchkey %s\n", LATCHKEY_VERSION);
    lk_text_add(&made->stamp, lk_text_string(&made->entries), made->entries.len);
    lk_text_add(&made->stamp, lk_text_string(&made->changes), made->changes.len);
    for (const char *const *file = schema_files; *file != NULL; file++) {
        const enum lk_status status = embedded_read_file(
            lk_arena_format(embedded->arena, "%s/schema/%s", embedded->share, *file), &made->stamp, trouble);
        if (status != LK_OK)
            return status;
    }
    return LK_OK;
}

static enum lk_status fill_templates(const struct embedded *embedded, struct made *made, struct lk_trouble *trouble)
{
    struct lk_arena *arena = embedded->arena;
    const char *module = find_in(embedded, module_folders, "argon2.so");
    const char *core = find_in(embedded, schema_folders, "core.ldif");
    if (module == NULL || core == NULL)
        return lk_fail(trouble, LK_ABSENT, "slapd's %s are not installed (Debian: apt install slapd)",
                       module == NULL ? "modules (argon2.so)" : "schema files");
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = NULL;
    enum lk_status status = admin_password(embedded, &password, trouble);
    if (status != LK_OK)
        return status;
    const char *first = embedded->suffix + strlen("dc=");
    const struct lk_template_word own[] = {
        {"SUFFIX",            embedded->suffix       },
        { "DC",               lk_arena_copy(arena,     first, strcspn(first, ",")) },
        { "SERVICE",      lk_arena_format(arena,                        "cn=latchkeyd,ou=services,%s", embedded->suffix) },
        { "DIRECTORY",          "."      },
        { "DATABASE",  "{1}mdb"                       },
        { "MODULES",       folder_of(embedded,                        module) },
        { "SYSTEM_SCHEMA",          file_uri(embedded,          folder_of(embedded, core)) },
        { "SCHEMA",file_uri(embedded,lk_arena_format(arena, "%s/schema", embedded->share)) },
        { "ROOT_PASSWORD",    lk_secret_bytes(password)},
        { "PEERCRED",             lk_arena_format(arena,                                   "gidNumber=%u\\+uidNumber=%u,cn=peercred,cn=external,cn=auth",
         (unsigned) getegid(), (unsigned) geteuid()) },
        { NULL,        NULL                      }
    };
    const struct lk_template_word *words = config_places(embedded->config, arena, own);
    if ((status = fill_files(embedded, entry_files, words, &made->entries, trouble)) != LK_OK ||
        (status = fill_files(embedded, change_files, words, &made->changes, trouble)) != LK_OK ||
        (status = fill_files(embedded, base_files, words, &made->base, trouble)) != LK_OK)
        return status;
    return make_stamp(embedded, made, trouble);
}

/* ---- slapd.d */

static bool is_stale(const struct embedded *embedded, const struct lk_text *stamp)
{
    LK_CLEANUP(lk_text_done) struct lk_text former = LK_TEXT(MADE_MOST);
    return embedded_read_file(embedded_path(embedded, "slapd.d.made"), &former, NULL) != LK_OK ||
           former.len != stamp->len || memcmp(lk_text_string(&former), lk_text_string(stamp), stamp->len) != 0 ||
           !embedded_is_there(embedded_path(embedded, "slapd.d/cn=config.ldif"));
}

static enum lk_status run(const struct embedded *embedded, const char *name, const char *database,
                          const char *configuration, const struct lk_text *input, struct lk_trouble *trouble)
{
    const char *program = find_program(embedded, name);
    if (program == NULL)
        return lk_fail(trouble, LK_ABSENT, "%s is not installed (Debian: apt install slapd)", name);
    const char *const arguments[] = { program, "-n", database, "-F", configuration, NULL };
    return embedded_run_tool(embedded, arguments, input, trouble);
}

/* An index that the configuration names and the data does not have hides entries: all are made again, offline. */
static enum lk_status index_data(const struct embedded *embedded, struct lk_trouble *trouble)
{
    LK_CLEANUP(lk_text_done) struct lk_text nothing = LK_TEXT(1);
    if (!embedded_is_there(embedded_path(embedded, "data/data.mdb")) ||
        embedded_is_there(embedded_path(embedded, "data/unfinished")))
        return LK_OK;
    return run(embedded, "slapindex", "1", "slapd.d", &nothing, trouble);
}

/* Made beside the old one, which stays in force until the new one is whole. Without its stamp it is made again at the next start. */
static enum lk_status make_configuration(const struct embedded *embedded, const struct made *made,
                                         struct lk_trouble *trouble)
{
    const char *fresh = embedded_path(embedded, "slapd.d.new");
    const char *place = embedded_path(embedded, "slapd.d");
    enum lk_status status = LK_OK;
    if ((status = embedded_remove(fresh, trouble)) != LK_OK ||
        (status = embedded_make_folder(fresh, trouble)) != LK_OK ||
        (status = run(embedded, "slapadd", "0", "slapd.d.new", &made->entries, trouble)) != LK_OK ||
        (status = run(embedded, "slapmodify", "0", "slapd.d.new", &made->changes, trouble)) != LK_OK ||
        (status = embedded_remove(embedded_path(embedded, "slapd.d.made"), trouble)) != LK_OK ||
        (status = embedded_remove(place, trouble)) != LK_OK)
        return status;
    if (rename(fresh, place) != 0)
        return lk_fail(trouble, LK_BROKEN, "cannot rename %s: %s", fresh, strerrordesc_np(errno));
    if ((status = index_data(embedded, trouble)) != LK_OK)
        return status;
    return embedded_write_file(embedded_path(embedded, "slapd.d.made"), &made->stamp, trouble);
}

/* ---- the first entries */

/* A directory with another suffix is not ours to serve, and not ours to throw away. */
static enum lk_status check_suffix(const struct embedded *embedded, struct lk_trouble *trouble)
{
    LK_CLEANUP(lk_text_done) struct lk_text kept = LK_TEXT(1024);
    const enum lk_status status = embedded_read_file(embedded_path(embedded, "data/suffix"), &kept, trouble);
    if (status == LK_ABSENT)
        return LK_OK;
    if (status == LK_OK && strcmp(lk_text_string(&kept), embedded->suffix) != 0)
        return lk_fail(trouble, LK_REFUSED, "%s holds a directory with the suffix %s, not %s", embedded->folder,
                       lk_text_string(&kept), embedded->suffix);
    return status;
}

/* A first start that was cut short leaves "data/unfinished", and is done again from the beginning. Nothing else ever
 * takes data away. */
static enum lk_status make_base(const struct embedded *embedded, const struct made *made, struct lk_trouble *trouble)
{
    const char *unfinished = embedded_path(embedded, "data/unfinished");
    const char *data = embedded_path(embedded, "data/data.mdb");
    const bool again = embedded_is_there(unfinished);
    if (embedded_is_there(data) && !again)
        return LK_OK;
    LK_CLEANUP(lk_text_done) struct lk_text suffix = LK_TEXT(1024);
    lk_text_words(&suffix, embedded->suffix);
    enum lk_status status = LK_OK;
    if ((status = embedded_write_file(unfinished, &suffix, trouble)) != LK_OK ||
        (status = embedded_remove(data, trouble)) != LK_OK ||
        (status = embedded_remove(embedded_path(embedded, "data/lock.mdb"), trouble)) != LK_OK ||
        (status = run(embedded, "slapadd", "1", "slapd.d", &made->base, trouble)) != LK_OK ||
        (status = embedded_write_file(embedded_path(embedded, "data/suffix"), &suffix, trouble)) != LK_OK)
        return status;
    return embedded_remove(unfinished, trouble);
}

enum lk_status embedded_configure(struct embedded *embedded, struct lk_trouble *trouble)
{
    embedded->slapd = find_program(embedded, "slapd");
    if (embedded->slapd == NULL)
        return lk_fail(trouble, LK_ABSENT, "slapd is not installed (Debian: apt install slapd)");
    LK_CLEANUP(made_done)
    struct made made = { LK_TEXT(MADE_MOST), LK_TEXT(MADE_MOST), LK_TEXT(MADE_MOST), LK_TEXT(MADE_MOST) };
    enum lk_status status = LK_OK;
    if ((status = embedded_make_folder(embedded_path(embedded, "data"), trouble)) != LK_OK ||
        (status = embedded_make_folder(embedded_path(embedded, "log"), trouble)) != LK_OK ||
        (status = check_suffix(embedded, trouble)) != LK_OK ||
        (status = fill_templates(embedded, &made, trouble)) != LK_OK)
        return status;
    if (is_stale(embedded, &made.stamp) && (status = make_configuration(embedded, &made, trouble)) != LK_OK)
        return status;
    return make_base(embedded, &made, trouble);
}
