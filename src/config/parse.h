/* SPDX-License-Identifier: Apache-2.0 */
/* config/parse.h - the grammar of the configuration file: bytes in, sections, settings and faults out.
 *
 * Knows no setting and does no I/O. Whatever the bytes are, each line leads to at most one call.
 * Memory:  strings are NUL-terminated, single lines of UTF-8, and valid during the call only.
 * Threads: any; pure. */
#ifndef LATCHKEY_CONFIG_PARSE_H
#define LATCHKEY_CONFIG_PARSE_H

#include <stddef.h>

#define CONFIG_LINE_MOST 4096

struct config_listener {
    void *context;
    void (*section)(void *context, size_t line, const char *name);
    void (*item)(void *context, size_t line, const char *name, const char *value);
    void (*fault)(void *context, size_t line, const char *words);
};

void config_parse(const char *bytes, size_t len, const struct config_listener *listener);

#endif
