/* SPDX-License-Identifier: Apache-2.0 */
#include "config/settings.h"

#include <string.h>

#define OTHERWISE_TEXT(value)    .otherwise_words = (value)
#define OTHERWISE_FILE(value)    .otherwise_words = (value)
#define OTHERWISE_WORDS(value)   .otherwise_words = (value)
#define OTHERWISE_CHOICE(value)  .otherwise_words = (value)
#define OTHERWISE_FLAG(value)    .otherwise_number = (value)
#define OTHERWISE_NUMBER(value)  .otherwise_number = (value)
#define OTHERWISE_SECONDS(value) .otherwise_number = (value)
#define OTHERWISE_BYTES(value)   .otherwise_number = (value)

#define SETTING(in_section, its_name, its_type, at_least, at_most, otherwise, its_help) \
    { .section = #in_section,                                                           \
      .name = #its_name,                                                                \
      .type = SETTING_TYPE_##its_type,                                                  \
      .least = (at_least),                                                              \
      .most = (at_most),                                                                \
      OTHERWISE_##its_type(otherwise),                                                  \
      .help = (its_help),                                                               \
      .offset = offsetof(struct config, in_section##_##its_name) },

static const struct setting settings[] = {
#include "config/settings.def"
};

#define COUNT (sizeof settings / sizeof settings[0])

size_t settings_count(void)
{
    return COUNT;
}

const struct setting *settings_at(size_t index)
{
    return &settings[index];
}

bool settings_has_section(const char *section)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(settings[i].section, section) == 0)
            return true;
    return false;
}

size_t settings_find(const char *section, const char *name)
{
    for (size_t i = 0; i < COUNT; i++)
        if (strcmp(settings[i].section, section) == 0 && strcmp(settings[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}

size_t settings_of_member(const struct config *config, const void *member)
{
    const size_t offset = (size_t) ((const char *) member - (const char *) config);
    size_t index = 0;
    while (index + 1 < COUNT && settings[index].offset != offset)
        index++;
    return index;
}

void *setting_member(struct config *config, const struct setting *setting)
{
    return (char *) config + setting->offset;
}

const void *setting_value(const struct config *config, const struct setting *setting)
{
    return (const char *) config + setting->offset;
}
