/* SPDX-License-Identifier: Apache-2.0 */
#include "base/unicode.h"
#include "courier/header_encoding_internal.h"

#include <stddef.h>
#include <string.h>

#define WORD_OPEN         "=?UTF-8?Q?"
#define WORD_CLOSE        "?="
#define ENCODED_WORD_MOST 75
#define ENCODED_LINE_MOST 76 /* of a line that holds an encoded word (RFC 2047 section 2) */
#define QUOTED_MOST       60 /* a quoted string is not folded: a longer name becomes encoded words */

bool header_is_safe(const char *value)
{
    return lk_unicode_is_line(value, strlen(value));
}

static bool is_alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* What may stand for itself in an encoded word wherever the word stands (RFC 2047 section 5, the rule for a phrase). */
static bool is_plain_in_word(char c)
{
    return is_alphanumeric(c) || (c != '\0' && strchr("!*+-/", c) != NULL);
}

static size_t encoded_len(char c)
{
    return is_plain_in_word(c) || c == ' ' ? 1 : 3;
}

static void add_encoded(struct lk_text *text, char c)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    const unsigned char byte = (unsigned char) c;
    if (c == ' ') {
        lk_text_char(text, '_');
    } else if (is_plain_in_word(c)) {
        lk_text_char(text, c);
    } else {
        lk_text_char(text, '=');
        lk_text_char(text, DIGITS[byte >> 4]);
        lk_text_char(text, DIGITS[byte & 15]);
    }
}

/* Bytes of the character that begins at `at`: it and the continuation bytes behind it. */
static size_t character_len(const char *at)
{
    size_t len = 1;
    while (((unsigned char) at[len] & 0xC0) == 0x80)
        len++;
    return len;
}

static size_t character_columns(const char *at, size_t len)
{
    size_t columns = 0;
    for (size_t i = 0; i < len; i++)
        columns += encoded_len(at[i]);
    return columns;
}

static void new_line(struct lk_text *text, size_t *column)
{
    lk_text_literal(text, "\r\n ");
    *column = 1;
}

/* Adds `value` as encoded words, beginning at *column, which is moved on. */
static void add_encoded_words(struct lk_text *text, const char *value, size_t *column)
{
    const size_t frame = sizeof WORD_OPEN - 1 + sizeof WORD_CLOSE - 1;
    const char *at = value;
    while (*at != '\0') {
        const size_t first = character_columns(at, character_len(at));
        if (*column + frame + first > ENCODED_LINE_MOST)
            new_line(text, column);
        size_t word = frame;
        lk_text_literal(text, WORD_OPEN);
        while (*at != '\0') {
            const size_t len = character_len(at);
            const size_t columns = character_columns(at, len);
            if (word > frame && (word + columns > ENCODED_WORD_MOST || *column + word + columns > ENCODED_LINE_MOST))
                break;
            for (size_t i = 0; i < len; i++)
                add_encoded(text, at[i]);
            word += columns;
            at += len;
        }
        lk_text_literal(text, WORD_CLOSE);
        *column += word;
        if (*at != '\0')
            new_line(text, column);
    }
}

/* Can the value be written as it is, folded at its single spaces, and be read back the same? */
static bool is_plain_words(const char *value, size_t column)
{
    const size_t len = strlen(value);
    if (len == 0)
        return true;
    if (value[0] == ' ' || value[len - 1] == ' ' || strstr(value, "  ") != NULL || strstr(value, "=?") != NULL)
        return false;
    size_t word = column;
    for (size_t i = 0; i < len; i++) {
        if (value[i] < ' ' || value[i] > '~')
            return false;
        word = value[i] == ' ' ? 1 : word + 1;
        if (word > HEADER_COLUMNS)
            return false;
    }
    return true;
}

static void add_plain_words(struct lk_text *text, const char *value, size_t *column)
{
    const char *at = value;
    while (*at != '\0') {
        const size_t len = strcspn(at, " ");
        if (at != value && *column + 1 + len > HEADER_COLUMNS) {
            new_line(text, column);
        } else if (at != value) {
            lk_text_char(text, ' ');
            *column += 1;
        }
        lk_text_add(text, at, len);
        *column += len;
        at += len + (at[len] == ' ' ? 1 : 0);
    }
}

static size_t begin(struct lk_text *text, const char *name)
{
    lk_text_words(text, name);
    lk_text_literal(text, ": ");
    return strlen(name) + 2;
}

void header_words(struct lk_text *text, const char *name, const char *value)
{
    size_t column = begin(text, name);
    if (is_plain_words(value, column))
        add_plain_words(text, value, &column);
    else
        add_encoded_words(text, value, &column);
    lk_text_literal(text, "\r\n");
}

/* RFC 5322's atext and spaces between: needs no quotes. */
static bool is_atoms(const char *display)
{
    for (const char *c = display; *c != '\0'; c++) {
        if (!is_alphanumeric(*c) && strchr("!#$%&'*+-/=?^_`{|}~ ", *c) == NULL)
            return false;
    }
    return true;
}

static bool may_be_quoted(const char *display)
{
    size_t columns = 2;
    for (const char *c = display; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~')
            return false;
        columns += *c == '"' || *c == '\\' ? 2 : 1;
    }
    return columns <= QUOTED_MOST;
}

static void add_quoted(struct lk_text *text, const char *display, size_t *column)
{
    const size_t before = text->len;
    lk_text_char(text, '"');
    for (const char *c = display; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\')
            lk_text_char(text, '\\');
        lk_text_char(text, *c);
    }
    lk_text_char(text, '"');
    *column += text->len - before;
}

void header_mailbox(struct lk_text *text, const char *name, const char *display, const char *address)
{
    size_t column = begin(text, name);
    if (display != NULL && *display != '\0') {
        if (is_plain_words(display, column) && is_atoms(display))
            add_plain_words(text, display, &column);
        else if (may_be_quoted(display) && strstr(display, "=?") == NULL)
            add_quoted(text, display, &column);
        else
            add_encoded_words(text, display, &column);
        if (column + 1 + strlen(address) + 2 > HEADER_COLUMNS)
            new_line(text, &column);
        else
            lk_text_char(text, ' ');
    }
    lk_text_char(text, '<');
    lk_text_words(text, address);
    lk_text_literal(text, ">\r\n");
}

void header_plain(struct lk_text *text, const char *name, const char *value)
{
    (void) begin(text, name);
    lk_text_words(text, value);
    lk_text_literal(text, "\r\n");
}
