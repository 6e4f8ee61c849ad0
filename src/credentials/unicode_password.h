/* SPDX-License-Identifier: Apache-2.0 */
/* credentials/unicode_password.h - a password as Active Directory's unicodePwd wants it: in quotation marks, as UTF-16LE. It is
 * taken only over a connection that is encrypted.
 *
 * As it was typed: Windows, where the same people type it, does not prepare it. Threads: any. */
#ifndef LATCHKEY_CREDENTIALS_UNICODE_PASSWORD_H
#define LATCHKEY_CREDENTIALS_UNICODE_PASSWORD_H

#include "base/arena.h"
#include "base/secret.h"
#include "base/status.h"
#include "directory/directory.h"

/* Into a Modify by somebody with the right to reset passwords. The bytes live in the change's arena, which wipes them.
 * LK_MALFORMED: not UTF-8. */
LK_MUST_CHECK enum lk_status unicode_password_replace(struct lk_arena *arena, const struct lk_secret *password,
                                                      struct directory_change *change);

/* Into an Add, by somebody with the right to create accounts: with the password, and switched on. Otherwise as above. */
LK_MUST_CHECK enum lk_status unicode_password_add(struct lk_arena *arena, const struct lk_secret *password,
                                                  struct directory_change *entry);

#endif
