/* SPDX-License-Identifier: Apache-2.0 */
/* credentials/quality.h - is a new password good enough? Length, and strength as zxcvbn counts it.
 *
 * Threads: any (zxcvbn's dictionary is compiled in). Wipes what it copies. */
#ifndef LATCHKEY_CREDENTIALS_QUALITY_H
#define LATCHKEY_CREDENTIALS_QUALITY_H

#include "base/arena.h"
#include "base/secret.h"
#include "config/config.h"

#include <stddef.h>

enum quality_verdict {
    QUALITY_REFUSED = 0,
    QUALITY_TOO_SHORT,
    QUALITY_TOO_LONG,
    QUALITY_NOT_TEXT, /* not UTF-8, or control characters */
    QUALITY_IS_YOURS, /* is, or mostly is, the account's name, address or another word of the person's */
    QUALITY_BREACHED, /* known from a data breach (credentials/judge.h) */
    QUALITY_UNKNOWN,  /* the service that knows does not answer, and without it none is taken */
    QUALITY_TOO_WEAK, /* zxcvbn's score is below accounts.password_strength; `reasons` says why */
    QUALITY_GOOD
};

/* Why a password is easily guessed: what zxcvbn found in it. Each becomes one sentence on the page. */
enum quality_reason {
    QUALITY_REASON_NONE = 0,
    QUALITY_REASON_DICTIONARY, /* a common word, name or password */
    QUALITY_REASON_LEET,       /* the same with obvious substitutions */
    QUALITY_REASON_REPEAT,     /* aaaa, abcabc */
    QUALITY_REASON_SEQUENCE,   /* abcd, 4321 */
    QUALITY_REASON_KEYBOARD,   /* qwertz */
    QUALITY_REASON_DATE,       /* a date or a year */
    QUALITY_REASON_OWN_WORD,   /* the person's own name, address, ... */
    QUALITY_REASON_SHORT       /* nothing of the above: just too short */
};

#define QUALITY_REASONS 4

struct quality {
    enum quality_verdict verdict;
    int score; /* 0 to 4 */
    size_t reason_count;
    enum quality_reason reasons[QUALITY_REASONS];
};

/* `own_words` (may be NULL) ends with NULL; of each, 256 bytes count, and the parts between its separators count too. Costs
 * 60 ms at the very most, usually a tenth of one. */
struct quality quality_of(const struct config *config, const struct lk_secret *password, const char *const *own_words);

/* "dictionary", "leet", ...: the name of the message in the catalogue. Never NULL. */
const char *quality_reason_name(enum quality_reason reason);

/* "too_short", "breached", ... : the message is password_NAME. Never NULL. */
const char *quality_verdict_name(enum quality_verdict verdict);

#endif
