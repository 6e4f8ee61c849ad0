/* SPDX-License-Identifier: Apache-2.0 */
#include "base/unicode.h"
#include "views/views_internal.h"

#include <string.h>

/* Breaks one line at blanks; a word longer than a line, such as a link, stays whole. */
static void wrap_line(struct lk_text *text, const char *line, size_t len)
{
    size_t columns = 0;
    bool has_word = false; /* indentation alone is no place to break */
    while (len > 0) {
        const char *blank = memchr(line + 1, ' ', len - 1);
        const size_t word = blank == NULL ? len : (size_t) (blank - line); /* with the blank before it */
        const size_t width = lk_unicode_length(line, word);
        if (has_word && columns + width > WRAP_COLUMNS) {
            lk_text_literal(text, "\n");
            lk_text_add(text, line + 1, word - 1);
            columns = width - 1;
        } else {
            lk_text_add(text, line, word);
            columns += width;
        }
        has_word = has_word || word > 1 || line[0] != ' ';
        line += word;
        len -= word;
    }
}

void wrap_lines(struct lk_text *text, const char *lines, size_t len)
{
    while (len > 0) {
        const char *end = memchr(lines, '\n', len);
        const size_t line = end == NULL ? len : (size_t) (end - lines);
        wrap_line(text, lines, line);
        if (end == NULL)
            return;
        lk_text_literal(text, "\n");
        lines += line + 1;
        len -= line + 1;
    }
}
