/* SPDX-License-Identifier: Apache-2.0 */
/* credentials/verifiers.h - everything that a directory keeps of a password, made together and written together, so that no way
 * of signing in goes by an old one.
 *
 *   userPassword  {ARGON2}, for simple binds
 *   authPassword  RFC 5803, for SASL SCRAM; as many as accounts.scram names
 *   lkVerifier    argon2id memory=19922944 passes=2 scram=sha-256 iterations=15000 id=...
 *                 how they were made, so that it can be seen when they are outdated: the daemon may not read the others.
 *                 `id` is random: the same value twice is the same password, set at the same time.
 *
 * Threads: any. Structs and strings live in the arena. */
#ifndef LATCHKEY_CREDENTIALS_VERIFIERS_H
#define LATCHKEY_CREDENTIALS_VERIFIERS_H

#include "base/arena.h"
#include "base/secret.h"
#include "base/status.h"
#include "credentials/password.h"
#include "directory/directory.h"

#include <stdbool.h>

struct verifiers {
    const char *user_password;
    const char *auth_passwords[3]; /* ends with NULL */
    const char *note;
};

/* Of the password's prepared form (credentials/prepare.h). LK_BUSY: too many wait, or there is no memory for a hash now.
 * LK_MALFORMED: empty or longer than PASSWORD_MOST. */
LK_MUST_CHECK enum lk_status credentials_make_verifiers(struct credentials *credentials, struct lk_arena *arena,
                                                        const struct lk_secret *password,
                                                        struct verifiers *verifiers_out);

/* lkVerifier where the directory makes the verifier: "server id=...". Here too the same value twice is the same password. */
const char *verifiers_server_note(struct lk_arena *arena);

/* The note (NULL: none) with another id, as if the password had been set anew: whatever counts on the former one fails. */
const char *verifiers_note_again(struct lk_arena *arena, const char *note);

/* Into the attributes of an Add. */
void verifiers_add(const struct verifiers *verifiers, struct directory_change *entry);

/* Into a Modify: whatever stood there before goes. */
void verifiers_replace(const struct verifiers *verifiers, struct directory_change *change);

/* Were they made in another way than today's configuration wants? `note` is lkVerifier's value; NULL: there is none, so
 * nobody knows. Always false where the directory makes the verifiers (directory.password_method). */
bool credentials_are_outdated(const struct credentials *credentials, const char *note);

/* For somebody who has just signed in with `password`: makes the verifiers anew, but only if `note` is still what stands on
 * the entry. One Modify.
 *   LK_OK     done     LK_ABSENT, LK_CONFLICT, LK_REFUSED  the password was changed meanwhile, or may not be written
 *   others as for credentials_make_verifiers and directory_modify */
LK_MUST_CHECK enum lk_status credentials_renew_verifiers(struct credentials *credentials, struct directory *directory,
                                                         struct lk_arena *arena, const char *account_dn,
                                                         const char *note, const struct lk_secret *password,
                                                         struct lk_trouble *trouble);

#endif
