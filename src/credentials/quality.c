/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials/quality.h"

#include "base/unicode.h"
#include "credentials/password.h"

#include <sodium/utils.h>
#include <stdbool.h>
#include <string.h>
#include <zxcvbn.h>

/* zxcvbn's time grows faster than its input: 100 characters of "6565..." keep it busy for seconds, 40 for 20 ms. So it is
 * shown a long password in windows, and the strongest window counts: who guesses the whole must guess each of them. */
#define WINDOW  ((size_t) 40)
#define WINDOWS 3

#define WORDS_MOST      32  /* given to zxcvbn, parts of words included */
#define WORD_MOST       256 /* bytes of one */
#define WORD_LEAST      3   /* a shorter part says nothing */
#define CHARACTERS_MOST 96  /* different ones outside ASCII that are told apart */

/* zxcvbn counts bytes. Each character outside ASCII becomes one byte from 0x80 on, the same for the same character, so that
 * a repeated one is seen as such. */
struct alphabet {
    size_t count;
    char characters[CHARACTERS_MOST][4];
};

/* What zxcvbn is given; wiped when done. */
struct sample {
    struct alphabet alphabet;
    char password[PASSWORD_MOST + 1];
    size_t len;
    char words[WORDS_MOST][WORD_MOST + 1];
    const char *dictionary[WORDS_MOST + 1];
    size_t word_count;
};

struct findings {
    double bits;    /* of the strongest window */
    size_t own_len; /* bytes of the password that the person's own words cover */
    struct quality *quality;
};

/* ---- the sample ---- */

static size_t character_len(const char *text)
{
    const unsigned char lead = (unsigned char) *text;
    size_t len = 1;
    if (lead >= 0xc0)
        len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    return strnlen(text, len);
}

static char stand_in(struct alphabet *alphabet, const char *character, size_t len)
{
    char padded[4] = { 0 };
    memcpy(padded, character, len);
    size_t at = 0;
    while (at < alphabet->count && memcmp(alphabet->characters[at], padded, sizeof padded) != 0)
        at++;
    if (at == alphabet->count && at < CHARACTERS_MOST)
        memcpy(alphabet->characters[alphabet->count++], padded, sizeof padded);
    return (char) (unsigned char) (0x80 + at);
}

/* Writes at most `most` bytes and a NUL; gives their number. `text` ends with a NUL at `len` or later. */
static size_t encode(struct alphabet *alphabet, const char *text, size_t len, char *bytes_out, size_t most)
{
    size_t count = 0;
    for (size_t at = 0; at < len && count < most;) {
        const size_t step = character_len(text + at);
        if (step == 1)
            bytes_out[count++] = text[at];
        else
            bytes_out[count++] = stand_in(alphabet, text + at, step);
        at += step;
    }
    bytes_out[count] = '\0';
    return count;
}

static void add_word(struct sample *sample, const char *text, size_t len)
{
    if (sample->word_count == WORDS_MOST || len < WORD_LEAST)
        return;
    (void) encode(&sample->alphabet, text, len, sample->words[sample->word_count], WORD_MOST);
    sample->dictionary[sample->word_count] = sample->words[sample->word_count];
    sample->word_count++;
}

/* The word, and what its separators part: of ada.lovelace@example.org also ada, lovelace, example, org. */
static void add_own_word(struct sample *sample, const char *word)
{
    static const char separators[] = "@._-+ ";
    const size_t len = strnlen(word, WORD_MOST);
    add_word(sample, word, len);
    for (size_t at = 0; at < len;) {
        const size_t part = strcspn(word + at, separators);
        if (part < len)
            add_word(sample, word + at, part < len - at ? part : len - at);
        at += part + 1;
    }
}

/* ---- what zxcvbn finds ---- */

static enum quality_reason reason_of(int type)
{
    static const enum quality_reason reasons[] = {
        [DICTIONARY_MATCH] = QUALITY_REASON_DICTIONARY,
        [DICT_LEET_MATCH] = QUALITY_REASON_LEET,
        [USER_MATCH] = QUALITY_REASON_OWN_WORD,
        [USER_LEET_MATCH] = QUALITY_REASON_OWN_WORD,
        [REPEATS_MATCH] = QUALITY_REASON_REPEAT,
        [SEQUENCE_MATCH] = QUALITY_REASON_SEQUENCE,
        [SPATIAL_MATCH] = QUALITY_REASON_KEYBOARD,
        [DATE_MATCH] = QUALITY_REASON_DATE,
        [YEAR_MATCH] = QUALITY_REASON_DATE,
    };

    return type >= 0 && (size_t) type < sizeof reasons / sizeof reasons[0] ? reasons[type] : QUALITY_REASON_NONE;
}

static void add_reason(struct quality *quality, enum quality_reason reason)
{
    for (size_t i = 0; i < quality->reason_count; i++)
        if (quality->reasons[i] == reason)
            return;
    if (reason != QUALITY_REASON_NONE && quality->reason_count < QUALITY_REASONS)
        quality->reasons[quality->reason_count++] = reason;
}

