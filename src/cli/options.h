/* SPDX-License-Identifier: Apache-2.0 */
/* cli/options.h - the command line: global options anywhere, then a noun, a verb, and what the verb takes. */
#ifndef LATCHKEY_CLI_OPTIONS_H
#define LATCHKEY_CLI_OPTIONS_H

#include "base/arena.h"
#include "base/secret.h"
#include "cli/command.h"

#include <stdbool.h>
#include <stddef.h>

#define OPTIONS_SETTINGS_MOST 64

/* A global option. */
struct global_option {
    char letter; /* 0: none */
    const char *name;
    const char *argument; /* NULL: nothing */
    const char *help;
};

/* Ends with one whose name is NULL. */
extern const struct global_option GLOBAL_OPTIONS[];

struct options {
    const char *config_path; /* NULL: not given; "-": none */
    size_t setting_count;
    const char *settings[OPTIONS_SETTINGS_MOST]; /* "section.name=value" */
    const char *uri, *suffix;
    const char *bind_dn;
    struct lk_secret *password; /* of -w; owned */
    bool ask_password;
    const char *password_file;
    bool simple;
    const char *mechanism, *authentication_name, *authorization_name, *realm;
    bool start_tls;
    bool json, verbose, quiet, dry_run, yes;
    bool help, version;
    const struct noun *noun; /* NULL: none was named */
    const struct verb *verb; /* NULL: none was named */
    size_t argument_count;
    const char *const *arguments;
    const char *const *values;
};

/* COMMAND_USAGE: what is wrong has been said. With --help or --version nothing behind them matters. */
enum command_exit options_read(struct lk_arena *arena, int count, char **arguments, struct options *options_out);

#endif
