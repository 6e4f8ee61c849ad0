/* SPDX-License-Identifier: Apache-2.0 */
#include "base/template.h"

#include <string.h>

#define WORD_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"

static const char *word_value(const struct lk_template_word *words, const char *name, size_t len)
{
    for (; words->name != NULL; words++)
        if (strlen(words->name) == len && memcmp(words->name, name, len) == 0)
            return words->value;
    return NULL;
}

enum lk_status lk_template_fill(const char *source, const struct lk_template_word *words, struct lk_text *text,
                                struct lk_trouble *trouble)
{
    for (;;) {
        const size_t plain = strcspn(source, "@");
        lk_text_add(text, source, plain);
        source += plain;
        if (*source == '\0')
            break;
        const size_t len = strspn(source + 1, WORD_LETTERS);
        if (len == 0 || source[1 + len] != '@') { /* an e-mail address, say */
            lk_text_char(text, '@');
            source++;
            continue;
        }
        const char *value = word_value(words, source + 1, len);
        if (value == NULL)
            return lk_fail(trouble, LK_MALFORMED, "a template has @%.*s@, which means nothing", (int) len, source + 1);
        lk_text_words(text, value);
        source += len + 2;
    }
    return lk_text_ok(text) ? LK_OK : lk_fail(trouble, LK_MALFORMED, "a template is too large");
}
