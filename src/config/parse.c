/* SPDX-License-Identifier: Apache-2.0 */
#include "config/parse.h"

#include "base/unicode.h"

#include <stdbool.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Cuts outer blanks of a NUL-terminated string in place. */
static char *trim(char *text)
{
    while (is_blank(*text))
        text++;
    size_t len = strlen(text);
    while (len > 0 && is_blank(text[len - 1]))
        len--;
    text[len] = '\0';
    return text;
}

static bool is_name(const char *text)
{
    return *text != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(text);
}

/* Takes the quotes off in place. False: no closing quote, something behind it, or an unknown escape. */
static bool unquote(char *text)
{
    char *to = text;
    for (const char *from = text + 1; *from != '\0'; from++) {
        if (*from == '"') {
            *to = '\0';
            return from[1] == '\0';
        }
        if (*from == '\\') {
            from++;
            if (*from != '"' && *from != '\\')
                return false;
        }
        *to++ = *from;
    }
    return false;
}

static void read_section(char *text, size_t line, const struct config_listener *listener)
{
    size_t len = strlen(text);
    if (text[len - 1] != ']') {
        listener->fault(listener->context, line, "a section must be written [name]");
        return;
    }
    text[len - 1] = '\0';
    const char *name = trim(text + 1);
    if (is_name(name))
        listener->section(listener->context, line, name);
    else
        listener->fault(listener->context, line, "a section's name is made of lower-case letters, digits and _");
}

static void read_item(char *text, size_t line, const struct config_listener *listener)
{
    char *equals = strchr(text, '=');
    if (equals == NULL) {
        listener->fault(listener->context, line, "neither [section] nor name = value");
        return;
    }
    *equals = '\0';
    const char *name = trim(text);
    char *value = trim(equals + 1);
    for (char *tab = strchr(value, '\t'); tab != NULL; tab = strchr(tab, '\t'))
        *tab = ' ';
    if (!is_name(name))
        listener->fault(listener->context, line, "a setting's name is made of lower-case letters, digits and _");
    else if (*value == '"' && !unquote(value))
        listener->fault(listener->context, line,
                        "a quoted value must end with its closing quote; inside, only \\\" and \\\\ are escapes");
    else if (!lk_unicode_is_line(value, strlen(value)))
        listener->fault(listener->context, line, "the value is not UTF-8, or has a control character in it");
    else
        listener->item(listener->context, line, name, value);
}

static void read_line(const char *bytes, size_t len, size_t line, const struct config_listener *listener)
{
    char copy[CONFIG_LINE_MOST + 1];
    if (len > CONFIG_LINE_MOST) {
        listener->fault(listener->context, line, "the line is too long");
        return;
    }
    if (memchr(bytes, '\0', len) != NULL) {
        listener->fault(listener->context, line, "the line has a NUL byte in it");
        return;
    }
    memcpy(copy, bytes, len);
    copy[len] = '\0';
    char *text = trim(copy);
    if (*text == '\0' || *text == '#' || *text == ';')
        return;
    if (*text == '[')
        read_section(text, line, listener);
    else
        read_item(text, line, listener);
}

void config_parse(const char *bytes, size_t len, const struct config_listener *listener)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    size_t at = 0;
    if (len >= 3 && memcmp(bytes, byte_order_mark, 3) == 0)
        at = 3;
    for (size_t line = 1; at < len; line++) {
        const char *end = memchr(bytes + at, '\n', len - at);
        size_t line_len = end != NULL ? (size_t) (end - (bytes + at)) : len - at;
        read_line(bytes + at, line_len, line, listener);
        at += line_len + 1;
    }
}
