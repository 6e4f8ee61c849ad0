/* SPDX-License-Identifier: Apache-2.0 */
#include "base/unicode.h"

#include "base/fatal.h"

#include <sodium/utils.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

/* Bytes on the heap, as libunistring hands them out. Wiped when done with: they may be a secret answer. */
struct bytes {
    uint8_t *at;
    size_t len;
};

static const uint8_t *as_bytes(const char *text)
{
    return (const uint8_t *) text;
}

static bool is_utf8(const char *text, size_t len)
{
    return len == 0 || u8_check(as_bytes(text), len) == NULL;
}

/* ---- what may be shown ---- */

/* The code points that no line shown to people may hold; each row a range. */
static const struct {
    ucs4_t first;
    ucs4_t last;
} UNSHOWABLE[] = {
    {0x0000,  0x001F}, /* C0, among them NUL, TAB, CR and LF */
    { 0x007F, 0x009F}, /* DEL and C1 */
    { 0x2028, 0x2029}, /* line and paragraph separator */
    { 0x202A, 0x202E}, /* bidirectional embeddings and overrides */
    { 0x2066, 0x2069}, /* bidirectional isolates */
};

static bool is_showable(ucs4_t character)
{
    for (size_t i = 0; i < sizeof UNSHOWABLE / sizeof UNSHOWABLE[0]; i++) {
        if (character >= UNSHOWABLE[i].first && character <= UNSHOWABLE[i].last)
            return false;
    }
    return true;
}

/* Most of what comes: nothing in it needs a table of Unicode. */
static bool is_printable_ascii(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] < ' ' || text[i] > '~')
            return false;
    }
    return true;
}

bool lk_unicode_is_line(const char *text, size_t len)
{
    if (is_printable_ascii(text, len))
        return true;
    if (!is_utf8(text, len))
        return false;
    for (size_t at = 0; at < len;) {
        ucs4_t character = 0;
        at += (size_t) u8_mbtouc_unsafe(&character, as_bytes(text) + at, len - at);
        if (!is_showable(character))
            return false;
    }
    return true;
}

/* CR only before LF. */
static bool is_layout(const char *text, size_t len, size_t at)
{
    return text[at] == '\t' || text[at] == '\n' || (text[at] == '\r' && at + 1 < len && text[at + 1] == '\n');
}

bool lk_unicode_is_lines(const char *text, size_t len)
{
    size_t start = 0;
    for (size_t at = 0; at < len; at++) {
        if (!is_layout(text, len, at))
            continue;
        if (!lk_unicode_is_line(text + start, at - start))
            return false;
        start = at + 1;
    }
    return len == 0 || lk_unicode_is_line(text + start, len - start);
}

size_t lk_unicode_length(const char *text, size_t len)
{
    return len > 0 && is_utf8(text, len) ? u8_mbsnlen(as_bytes(text), len) : len;
}

/* ---- forms ---- */

static void bytes_done(struct bytes *bytes)
{
    if (bytes->at != NULL)
        sodium_memzero(bytes->at, bytes->len);
    free(bytes->at);
    *bytes = (struct bytes){ NULL, 0 };
}

/* Puts what libunistring made in the place of what it was made from. The text is sound, so only memory can fail. */
static void replace(struct bytes *bytes, struct bytes made)
{
    if (made.at == NULL)
        lk_fatal("out of memory");
    bytes_done(bytes);
    *bytes = made;
}

static void normalize(struct bytes *bytes, uninorm_t form)
{
    struct bytes made = { NULL, 0 };
    made.at = bytes->len == 0 ? malloc(1) : u8_normalize(form, bytes->at, bytes->len, NULL, &made.len);
    replace(bytes, made);
}

static void casefold(struct bytes *bytes)
{
    /* No language: the locale of the process must not decide whose name is whose (Turkish i). */
    struct bytes made = { NULL, 0 };
    made.at = bytes->len == 0 ? malloc(1) : u8_casefold(bytes->at, bytes->len, "", NULL, NULL, &made.len);
    replace(bytes, made);
}

/* Takes out what is neither seen nor means anything in a name: zero-width characters, soft hyphens, fillers. */
static void drop_ignorable(struct bytes *bytes)
{
    size_t kept = 0;
    for (size_t at = 0; at < bytes->len;) {
        ucs4_t character = 0;
        const size_t len = (size_t) u8_mbtouc_unsafe(&character, bytes->at + at, bytes->len - at);
        if (!uc_is_property_default_ignorable_code_point(character)) {
            memmove(bytes->at + kept, bytes->at + at, len);
            kept += len;
        }
        at += len;
    }
    bytes->len = kept;
}

