/* SPDX-License-Identifier: Apache-2.0 */
/* credentials/password.h - checks of passwords and secret answers, and how many are worked out at once. What the directory
 * keeps of a password is made by credentials/verifiers.h.
 *
 * Owns:    the gate: a bounded number of slow hashes (and of binds, whose hash the directory works out on the same machine
 *          or another) run at once, a bounded number wait in order, server.request_timeout at most, the rest are told
 *          LK_BUSY.
 * Needs:   a constant struct config.
 * Threads: any; one struct credentials serves all. */
#ifndef LATCHKEY_CREDENTIALS_PASSWORD_H
#define LATCHKEY_CREDENTIALS_PASSWORD_H

#include "base/arena.h"
#include "base/secret.h"
#include "base/status.h"
#include "config/config.h"
#include "directory/directory.h"

#include <stdbool.h>

#define PASSWORD_MOST 1024 /* bytes; longer ones are refused before any hash */
#define ANSWER_MOST   256

struct credentials;

/* Never NULL. `config` must outlive it. */
struct credentials *credentials_new(const struct config *config);

/* Accepts NULL. */
void credentials_free(struct credentials *credentials);

/* Is it this account's password? Asks the directory by a bind, behind the gate: in the prepared form (credentials/prepare.h),
 * and if that is refused and is not what was typed, by a second bind as it was typed. `account_dn` NULL: the account does not
 * exist; the decoy is asked instead, at the same cost, and the answer is LK_REFUSED whatever it says.
 *   LK_OK / LK_REFUSED / LK_MALFORMED (empty, too long) / LK_BUSY / LK_BROKEN */
LK_MUST_CHECK enum lk_status credentials_check_password(struct credentials *credentials, struct directory *directory,
                                                        const char *account_dn, const struct lk_secret *password,
                                                        enum directory_password_state *state_out,
                                                        struct lk_trouble *trouble);

/* Gives the decoy a fresh random password, made as those of real accounts are, so that it costs what they cost.
 * At each start of a daemon. LK_ABSENT: there is no decoy. */
LK_MUST_CHECK enum lk_status credentials_renew_decoy(struct credentials *credentials, struct directory *directory,
                                                     struct lk_arena *arena, struct lk_trouble *trouble);

/* "$argon2id$…" of the answer in its folded form (base/unicode.h), for lkAnswer; and the check against one (NULL: works as
 * long and refuses).
 *   LK_OK / LK_REFUSED / LK_MALFORMED (empty or only blanks, longer than ANSWER_MOST, not UTF-8) / LK_BUSY */
LK_MUST_CHECK enum lk_status credentials_hash_answer(struct credentials *credentials, struct lk_arena *arena,
                                                     const struct lk_secret *answer, const char **verifier_out);
LK_MUST_CHECK enum lk_status credentials_check_answer(struct credentials *credentials, const char *verifier,
                                                      const struct lk_secret *answer);

#endif
