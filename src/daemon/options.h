/* SPDX-License-Identifier: Apache-2.0 */
/* daemon/options.h - latchkeyd's command line. */
#ifndef LATCHKEY_DAEMON_OPTIONS_H
#define LATCHKEY_DAEMON_OPTIONS_H

#include <stddef.h>

#define OPTIONS_SETTINGS_MOST 64

enum options_mode {
    OPTIONS_RUN = 0,
    OPTIONS_CHECK,
    OPTIONS_PRINT,
    OPTIONS_REFERENCE,
    OPTIONS_MANUAL,
    OPTIONS_DONE,
    OPTIONS_BAD
};

struct options {
    const char *config_path;                     /* NULL: built-in defaults only */
    const char *settings[OPTIONS_SETTINGS_MOST]; /* "section.name=value" */
    size_t setting_count;
};

/* OPTIONS_DONE: --help or --version has been printed. OPTIONS_BAD: words are on standard error. */
enum options_mode options_read(int count, char **arguments, struct options *options_out);

#endif
