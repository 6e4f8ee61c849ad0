/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/identity.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/prompt.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define DEFAULT_PATH "/etc/latchkey/latchkey.conf"
#define FAULTS_MOST  ((size_t) 64 * 1024)
#define FURTHER_MOST 4 /* settings beside those of --set */

/* ---- the configuration ---- */

const char *identity_config_path(const struct options *options)
{
    if (options->config_path != NULL)
        return strcmp(options->config_path, "-") == 0 ? NULL : options->config_path;
    return access(DEFAULT_PATH, R_OK) == 0 ? DEFAULT_PATH : NULL;
}

struct overrides {
    struct lk_arena *arena;
    const char *items[OPTIONS_SETTINGS_MOST + FURTHER_MOST];
    size_t count;
};

static void override(struct overrides *overrides, const char *setting, const char *value)
{
    overrides->items[overrides->count++] = lk_arena_format(overrides->arena, "%s=%s", setting, value);
}

/* The options come after --set, the more particular after the more general. */
static void gather(struct overrides *overrides, const struct options *options, bool has_file)
{
    const struct directory_defaults defaults = directory_defaults(overrides->arena);
    if (!has_file && defaults.uri != NULL)
        override(overrides, "directory.uri", defaults.uri);
    if (!has_file && defaults.base != NULL)
        override(overrides, "directory.suffix", defaults.base);
    for (size_t i = 0; i < options->setting_count; i++)
        overrides->items[overrides->count++] = options->settings[i];
    if (options->uri != NULL) {
        override(overrides, "directory.embedded", "");
        override(overrides, "directory.uri", options->uri);
    }
    if (options->start_tls)
        override(overrides, "directory.start_tls", "yes");
    if (options->suffix != NULL)
        override(overrides, "directory.suffix", options->suffix);
}

enum command_exit identity_config(struct lk_arena *arena, const struct options *options, struct config **config_out)
{
    struct lk_text faults LK_CLEANUP(lk_text_done) = LK_TEXT(FAULTS_MOST);
    struct overrides overrides = { .arena = arena };
    const char *path = identity_config_path(options);
    gather(&overrides, options, path != NULL);
    const enum lk_status status = config_read(path, overrides.items, overrides.count, config_out, &faults);
    if (status == LK_OK)
        return COMMAND_DONE;
    (void) fputs(lk_text_string(&faults), stderr);
    return path != NULL ? COMMAND_TROUBLE : COMMAND_USAGE;
}

/* ---- as whom ---- */

static bool is_local(const struct config *config)
{
    for (size_t i = 0; i < config->directory_uri.count; i++) {
        if (strncasecmp(config->directory_uri.items[i], "ldapi:", sizeof "ldapi:" - 1) != 0)
            return false;
    }
    return config->directory_uri.count > 0;
}

static bool has_password(const struct options *options)
{
    return options->password != NULL || options->ask_password || options->password_file != NULL;
}

/* Where nothing else was said: over the machine's own socket, whom the kernel says one is. NULL: a simple bind. */
static const char *mechanism_of(const struct options *options, const struct directory_defaults *defaults,
                                const struct config *config)
{
    if (options->simple || (options->bind_dn != NULL && options->mechanism == NULL))
        return NULL;
    if (options->mechanism != NULL)
        return options->mechanism;
    if (defaults->mechanism != NULL)
        return defaults->mechanism;
    return is_local(config) && !has_password(options) ? "EXTERNAL" : NULL;
}

static enum command_exit check_options(const struct options *options)
{
    const int ways = (options->password != NULL ? 1 : 0) + (options->ask_password ? 1 : 0) +
                     (options->password_file != NULL ? 1 : 0);
    if (ways > 1)
        return command_end(COMMAND_USAGE, "only one of -w, -W and -y");
    if (options->simple && options->mechanism != NULL)
        return command_end(COMMAND_USAGE, "-x is a simple bind, -Y a SASL one: only one of them");
    return COMMAND_DONE;
}

static enum command_exit read_password(const struct options *options, const char *who, struct lk_secret **password_out)
{
    struct lk_trouble trouble = { "" };
    enum lk_status status = LK_OK;
    char words[PROMPT_SECRET_MOST];
    (void) snprintf(words, sizeof words, "Password of %s: ", who);
    if (options->ask_password)
        status = prompt_secret(words, password_out, &trouble);
    else if (options->password_file != NULL)
        status = lk_secret_read(options->password_file, PROMPT_SECRET_MOST, password_out, &trouble);
    else if (options->password != NULL)
        *password_out = lk_secret_new(lk_secret_bytes(options->password), lk_secret_len(options->password));
    if (status == LK_OK)
        return COMMAND_DONE;
    return command_end(status == LK_ABSENT || status == LK_MALFORMED ? COMMAND_USAGE : COMMAND_TROUBLE, "%s",
                       trouble.words);
}

static enum command_exit check_simple(const struct options *options, const struct directory_identity *identity)
{
    if (options->bind_dn == NULL && !has_password(options))
        return command_end(COMMAND_USAGE, "who are you to the directory? -D DN with -W, -w or -y, or -Y MECHANISM; "
                                          "anonymously nothing can be done");
    if (identity->password == NULL || lk_secret_len(identity->password) == 0)
        return command_end(COMMAND_USAGE, "a password is needed: -W asks for it, -y reads it from a file");
    return COMMAND_DONE;
}

static const char *first_of(const char *option, const char *otherwise)
{
    return option != NULL ? option : otherwise;
}

enum command_exit identity_read(struct lk_arena *arena, const struct options *options, const struct config *config,
                                struct directory_identity *identity_out, struct lk_secret **password_out)
{
    const struct directory_defaults defaults = directory_defaults(arena);
    struct directory_identity identity = { .mechanism = mechanism_of(options, &defaults, config),
                                           .dn = options->bind_dn };
    if (identity.mechanism != NULL) {
        identity.authentication_name = first_of(options->authentication_name, defaults.authentication_name);
        identity.authorization_name = first_of(options->authorization_name, defaults.authorization_name);
        identity.realm = first_of(options->realm, defaults.realm);
    }
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = NULL;
    enum command_exit status = check_options(options);
    if (status == COMMAND_DONE)
        status = read_password(options, identity_words(arena, &identity), &password);
    identity.password = password;
    if (status == COMMAND_DONE && identity.mechanism == NULL)
        status = check_simple(options, &identity);
    if (status != COMMAND_DONE)
        return status;
    *identity_out = identity;
    *password_out = LK_TAKE(password);
    return COMMAND_DONE;
}

const char *identity_words(struct lk_arena *arena, const struct directory_identity *identity)
{
    if (identity->mechanism == NULL)
        return identity->dn != NULL ? identity->dn : "BINDDN of ldap.conf";
    const char *name = identity->authentication_name;
    return lk_arena_format(arena, "SASL %s%s%s", identity->mechanism, name != NULL ? " " : "",
                           name != NULL ? name : "");
}
