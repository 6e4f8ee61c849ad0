/* SPDX-License-Identifier: Apache-2.0 */
/* config/config.h - one table of settings: read, checked, printed.
 *
 * The file is INI: [section] lines, name = value lines, # and ; comment lines; a value may be put in double quotes.
 * An unknown section or name, a setting given twice, and a value out of bounds are faults; all faults are gathered with
 * file and line before the reader gives up. See config/settings.def for the table and the types.
 * Owns:    the struct and every string in it; constant after config_read.
 * Threads: any may read it. */
#ifndef LATCHKEY_CONFIG_CONFIG_H
#define LATCHKEY_CONFIG_CONFIG_H

#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_words {
    size_t count;
    const char *const *items;
};

#define CONFIG_TYPE_TEXT    const char *
#define CONFIG_TYPE_FILE    const char *
#define CONFIG_TYPE_FLAG    bool
#define CONFIG_TYPE_NUMBER  int64_t
#define CONFIG_TYPE_SECONDS int64_t
#define CONFIG_TYPE_BYTES   int64_t
#define CONFIG_TYPE_WORDS   struct config_words
#define CONFIG_TYPE_CHOICE  int

/* One member for each row, named section_name: config->server_workers, config->links_key_ring. A TEXT or FILE that is
 * not set is "". Defaults that depend on other settings (the bases, courier.hello, ...) are filled in by config_read. */
struct config {
#define SETTING(section, name, type, least, most, otherwise, help) CONFIG_TYPE_##type section##_##name;
#include "config/settings.def"
#undef SETTING
    struct lk_arena *arena; /* owns every string above */
};

/* The socket of the embedded directory, below its folder. */
#define CONFIG_EMBEDDED_SOCKET "/ldapi"

/* Indexes of the CHOICE settings. */
enum config_bind {
    CONFIG_BIND_EXTERNAL,
    CONFIG_BIND_SIMPLE,
    CONFIG_BIND_GSSAPI
};

enum config_follow {
    CONFIG_FOLLOW_AUTO,
    CONFIG_FOLLOW_PERSIST,
    CONFIG_FOLLOW_POLL
};

enum config_proxied_authorization {
    CONFIG_PROXIED_AUTO,
    CONFIG_PROXIED_REQUIRED,
    CONFIG_PROXIED_NEVER
};

enum config_password_method {
    CONFIG_PASSWORD_METHOD_VERIFIERS,
    CONFIG_PASSWORD_METHOD_EXOP,
    CONFIG_PASSWORD_METHOD_UNICODE_PWD,
    CONFIG_PASSWORD_METHOD_USER_PASSWORD
};

enum config_breach_unknown {
    CONFIG_BREACH_UNKNOWN_ALLOW,
    CONFIG_BREACH_UNKNOWN_REFUSE
};

enum config_scram {
    CONFIG_SCRAM_SHA_256,
    CONFIG_SCRAM_SHA_256_AND_SHA_512,
    CONFIG_SCRAM_NONE
};

enum config_start_tls {
    CONFIG_START_TLS_TRY,
    CONFIG_START_TLS_REQUIRE,
    CONFIG_START_TLS_NEVER
};

enum config_second_factor {
    CONFIG_SECOND_FACTOR_OPTIONAL,
    CONFIG_SECOND_FACTOR_ADMINISTRATORS,
    CONFIG_SECOND_FACTOR_OFF
};

enum config_log_level {
    CONFIG_LOG_INFO,
    CONFIG_LOG_DEBUG,
    CONFIG_LOG_WARNING,
    CONFIG_LOG_ERROR
};

/* Reads `path` (NULL: defaults only), then `overrides` ("section.name=value", as from the command line; may be NULL with
 * count 0; their relative paths follow the current folder). Every fault stands in `faults` (may be NULL), one line each:
 * "FILE:LINE: words\n", where FILE is "command line" and LINE counts the overrides for those.
 *   LK_ABSENT  no such file        LK_BROKEN  it could not be read        LK_MALFORMED  see `faults` */
LK_MUST_CHECK enum lk_status config_read(const char *path, const char *const *overrides, size_t override_count,
                                         struct config **config_out, struct lk_text *faults);

/* A configuration with defaults only, for tests and tools. Never NULL. */
struct config *config_defaults(void);

/* Accepts NULL. */
void config_free(struct config *config);

/* What is in force, in the file's own form, with each setting's help as a comment where `with_help`. Reading the result
 * gives the same configuration. No setting holds a secret itself: secrets are files. */
void config_print(const struct config *config, bool with_help, struct lk_text *text);

/* The reference: a Markdown page / the SETTINGS part of latchkey.conf(5), made from the table alone. */
void config_reference_markdown(struct lk_text *text);
void config_reference_manual(struct lk_text *text);

#endif