static void take_match(struct findings *findings, const ZxcMatch_t *match)
{
    const int type = (int) match->Type & ~MULTIPLE_MATCH;
    if (match->Length < WORD_LEAST)
        return; /* single letters match words too: noise */
    if (reason_of(type) == QUALITY_REASON_OWN_WORD)
        findings->own_len += (size_t) match->Length;
    if (((int) match->Type & MULTIPLE_MATCH) != 0)
        add_reason(findings->quality, QUALITY_REASON_REPEAT);
    add_reason(findings->quality, reason_of(type));
}

static void look_at(struct sample *sample, size_t begin, struct findings *findings)
{
    char window[WINDOW + 1];
    ZxcMatch_t *matches = NULL;
    const size_t len = sample->len - begin < WINDOW ? sample->len - begin : WINDOW;
    memcpy(window, sample->password + begin, len);
    window[len] = '\0';
    const double bits = ZxcvbnMatch(window, sample->dictionary, &matches);
    for (const ZxcMatch_t *match = matches; match != NULL; match = match->Next)
        take_match(findings, match);
    ZxcvbnFreeInfo(matches);
    sodium_memzero(window, sizeof window);
    if (bits > findings->bits)
        findings->bits = bits;
}

/* zxcvbn's own steps: 10^3, 10^6, 10^8, 10^10 guesses. */
static int score_of(double bits)
{
    static const double steps[] = { 9.966, 19.932, 26.576, 33.219 };
    int score = 0;
    while (score < 4 && bits >= steps[score])
        score++;
    return score;
}

static enum quality_verdict judge(const struct config *config, const struct sample *sample,
                                  const struct findings *findings)
{
    const int score = findings->quality->score;
    /* A person's own name is no password even where any strength will do. */
    if (findings->own_len * 2 >= sample->len && (score < 1 || score < config->accounts_password_strength))
        return QUALITY_IS_YOURS;
    return score < config->accounts_password_strength ? QUALITY_TOO_WEAK : QUALITY_GOOD;
}

static void measure(const struct config *config, struct sample *sample, struct quality *quality)
{
    struct findings findings = { .quality = quality };
    for (size_t i = 0; i < WINDOWS && i * WINDOW < sample->len && score_of(findings.bits) < 4; i++)
        look_at(sample, i * WINDOW, &findings);
    quality->score = score_of(findings.bits);
    quality->verdict = judge(config, sample, &findings);
    if (quality->verdict == QUALITY_GOOD)
        quality->reason_count = 0;
    else if (quality->reason_count == 0)
        add_reason(quality, QUALITY_REASON_SHORT);
}

/* ---- the doors ---- */

struct quality quality_of(const struct config *config, const struct lk_secret *password, const char *const *own_words)
{
    struct quality quality = { .verdict = QUALITY_REFUSED };
    const char *bytes = lk_secret_bytes(password);
    const size_t len = lk_secret_len(password);
    if (len > PASSWORD_MOST)
        quality.verdict = QUALITY_TOO_LONG;
    else if (!lk_unicode_is_line(bytes, len))
        quality.verdict = QUALITY_NOT_TEXT;
    else if (lk_unicode_length(bytes, len) < (size_t) config->accounts_password_least)
        quality.verdict = QUALITY_TOO_SHORT;
    if (quality.verdict != QUALITY_REFUSED)
        return quality;
    struct sample sample = { .len = 0 };
    sample.len = encode(&sample.alphabet, bytes, len, sample.password, PASSWORD_MOST);
    for (; own_words != NULL && *own_words != NULL; own_words++)
        add_own_word(&sample, *own_words);
    measure(config, &sample, &quality);
    sodium_memzero(&sample, sizeof sample);
    return quality;
}

const char *quality_reason_name(enum quality_reason reason)
{
    static const char *const names[] = { "none",     "dictionary", "leet",     "repeat", "sequence",
                                         "keyboard", "date",       "own_word", "short" };
    return (unsigned) reason < sizeof names / sizeof names[0] ? names[reason] : names[0];
}

const char *quality_verdict_name(enum quality_verdict verdict)
{
    static const char *const names[] = {
        [QUALITY_REFUSED] = "too_weak",  [QUALITY_TOO_SHORT] = "too_short", [QUALITY_TOO_LONG] = "too_long",
        [QUALITY_NOT_TEXT] = "not_text", [QUALITY_IS_YOURS] = "is_yours",   [QUALITY_BREACHED] = "breached",
        [QUALITY_UNKNOWN] = "unchecked", [QUALITY_TOO_WEAK] = "too_weak",   [QUALITY_GOOD] = "too_weak",
    };
    return (unsigned) verdict < sizeof names / sizeof *names ? names[verdict] : names[0];
}
