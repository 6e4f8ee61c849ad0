/* SPDX-License-Identifier: Apache-2.0 */
/* credentials/change_password.h - a new password, written as directory.password_method says: for an account that exists, or with
 * a new one.
 *
 *   verifiers, unicodePwd, userPassword
 *                           one Modify: the link out, the password in, and everything else of the change.
 *   exop                    three operations, since RFC 3062 writes the password and nothing else:
 *                           1. the link out: of two who redeem at once the second fails here, and nothing has happened
 *                           2. the password (if the directory refuses it, the link is put back)
 *                           3. the rest of the change: the end of sessions and of other links
 *     Where 3 fails because somebody has changed the same meanwhile, the caller makes the rest anew and writes it (is_set). A crash
 *     after 1 leaves the old password and a link that is used up (or a session that has ended): the person asks for another. A crash
 *     after 2 leaves the new password, and sessions that go on: the person can end them on the account's page.
 *
 * Threads: as struct directory. */
#ifndef LATCHKEY_CREDENTIALS_CHANGE_PASSWORD_H
#define LATCHKEY_CREDENTIALS_CHANGE_PASSWORD_H

#include "credentials/password.h"
#include "directory/directory.h"

struct password_change {
    const char *account_dn;
    const struct lk_secret *password;
    const char *link;                      /* the value that this uses up, of a link as a rule; NULL: none */
    const char *link_attribute;            /* of which it is one; NULL: lkToken */
    const struct directory_change *others; /* what else happens to the account; NULL: nothing. Must not name `link` */
    bool *is_set; /* may be NULL; becomes true when the password is the new one, whatever became of `others`: then
                   * they alone are still to be written */
};

struct new_entry {
    const char *dn;
    const struct lk_secret *password;
    struct directory_change *attributes; /* the others; the password joins them */
};

/* `refusal_out` is written for LK_REFUSED.
 *   LK_OK
 *   LK_ABSENT     the link was used up by somebody else, or the account is gone
 *   LK_REFUSED    the directory will not have this password, and says why as far as it does
 *   LK_MALFORMED  the password is empty or longer than PASSWORD_MOST
 *   LK_BUSY       too many passwords are being hashed, or the directory is busy
 *   LK_CONFLICT, LK_BROKEN  as for directory_modify */
LK_MUST_CHECK enum lk_status credentials_change_password(struct credentials *credentials, struct directory *directory,
                                                         struct lk_arena *arena, const struct password_change *change,
                                                         enum directory_password_refusal *refusal_out,
                                                         struct lk_trouble *trouble);

/* A new entry: `entry` (attributes for an Add) and its password, in one Add. With exop this cannot be: LK_BROKEN.
 *   LK_CONFLICT   the name is taken     others as above, and as for directory_add */
LK_MUST_CHECK enum lk_status credentials_add_entry(struct credentials *credentials, struct directory *directory,
                                                   struct lk_arena *arena, const struct new_entry *entry,
                                                   enum directory_password_refusal *refusal_out,
                                                   struct lk_trouble *trouble);

#endif
