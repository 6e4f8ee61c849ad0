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

/* libsodium 1.0.18 takes some bytes above 0x7F for letters of the alphabet. */
static bool is_ascii(const char *text, size_t len)
{
    unsigned char all = 0;
    for (size_t i = 0; i < len; i++)
        all = (unsigned char) (all | (unsigned char) text[i]);
    return all < 0x80;
}

/* One piece at a time through a small buffer, so that nothing is written before all of it is known to be sound. */
/* Links, cookies and form tokens fit one piece, and are decoded once. */
#define PIECE_BYTES ((size_t) 96)
#define PIECE_TEXT  LK_BASE64URL_LEN(PIECE_BYTES)

/* Decodes into bytes_out, or only checks where that is NULL. */
static bool decode_pieces(const char *text, uint8_t *bytes_out, size_t len)
{
    uint8_t piece[PIECE_BYTES];
    bool sound = true;
    for (size_t at = 0; sound && at < len; at += PIECE_BYTES) {
        const size_t piece_len = len - at < PIECE_BYTES ? len - at : PIECE_BYTES;
        size_t decoded = 0;
        sound =
            sodium_base642bin(piece, sizeof piece, text + at / PIECE_BYTES * PIECE_TEXT, LK_BASE64URL_LEN(piece_len),
                              NULL, &decoded, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
            decoded == piece_len;
        if (sound && bytes_out != NULL)
            memcpy(bytes_out + at, piece, piece_len);
    }
    sodium_memzero(piece, sizeof piece);
    return sound;
}

enum lk_status lk_base64url_decode(const char *text, size_t text_len, uint8_t *bytes_out, size_t len)
{
    if (len > SIZE_MAX / 8 || text_len != LK_BASE64URL_LEN(len) || !is_ascii(text, text_len))
        return LK_MALFORMED;
    /* A piece is written only when it is sound; of several, none before all are. */
    if (len > PIECE_BYTES && !decode_pieces(text, NULL, len))
        return LK_MALFORMED;
    return decode_pieces(text, bytes_out, len) ? LK_OK : LK_MALFORMED;
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
