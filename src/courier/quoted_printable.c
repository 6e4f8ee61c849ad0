/* SPDX-License-Identifier: Apache-2.0 */
#include "courier/quoted_printable_internal.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define COLUMNS_MOST 76

/* Must the byte at line[i] be written =XX? */
static bool needs_code(const char *line, size_t len, size_t i)
{
    const char c = line[i];
    if (c == ' ' || c == '\t')
        return i + 1 == len; /* relays take blanks off the end of lines */
    if (i == 0 && (c == '.' || (c == 'F' && len >= 5 && strncmp(line, "From ", 5) == 0)))
        return true;
    return c == '=' || c < '!' || c > '~';
}

static void add_code(struct lk_text *text, char c)
{
    static const char DIGITS[] = "0123456789ABCDEF";
    const unsigned char byte = (unsigned char) c;
    lk_text_char(text, '=');
    lk_text_char(text, DIGITS[byte >> 4]);
    lk_text_char(text, DIGITS[byte & 15]);
}

static void write_line(struct lk_text *text, const char *line, size_t len)
{
    size_t column = 0;
    for (size_t i = 0; i < len; i++) {
        const bool code = needs_code(line, len, i);
        const size_t columns = code ? 3 : 1;
        const size_t room = i + 1 == len ? COLUMNS_MOST : COLUMNS_MOST - 1; /* "=" of a soft line break */
        if (column + columns > room) {
            lk_text_literal(text, "=\r\n");
            column = 0;
        }
        /* A dot that a soft line break has brought to the start of a line is a dot at the start of a line. */
        if (code || (column == 0 && line[i] == '.')) {
            add_code(text, line[i]);
            column += 3;
        } else {
            lk_text_char(text, line[i]);
            column++;
        }
    }
    lk_text_literal(text, "\r\n");
}

void quoted_printable_write(struct lk_text *text, const char *body)
{
    while (*body != '\0') {
        const size_t len = strcspn(body, "\r\n");
        write_line(text, body, len);
        body += len;
        if (body[0] == '\r' && body[1] == '\n')
            body += 2;
        else if (*body != '\0')
            body++;
    }
}
