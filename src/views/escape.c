/* SPDX-License-Identifier: Apache-2.0 */
#include "views/escape_internal.h"

#include <stdint.h>
#include <string.h>

/* How many bytes at `at` are one character that may not be shown; 0 where it may. */
static size_t unshowable(const unsigned char *at, size_t len)
{
    if (at[0] < 0x20 || at[0] == 0x7f)
        return 1;
    /* C1 controls: U+0080 to U+009F */
    if (at[0] == 0xc2 && len > 1 && at[1] < 0xa0)
        return 2;
    /* U+2028 to U+202E: separators, embeddings, overrides */
    if (at[0] == 0xe2 && len > 2 && at[1] == 0x80 && at[2] >= 0xa8 && at[2] <= 0xae)
        return 3;
    /* U+2066 to U+2069: isolates */
    if (at[0] == 0xe2 && len > 2 && at[1] == 0x81 && at[2] >= 0xa6 && at[2] <= 0xa9)
        return 3;
    return 0;
}

static const char *reference(char c)
{
    switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static void escape(struct lk_text *text, const char *bytes, size_t len, bool is_html)
{
    size_t kept = 0; /* begin of what has not been added yet */
    bool was_unshowable = false;
    for (size_t i = 0; i < len;) {
        const size_t skip = unshowable((const unsigned char *) bytes + i, len - i);
        const char *instead = is_html ? reference(bytes[i]) : NULL;
        if (skip == 0 && instead == NULL) {
            was_unshowable = false;
            i++;
            continue;
        }
        lk_text_add(text, bytes + kept, i - kept);
        if (skip == 0)
            lk_text_words(text, instead);
        else if (!was_unshowable)
            lk_text_literal(text, " ");
        was_unshowable = skip > 0;
        i += skip == 0 ? 1 : skip;
        kept = i;
    }
    lk_text_add(text, bytes + kept, len - kept);
}

void escape_html(struct lk_text *text, const char *bytes, size_t len)
{
    escape(text, bytes, len, true);
}

void escape_plain(struct lk_text *text, const char *bytes, size_t len)
{
    escape(text, bytes, len, false);
}
