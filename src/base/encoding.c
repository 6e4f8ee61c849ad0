/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encoding.h"

#include <sodium/utils.h>
#include <stdbool.h>
#include <string.h>

static const char UPPER_DIGITS[] = "0123456789ABCDEF";
static const char LOWER_DIGITS[] = "0123456789abcdef";

/* The value of a hexadecimal digit of either case, or -1. */
static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* ---- base64url ---- */

void lk_base64url_encode(const uint8_t *bytes, size_t len, char *text_out)
{
    (void) sodium_bin2base64(text_out, LK_BASE64URL_LEN(len) + 1, bytes, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* One more than the value of each character; 0: not in the alphabet. Ours rather than libsodium's, which takes its time
 * to be the same for all texts: what is decoded here came from outside, and links come by the thousand. */
/* clang-format off */
static const uint8_t LETTER[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 63, 0, 0,
    53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 0, 0, 0, 0, 0, 0,
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 0, 0, 0, 0, 64,
    0, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41,
    42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 0, 0, 0, 0, 0,
};

/* clang-format on */

/* All bits set where it is none: shifted to its place, it fills the top byte, where no letter of the alphabet reaches. */
static unsigned letter_value(char c)
{
    return LETTER[(unsigned char) c] - 1U;
}

/* What is behind the last three bytes: two letters for one byte, or three for two. No bit may be set that the bytes have no
 * place for. */
static bool decode_rest(const char *text, uint8_t *bytes_out, size_t len)
{
    const unsigned third = len == 2 ? letter_value(text[2]) : 0;
    const unsigned bits = letter_value(text[0]) << 18 | letter_value(text[1]) << 12 | third << 6;
    bytes_out[0] = (uint8_t) (bits >> 16);
    if (len == 2)
        bytes_out[1] = (uint8_t) (bits >> 8);
    return (bits & (len == 2 ? 0xFF0000FFU : 0xFF00FFFFU)) == 0;
}

enum lk_status lk_base64url_decode(const char *text, size_t text_len, uint8_t *bytes_out, size_t len)
{
    if (len > SIZE_MAX / 8 || text_len != LK_BASE64URL_LEN(len))
        return LK_MALFORMED;
    unsigned all = 0;
    size_t at = 0;
    for (; len - at >= 3; at += 3, text += 4) {
        const unsigned bits = letter_value(text[0]) << 18 | letter_value(text[1]) << 12 | letter_value(text[2]) << 6 |
                              letter_value(text[3]);
        bytes_out[at] = (uint8_t) (bits >> 16);
        bytes_out[at + 1] = (uint8_t) (bits >> 8);
        bytes_out[at + 2] = (uint8_t) bits;
        all |= bits;
    }
    const bool is_sound = at == len || decode_rest(text, bytes_out + at, len - at);
    return is_sound && all >> 24 == 0 ? LK_OK : LK_MALFORMED;
}

/* ---- UUID ---- */

static bool hyphen_stands_at(size_t at)
{
    return at == 8 || at == 13 || at == 18 || at == 23;
}

void lk_uuid_format(const uint8_t uuid[static LK_UUID_LEN], char *text_out)
{
    size_t at = 0;
    for (size_t i = 0; i < LK_UUID_LEN; i++) {
        if (hyphen_stands_at(at))
            text_out[at++] = '-';
        text_out[at++] = LOWER_DIGITS[uuid[i] >> 4];
        text_out[at++] = LOWER_DIGITS[uuid[i] & 0x0F];
    }
    text_out[at] = '\0';
}

enum lk_status lk_uuid_parse(const char *text, size_t text_len, uint8_t uuid_out[static LK_UUID_LEN])
{
    if (text_len != LK_UUID_TEXT_LEN)
        return LK_MALFORMED;
    uint8_t uuid[LK_UUID_LEN] = { 0 };
    size_t digits = 0;
    for (size_t at = 0; at < text_len; at++) {
        if (hyphen_stands_at(at)) {
            if (text[at] != '-')
                return LK_MALFORMED;
            continue;
        }
        const int value = digit_value(text[at]);
        if (value < 0)
            return LK_MALFORMED;
        uuid[digits / 2] = (uint8_t) (uuid[digits / 2] << 4 | value);
        digits++;
    }
    memcpy(uuid_out, uuid, sizeof uuid);
    return LK_OK;
}

/* ---- percent ---- */

static bool is_unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

static bool stands_in(const char *set, char c)
{
    return c != '\0' && strchr(set, c) != NULL;
}

void lk_percent_encode(struct lk_text *text, const void *bytes, size_t len, const char *also)
{
    const char *from = bytes;
    for (size_t i = 0; i < len; i++) {
        if (is_unreserved(from[i]) || stands_in(also, from[i])) {
            lk_text_char(text, from[i]);
            continue;
        }
        const unsigned char byte = (unsigned char) from[i];
        const char escape[] = { '%', UPPER_DIGITS[byte >> 4], UPPER_DIGITS[byte & 0x0F] };
        lk_text_add(text, escape, sizeof escape);
    }
}

/* The byte that the "%XX" at `at` stands for, or -1. */
static int escaped_byte(const char *text, size_t len, size_t at)
{
    if (len - at < 3)
        return -1;
    const int high = digit_value(text[at + 1]);
    const int low = digit_value(text[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

enum lk_status lk_percent_decode(struct lk_arena *arena, const char *text, size_t len, int plus_is_space,
                                 char **text_out, size_t *len_out)
{
    char *decoded = lk_arena_alloc(arena, len + 1);
    size_t count = 0;
    for (size_t at = 0; at < len; at++) {
        int byte = (unsigned char) text[at];
        if (text[at] == '%') {
            byte = escaped_byte(text, len, at);
            at += 2;
        } else if (text[at] == '+' && plus_is_space) {
            byte = ' ';
        }
        if (byte <= 0)
            return LK_MALFORMED;
        decoded[count++] = (char) byte;
    }
    decoded[count] = '\0';
    *text_out = decoded;
    *len_out = count;
    return LK_OK;
}
