/* SPDX-License-Identifier: Apache-2.0 */
/* credentials/totp.h - codes that follow from a shared secret and the time (RFC 6238: SHA-1, six digits, steps of 30 seconds,
 * which is what every app for it understands), and codes that stand in for them once.
 *
 * Pure but for the random bytes of what is new. Threads: any. */
#ifndef LATCHKEY_CREDENTIALS_TOTP_H
#define LATCHKEY_CREDENTIALS_TOTP_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOTP_SECRET_LEN      20 /* RFC 4226 section 4, R6 */
#define TOTP_SECRET_TEXT_LEN 32
#define TOTP_DIGITS          6
#define TOTP_STEP            30
#define TOTP_TYPED_MOST      64 /* bytes of what is typed into the field for a code of either kind */

void totp_secret_new(uint8_t secret_out[static TOTP_SECRET_LEN]);

/* In base32, as people type it into an app: TOTP_SECRET_TEXT_LEN characters, in the arena. */
const char *totp_secret_text(struct lk_arena *arena, const uint8_t secret[static TOTP_SECRET_LEN]);

/* What the QR code says: otpauth://totp/SERVICE:ACCOUNT?secret=… */
const char *totp_address(struct lk_arena *arena, const char *service, const char *account,
                         const uint8_t secret[static TOTP_SECRET_LEN]);

/* The step that `now` lies in. */
int64_t totp_step(int64_t now);

/* Six digits, with blanks anywhere. False: it is none. */
bool totp_code_read(const char *typed, size_t len, char code_out[static TOTP_DIGITS + 1]);

/* Is it the code of a step later than `used`, of the present one, or of one before or after it, for clocks differ?
 * LK_OK: *step_out is the latest such step. LK_REFUSED: no. */
LK_MUST_CHECK enum lk_status totp_check(const uint8_t secret[static TOTP_SECRET_LEN], int64_t now, int64_t used,
                                        const char code[static TOTP_DIGITS + 1], int64_t *step_out);

/* ---- codes for the day when the app is out of reach ----
 *
 * Sixteen characters of base32, 80 random bits: too many to be tried, so that their digests need not be slow. */
#define RECOVERY_CODE_LEN      16
#define RECOVERY_CODE_TEXT_LEN 19

struct recovery_code {
    char letters[RECOVERY_CODE_LEN + 1];
};

struct recovery_code recovery_code_new(void);

/* ABCD-EFGH-IJKL-MNOP, in the arena. */
const char *recovery_code_text(struct lk_arena *arena, const struct recovery_code *code);

/* Either case, blanks and hyphens anywhere; 0, 1 and 8, which no code has, stand for O, I and B. False: it is none. */
bool recovery_code_read(const char *typed, size_t len, struct recovery_code *code_out);

#endif
