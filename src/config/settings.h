/* SPDX-License-Identifier: Apache-2.0 */
/* config/settings.h - config/settings.def as data: one struct for each row.
 *
 * Threads: any; constant. */
#ifndef LATCHKEY_CONFIG_SETTINGS_H
#define LATCHKEY_CONFIG_SETTINGS_H

#include "config/config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum setting_type {
    SETTING_TYPE_TEXT,
    SETTING_TYPE_FILE,
    SETTING_TYPE_FLAG,
    SETTING_TYPE_NUMBER,
    SETTING_TYPE_SECONDS,
    SETTING_TYPE_BYTES,
    SETTING_TYPE_WORDS,
    SETTING_TYPE_CHOICE,
    SETTING_TYPES
};

struct setting {
    const char *section;
    const char *name;
    enum setting_type type;
    int64_t least, most;
    const char *otherwise_words; /* the default of TEXT, FILE, WORDS; the list of CHOICE */
    int64_t otherwise_number;    /* the default of the others */
    const char *help;
    size_t offset; /* of the member in struct config */
};

size_t settings_count(void);
const struct setting *settings_at(size_t index);

bool settings_has_section(const char *section);

/* Its index, or SIZE_MAX. */
size_t settings_find(const char *section, const char *name);

/* The index of the setting that is kept in `member`, which points into `config`. */
size_t settings_of_member(const struct config *config, const void *member);

void *setting_member(struct config *config, const struct setting *setting);
const void *setting_value(const struct config *config, const struct setting *setting);

#endif
