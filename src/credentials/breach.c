/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials/breach.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "logging/metrics.h"
#include "remote/get.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <sodium/utils.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#define HASH_LEN    ((size_t) 20)
#define PREFIX_LEN  5
#define ANSWER_MOST ((size_t) 256 * 1024) /* a padded one has some 50 KiB */
#define URL_MOST    1024
#define REST        (30 * LK_CLOCK_SECOND)

/* ---- the answer ---- */

/* One line without its end: 35 hexadecimal digits, a colon, decimal digits. */
static bool is_line(const char *line, size_t len)
{
    return len > BREACH_SUFFIX_LEN + 1 && len < BREACH_SUFFIX_LEN + 20 &&
           strspn(line, "0123456789ABCDEFabcdef") == BREACH_SUFFIX_LEN && line[BREACH_SUFFIX_LEN] == ':' &&
           strspn(line + BREACH_SUFFIX_LEN + 1, "0123456789") == len - BREACH_SUFFIX_LEN - 1;
}

static bool is_padding(const char *line, size_t len)
{
    const char *count = line + BREACH_SUFFIX_LEN + 1;
    return strspn(count, "0") == len - BREACH_SUFFIX_LEN - 1;
}

/* `body` ends with a NUL behind `len`. What matches counts, whatever else there is; but that nothing matches is believed only
 * of an answer that makes sense to the end. */
enum breach_finding breach_read(const char *body, size_t len, const char suffix[static BREACH_SUFFIX_LEN])
{
    enum breach_finding finding = BREACH_NOT_FOUND;
    for (size_t at = 0; at < len;) {
        const size_t line_len = strcspn(body + at, "\r\n");
        if (line_len > 0 && !is_line(body + at, line_len))
            finding = BREACH_UNKNOWN;
        else if (line_len > 0 && !is_padding(body + at, line_len) &&
                 strncasecmp(body + at, suffix, BREACH_SUFFIX_LEN) == 0)
            return BREACH_FOUND;
        at += line_len;
        if (at < len && body[at] == '\0')
            return BREACH_UNKNOWN;
        at += 1;
    }
    return finding;
}

/* ---- the question ---- */

/* In capitals: a mirror may be a folder of files that are named so. */
static void write_digits(const uint8_t *bytes, char text[static 2 * HASH_LEN + 1])
{
    (void) sodium_bin2hex(text, 2 * HASH_LEN + 1, bytes, HASH_LEN);
    for (size_t i = 0; i < 2 * HASH_LEN; i++)
        if (text[i] >= 'a')
            text[i] = (char) (text[i] - 'a' + 'A');
}

static enum lk_status ask(const struct config *config, const char *hash, struct lk_text *answer,
                          struct lk_trouble *trouble)
{
    LK_CLEANUP(lk_text_done) struct lk_text url = LK_TEXT(URL_MOST);
    lk_text_words(&url, config->accounts_breach_url);
    lk_text_add(&url, hash, PREFIX_LEN);
    return remote_get(lk_text_string(&url), "Add-Padding: true", config->accounts_breach_timeout, answer, trouble);
}

static enum breach_finding ask_about(const struct config *config, const char *hash)
{
    struct lk_trouble trouble;
    LK_CLEANUP(lk_text_done) struct lk_text answer = LK_TEXT(ANSWER_MOST);
    if (ask(config, hash, &answer, &trouble) != LK_OK)
        return BREACH_UNKNOWN;
    return breach_read(lk_text_string(&answer), answer.len, hash + PREFIX_LEN);
}

enum breach_finding breach_look_up(const struct config *config, const struct lk_secret *password,
                                   _Atomic int64_t *rest_until)
{
    static const char *const names[] = { "unknown", "not_found", "found" };
    uint8_t bytes[HASH_LEN];
    char hash[2 * HASH_LEN + 1];
    enum breach_finding finding = BREACH_UNKNOWN;
    if (lk_clock_monotonic() >= atomic_load(rest_until) &&
        gnutls_hash_fast(GNUTLS_DIG_SHA1, lk_secret_bytes(password), lk_secret_len(password), bytes) == 0) {
        write_digits(bytes, hash);
        finding = ask_about(config, hash);
        if (finding == BREACH_UNKNOWN)
            atomic_store(rest_until, lk_clock_monotonic() + REST);
    }
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(hash, sizeof hash);
    metrics_count(METRIC_ACTIONS, "breach_check", names[finding]);
    return finding;
}
