/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"
#include "config/types.h"

#include <string.h>

#define VALUE_MOST 16384
#define HELP_WIDTH 100

static void add_quoted(const char *value, struct lk_text *text)
{
    lk_text_char(text, '"');
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\')
            lk_text_char(text, '\\');
        lk_text_char(text, *value);
    }
    lk_text_char(text, '"');
}

/* Quotes only where the reader would take the bare value for something else. */
static void add_value(const char *value, struct lk_text *text)
{
    const size_t len = strlen(value);
    if (len > 0 && (value[0] == '"' || value[0] == ' ' || value[len - 1] == ' '))
        add_quoted(value, text);
    else
        lk_text_words(text, value);
}

static void add_help(const char *help, struct lk_text *text)
{
    while (*help != '\0') {
        size_t len = strlen(help);
        if (len > HELP_WIDTH)
            for (len = HELP_WIDTH; len > 1 && help[len] != ' ';)
                len--;
        lk_text_literal(text, "# ");
        lk_text_add(text, help, len);
        lk_text_literal(text, "\n");
        help += len;
        help += strspn(help, " ");
    }
}

void config_print(const struct config *config, bool with_help, struct lk_text *text)
{
    struct lk_text value = LK_TEXT(VALUE_MOST);
    const char *section = "";
    for (size_t i = 0; i < settings_count(); i++) {
        const struct setting *setting = settings_at(i);
        if (strcmp(section, setting->section) != 0)
            lk_text_format(text, "%s[%s]\n", i > 0 ? "\n" : "", setting->section);
        section = setting->section;
        if (with_help)
            add_help(setting->help, text);
        lk_text_reset(&value);
        setting_kind(setting)->print(setting, setting_value(config, setting), &value);
        lk_text_format(text, "%s =%s", setting->name, value.len > 0 ? " " : "");
        add_value(lk_text_string(&value), text);
        lk_text_literal(text, "\n");
    }
    lk_text_done(&value);
}
