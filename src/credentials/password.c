/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials/password.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fatal.h"
#include "base/unicode.h"
#include "credentials/password_internal.h"
#include "credentials/prepare.h"

#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>

struct credentials *credentials_new(const struct config *config)
{
    struct credentials *credentials = calloc(1, sizeof *credentials);
    if (credentials == NULL)
        lk_fatal("out of memory");
    credentials->config = config;
    credentials->gate = gate_new((size_t) config->accounts_hashes_at_once, (size_t) config->accounts_hashes_waiting,
                                 config->server_request_timeout * LK_CLOCK_SECOND);
    return credentials;
}

void credentials_free(struct credentials *credentials)
{
    if (credentials == NULL)
        return;
    gate_free(credentials->gate);
    free(credentials);
}

/* ---- hashes ---- */

enum lk_status credentials_argon2(const struct credentials *credentials, const char *bytes, size_t len,
                                  char text[static crypto_pwhash_STRBYTES])
{
    const int result =
        crypto_pwhash_str_alg(text, bytes, len, (unsigned long long) credentials->config->accounts_argon2_passes,
                              (size_t) credentials->config->accounts_argon2_memory, crypto_pwhash_ALG_ARGON2ID13);
    return result == 0 ? LK_OK : LK_BUSY;
}

/* The same behind the gate. LK_BUSY: no place there, too. */
static enum lk_status hash(struct credentials *credentials, const char *bytes, size_t len,
                           char text[static crypto_pwhash_STRBYTES])
{
    if (gate_enter(credentials->gate) != LK_OK)
        return LK_BUSY;
    const enum lk_status status = credentials_argon2(credentials, bytes, len, text);
    gate_leave(credentials->gate);
    return status;
}

bool password_fits(const struct lk_secret *password)
{
    return lk_secret_len(password) > 0 && lk_secret_len(password) <= PASSWORD_MOST;
}

/* ---- passwords that the directory checks ---- */

/* In its prepared form, which is what our verifiers are of, and if that is not what was typed, as it was typed: another program
 * may have set it. Which of the two ways is taken depends on what was typed alone, not on the account. */
static enum lk_status ask_directory(struct directory *directory, const char *dn, const struct lk_secret *password,
                                    enum directory_password_state *state, struct lk_trouble *trouble)
{
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *prepared = password_prepared(password);
    const enum lk_status status = directory_check_password(directory, dn, prepared, state, trouble);
    if (status != LK_REFUSED || *state == DIRECTORY_PASSWORD_EXPIRED || lk_secret_equals(prepared, password))
        return status;
    return directory_check_password(directory, dn, password, state, trouble);
}

enum lk_status credentials_check_password(struct credentials *credentials, struct directory *directory,
                                          const char *account_dn, const struct lk_secret *password,
                                          enum directory_password_state *state_out, struct lk_trouble *trouble)
{
    enum directory_password_state state = DIRECTORY_PASSWORD_PLAIN;
    if (!password_fits(password))
        return lk_fail(trouble, LK_MALFORMED, "the password is empty or too long");
    if (gate_enter(credentials->gate) != LK_OK)
        return lk_fail(trouble, LK_BUSY, "too many passwords are being checked");
    const char *dn = account_dn != NULL ? account_dn : credentials->config->directory_decoy;
    enum lk_status status = ask_directory(directory, dn, password, &state, trouble);
    gate_leave(credentials->gate);
    /* Joined last: until here an account that is not there took the same way. A decoy that is gone refuses too. */
    if (account_dn == NULL && status != LK_BROKEN) {
        status = LK_REFUSED;
        state = DIRECTORY_PASSWORD_PLAIN;
    }
    if (state_out != NULL && (status == LK_OK || status == LK_REFUSED))
        *state_out = state;
    return status;
}

/* ---- secret answers ---- */

/* In the arena. LK_MALFORMED: empty, too long, not UTF-8, or nothing but blanks. */
static enum lk_status fold(struct lk_arena *arena, const struct lk_secret *answer, char **folded_out)
{
    if (lk_secret_len(answer) > ANSWER_MOST)
        return LK_MALFORMED;
    if (lk_unicode_fold(arena, lk_secret_bytes(answer), lk_secret_len(answer), folded_out) != LK_OK)
        return LK_MALFORMED;
    return **folded_out != '\0' ? LK_OK : LK_MALFORMED;
}

enum lk_status credentials_hash_answer(struct credentials *credentials, struct lk_arena *arena,
                                       const struct lk_secret *answer, const char **verifier_out)
{
    char text[crypto_pwhash_STRBYTES];
    char *folded = NULL;
    if (fold(arena, answer, &folded) != LK_OK)
        return LK_MALFORMED;
    const enum lk_status status = hash(credentials, folded, strlen(folded), text);
    if (status == LK_OK)
        *verifier_out = lk_arena_words(arena, text);
    sodium_memzero(text, sizeof text);
    return status;
}

enum lk_status credentials_check_answer(struct credentials *credentials, const char *verifier,
                                        const struct lk_secret *answer)
{
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    char *folded = NULL;
    if (fold(arena, answer, &folded) != LK_OK)
        return LK_MALFORMED;
    if (verifier == NULL) {
        /* An answer that nobody set costs what a wrong one costs. */
        char text[crypto_pwhash_STRBYTES];
        const enum lk_status status = hash(credentials, folded, strlen(folded), text);
        sodium_memzero(text, sizeof text);
        return status == LK_OK ? LK_REFUSED : status;
    }
    if (gate_enter(credentials->gate) != LK_OK)
        return LK_BUSY;
    const int result = crypto_pwhash_str_verify(verifier, folded, strlen(folded));
    gate_leave(credentials->gate);
    return result == 0 ? LK_OK : LK_REFUSED;
}
