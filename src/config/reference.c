/* SPDX-License-Identifier: Apache-2.0 */
/* The reference page and the manual's SETTINGS, made from the table. A new section needs its sentence below. */
#include "config/config.h"
#include "config/types.h"

#include <string.h>

static const struct section_words {
    const char *section;
    const char *words;
} sections[] = {
    {"server",     "Where the daemon listens, under which URL people reach it, and how much it takes on at once."},
    { "directory", "The LDAP directory that holds everything, and the names used in it."                         },
    { "accounts",  "Signing up, and what passwords must be and cost."                                            },
    { "sessions",  "How long people stay signed in."                                                             },
    { "limits",    "How often something may be tried before people have to wait (see security.md)."              },
    { "links",     "The links in e-mails: their keys and their lifetimes."                                       },
    { "courier",   "How e-mails leave, and what happens while the mail server does not take them."               },
    { "pages",     "What people see."                                                                            },
    { "log",       "What is written to the log."                                                                 },
};

static const char *words_of(const char *section)
{
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
        if (strcmp(sections[i].section, section) == 0)
            return sections[i].words;
    return "";
}

static bool has_default(const struct setting *setting)
{
    return setting->otherwise_words == NULL || *setting->otherwise_words != '\0';
}

static bool is_begin_of_section(size_t index)
{
    return index == 0 || strcmp(settings_at(index)->section, settings_at(index - 1)->section) != 0;
}

/* ---- Markdown ---- */

static void markdown_row(const struct setting *setting, struct lk_text *text)
{
    lk_text_format(text, "| `%s` | ", setting->name);
    if (has_default(setting)) {
        lk_text_literal(text, "`");
        setting_print_default(setting, text);
        lk_text_literal(text, "`");
    }
    lk_text_literal(text, " | ");
    if (setting->type == SETTING_TYPE_FILE)
        lk_text_literal(text, "a path");
    else
        setting_kind(setting)->tell(setting, text);
    lk_text_format(text, " | %s |\n", setting->help);
}

static void markdown_head(struct lk_text *text)
{
    lk_text_literal(text,
                    "# Configuration\n\n"
                    "`latchkeyd` reads one file, by default `/etc/latchkey/latchkey.conf`. Every setting has a "
                    "default, so the\nfile holds only what differs:\n\n"
                    "```ini\n"
                    "# A comment stands on a line of its own.\n"
                    "[server]\n"
                    "public_url = https://accounts.example.com\n"
                    "listen = 127.0.0.1:8080 [::1]:8080\n\n"
                    "[directory]\n"
                    "suffix = dc=example,dc=com\n"
                    "```\n\n"
                    "- `latchkeyd -t` checks the file and says every fault with file and line; "
                    "`latchkeyd --print-config` prints what\n  is in force.\n"
                    "- A value may stand in double quotes, inside which `\\\"` and `\\\\` mean `\"` and `\\`. "
                    "The file is UTF-8.\n"
                    "- An unknown section or name, a setting given twice, and a value out of bounds are faults.\n"
                    "- Durations: `90s`, `15m`, `8h`, `7d`. Sizes: `512`, `64k`, `16m`, `1g`. Lists: separated by "
                    "blanks or commas.\n"
                    "- A relative path, also that of `maildir:`, is relative to the folder of the configuration "
                    "file. One given on\n  the command line is relative to the current folder.\n"
                    "- No setting is a secret: secrets stand in files of their own that nobody else may read.\n\n"
                    "This page is made from the parser's own table (`src/config/settings.def`).\n\n"
                    "Sections:");
    for (size_t i = 0; i < settings_count(); i++)
        if (is_begin_of_section(i))
            lk_text_format(text, "%s [%s](#%s)", i > 0 ? " ·" : "", settings_at(i)->section, settings_at(i)->section);
    lk_text_literal(text, "\n");
}

void config_reference_markdown(struct lk_text *text)
{
    markdown_head(text);
    for (size_t i = 0; i < settings_count(); i++) {
        const struct setting *setting = settings_at(i);
        if (is_begin_of_section(i))
            lk_text_format(
                text, "\n## %s\n\n%s\n\n| setting | default | may be | what it does |\n| --- | --- | --- | --- |\n",
                setting->section, words_of(setting->section));
        markdown_row(setting, text);
    }
}

/* ---- the manual page ---- */

/* A hyphen that is to be typed, a backslash, and a control character at the beginning of a line mean something to roff. */
static void add_roff(const char *words, struct lk_text *text)
{
    if (*words == '.' || *words == '\'')
        lk_text_literal(text, "\\&");
    for (; *words != '\0'; words++) {
        if (*words == '\\')
            lk_text_literal(text, "\\e");
        else if (*words == '-')
            lk_text_literal(text, "\\-");
        else
            lk_text_char(text, *words);
    }
}

static void manual_row(const struct setting *setting, struct lk_text *text)
{
    struct lk_text part = LK_TEXT(1024);
    lk_text_format(text, ".TP\n.B %s\n", setting->name);
    add_roff(setting->help, text);
    lk_text_literal(text, "\n");
    if (setting->type != SETTING_TYPE_FILE) {
        setting_kind(setting)->tell(setting, &part);
        lk_text_literal(text, "May be: ");
        add_roff(lk_text_string(&part), text);
        lk_text_literal(text, ".\n");
    }
    if (has_default(setting)) {
        lk_text_reset(&part);
        setting_print_default(setting, &part);
        lk_text_literal(text, "Default:\n.IR \"");
        add_roff(lk_text_string(&part), text);
        lk_text_literal(text, "\" .\n");
    }
    lk_text_done(&part);
}

void config_reference_manual(struct lk_text *text)
{
    lk_text_literal(text, ".SH SETTINGS\n");
    for (size_t i = 0; i < settings_count(); i++) {
        const struct setting *setting = settings_at(i);
        if (is_begin_of_section(i)) {
            lk_text_format(text, ".SS [%s]\n", setting->section);
            add_roff(words_of(setting->section), text);
            lk_text_literal(text, "\n");
        }
        manual_row(setting, text);
    }
}
