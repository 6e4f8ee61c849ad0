/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of the configuration file: whatever the bytes, each line leads to at most one call, with whole strings. */
#include "config/parse.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct seen {
    size_t line;
    size_t lines;
};

static void must_come_in_order(struct seen *seen, size_t line)
{
    if (line <= seen->line || line > seen->lines)
        abort();
    seen->line = line;
}

static void on_section(void *context, size_t line, const char *name)
{
    must_come_in_order(context, line);
    if (*name == '\0' || strpbrk(name, " []\n") != NULL)
        abort();
}

static void on_item(void *context, size_t line, const char *name, const char *value)
{
    must_come_in_order(context, line);
    if (*name == '\0' || strpbrk(name, " =\n") != NULL || strpbrk(value, "\r\n\t") != NULL)
        abort();
}

static void on_fault(void *context, size_t line, const char *words)
{
    must_come_in_order(context, line);
    if (*words == '\0')
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct seen seen = { .lines = 1 };
    for (size_t i = 0; i < len; i++)
        seen.lines += bytes[i] == '\n';
    const struct config_listener listener = { &seen, on_section, on_item, on_fault };
    config_parse((const char *) bytes, len, &listener);
    return 0;
}
