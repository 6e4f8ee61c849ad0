/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials/totp.h"

#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/fatal.h"
#include "base/text.h"

#include <liboath/oath.h>
#include <sodium.h>
#include <string.h>

#define ADDRESS_MOST 4096

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; /* RFC 4648 section 6 */

/* ---- the secret ---- */

void totp_secret_new(uint8_t secret_out[static TOTP_SECRET_LEN])
{
    randombytes_buf(secret_out, TOTP_SECRET_LEN);
}

/* Base32 of whole groups of five bytes, so without padding. The text is wiped with the arena, which liboath's would not be. */
static void write_base32(const uint8_t *bytes, size_t len, char *text_out)
{
    for (size_t at = 0; at < len; at += 5) {
        uint64_t group = 0;
        for (size_t i = 0; i < 5; i++)
            group = group << 8 | bytes[at + i];
        for (size_t i = 0; i < 8; i++)
            *text_out++ = ALPHABET[group >> (35 - 5 * i) & 31];
    }
    *text_out = '\0';
}

_Static_assert(TOTP_SECRET_LEN % 5 == 0 && TOTP_SECRET_TEXT_LEN == TOTP_SECRET_LEN / 5 * 8, "whole groups");

const char *totp_secret_text(struct lk_arena *arena, const uint8_t secret[static TOTP_SECRET_LEN])
{
    char *text = lk_arena_alloc(arena, TOTP_SECRET_TEXT_LEN + 1);
    write_base32(secret, TOTP_SECRET_LEN, text);
    return text;
}

const char *totp_address(struct lk_arena *arena, const char *service, const char *account,
                         const uint8_t secret[static TOTP_SECRET_LEN])
{
    struct lk_text text LK_CLEANUP(lk_text_done) = LK_TEXT(ADDRESS_MOST);
    lk_text_literal(&text, "otpauth://totp/");
    lk_percent_encode(&text, service, strlen(service), "");
    lk_text_literal(&text, ":");
    lk_percent_encode(&text, account, strlen(account), "@");
    lk_text_literal(&text, "?secret=");
    lk_text_words(&text, totp_secret_text(arena, secret));
    lk_text_literal(&text, "&issuer=");
    lk_percent_encode(&text, service, strlen(service), "");
    return lk_arena_words(arena, lk_text_string(&text));
}

/* ---- codes ---- */

int64_t totp_step(int64_t now)
{
    return now < 0 ? 0 : now / TOTP_STEP;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '-';
}

bool totp_code_read(const char *typed, size_t len, char code_out[static TOTP_DIGITS + 1])
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        if (is_blank(typed[i]))
            continue;
        if (typed[i] < '0' || typed[i] > '9' || count == TOTP_DIGITS)
            return false;
        code_out[count++] = typed[i];
    }
    code_out[count] = '\0';
    return count == TOTP_DIGITS;
}

enum lk_status totp_check(const uint8_t secret[static TOTP_SECRET_LEN], int64_t now, int64_t used,
                          const char code[static TOTP_DIGITS + 1], int64_t *step_out)
{
    enum lk_status status = LK_REFUSED;
    const int64_t present = totp_step(now);
    for (int64_t step = present > 0 ? present - 1 : 0; step <= present + 1; step++) {
        char right[TOTP_DIGITS + 1] = "";
        if (oath_hotp_generate((const char *) secret, TOTP_SECRET_LEN, (uint64_t) step, TOTP_DIGITS, false,
                               OATH_HOTP_DYNAMIC_TRUNCATION, right) != OATH_OK)
            lk_fatal("liboath makes no code");
        if (sodium_memcmp(right, code, TOTP_DIGITS) == 0 && step > used) {
            *step_out = step;
            status = LK_OK;
        }
        sodium_memzero(right, sizeof right);
    }
    return status;
}

/* ---- codes for the day when the app is out of reach ---- */

struct recovery_code recovery_code_new(void)
{
    struct recovery_code code = { "" };
    uint8_t bytes[RECOVERY_CODE_LEN / 8 * 5];
    randombytes_buf(bytes, sizeof bytes);
    write_base32(bytes, sizeof bytes, code.letters);
    sodium_memzero(bytes, sizeof bytes);
    return code;
}

const char *recovery_code_text(struct lk_arena *arena, const struct recovery_code *code)
{
    const char *c = code->letters;
    return lk_arena_format(arena, "%.4s-%.4s-%.4s-%.4s", c, c + 4, c + 8, c + 12);
}

/* '\0': no letter of a code. */
static char letter_of(char c)
{
    static const char *const stand_ins = "0O1I8B";
    if (c >= 'a' && c <= 'z')
        c = (char) (c - 'a' + 'A');
    for (const char *pair = stand_ins; *pair != '\0'; pair += 2)
        if (c == pair[0])
            return pair[1];
    if (c != '\0' && strchr(ALPHABET, c) != NULL)
        return c;
    return '\0';
}

bool recovery_code_read(const char *typed, size_t len, struct recovery_code *code_out)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        if (is_blank(typed[i]))
            continue;
        const char letter = letter_of(typed[i]);
        if (letter == '\0' || count == RECOVERY_CODE_LEN)
            return false;
        code_out->letters[count++] = letter;
    }
    code_out->letters[count] = '\0';
    return count == RECOVERY_CODE_LEN;
}