bool lk_unicode_is_seen(const char *text, size_t len)
{
    const uint8_t *bytes = (const uint8_t *) text;
    for (size_t at = 0; at < len;) {
        ucs4_t character = 0;
        at += (size_t) u8_mbtouc(&character, bytes + at, len - at);
        if (uc_is_property_default_ignorable_code_point(character))
            return false;
    }
    return true;
}

/* Cuts outer blanks; where `squeezing`, makes each inner run of them one space. A copy in the arena. */
static char *without_blanks(struct lk_arena *arena, const struct bytes *bytes, bool squeezing)
{
    char *text = lk_arena_alloc(arena, bytes->len + 1);
    size_t len = 0;
    size_t behind_last = 0; /* the length up to the last character that is not blank */
    for (size_t at = 0; at < bytes->len;) {
        ucs4_t character = 0;
        const size_t width = (size_t) u8_mbtouc_unsafe(&character, bytes->at + at, bytes->len - at);
        const bool is_blank = uc_is_property_white_space(character);
        if (is_blank && squeezing) {
            if (len > 0 && len == behind_last)
                text[len++] = ' ';
        } else if (!is_blank || len > 0) {
            memcpy(text + len, bytes->at + at, width);
            len += width;
        }
        if (!is_blank)
            behind_last = len;
        at += width;
    }
    text[behind_last] = '\0';
    return text;
}

static struct bytes bytes_copy(const char *text, size_t len)
{
    struct bytes bytes = { malloc(len + 1), len };
    if (bytes.at == NULL)
        lk_fatal("out of memory");
    if (len > 0)
        memcpy(bytes.at, text, len);
    return bytes;
}

/* It is in every normal form, its only blank is the space, and nothing in it is invisible. No copy is made on the way. */
static char *fold_ascii(struct lk_arena *arena, const char *text, size_t len)
{
    char *folded = lk_arena_alloc(arena, len + 1);
    size_t kept = 0;
    for (size_t i = 0; i < len; i++) {
        const bool is_capital = text[i] >= 'A' && text[i] <= 'Z';
        if (text[i] != ' ' || (kept > 0 && folded[kept - 1] != ' '))
            folded[kept++] = (char) (is_capital ? text[i] - 'A' + 'a' : text[i]);
    }
    if (kept > 0 && folded[kept - 1] == ' ')
        kept--;
    folded[kept] = '\0';
    return folded;
}

enum lk_status lk_unicode_fold(struct lk_arena *arena, const char *text, size_t len, char **text_out)
{
    if (is_printable_ascii(text, len)) {
        *text_out = fold_ascii(arena, text, len);
        return LK_OK;
    }
    if (!is_utf8(text, len) || (len > 0 && memchr(text, '\0', len) != NULL))
        return LK_MALFORMED;
    struct bytes bytes = bytes_copy(text, len);
    normalize(&bytes, UNINORM_NFKC);
    casefold(&bytes);
    drop_ignorable(&bytes);
    normalize(&bytes, UNINORM_NFKC);
    *text_out = without_blanks(arena, &bytes, true);
    bytes_done(&bytes);
    return LK_OK;
}

/* Its only blank is the space, and it is in every normal form. */
static char *tidy_ascii(struct lk_arena *arena, const char *text, size_t len)
{
    while (len > 0 && *text == ' ') {
        text++;
        len--;
    }
    while (len > 0 && text[len - 1] == ' ')
        len--;
    return lk_arena_copy(arena, text, len);
}

enum lk_status lk_unicode_tidy(struct lk_arena *arena, const char *text, size_t len, char **text_out)
{
    if (is_printable_ascii(text, len)) {
        *text_out = tidy_ascii(arena, text, len);
        return LK_OK;
    }
    if (!lk_unicode_is_line(text, len))
        return LK_MALFORMED;
    struct bytes bytes = bytes_copy(text, len);
    normalize(&bytes, UNINORM_NFC);
    *text_out = without_blanks(arena, &bytes, false);
    bytes_done(&bytes);
    return LK_OK;
}

enum lk_status lk_unicode_utf16le(struct lk_arena *arena, const char *text, size_t len, unsigned char **bytes_out,
                                  size_t *len_out)
{
    size_t count =
        len; /* a unit takes a byte of UTF-8 at the least, so the room is enough and nothing goes to the heap */
    uint16_t *units = lk_arena_array(arena, len + 1, sizeof *units);
    if (u8_to_u16(as_bytes(text), len, units, &count) != units)
        return LK_MALFORMED;
    unsigned char *bytes = lk_arena_array(arena, count + 1, 2);
    for (size_t i = 0; i < count; i++) {
        bytes[2 * i] = (unsigned char) (units[i] & 0xff);
        bytes[2 * i + 1] = (unsigned char) (units[i] >> 8);
    }
    *bytes_out = bytes;
    *len_out = 2 * count;
    return LK_OK;
}
