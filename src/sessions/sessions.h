/* SPDX-License-Identifier: Apache-2.0 */
/* sessions/sessions.h - who is signed in, in which browser. A session is one lkSession value on its account:
 *
 *   lkSession: session id=<base64url of BLAKE2b-256 of the cookie's secret> begun=20261122194103Z seen=20261122194103Z
 *              kept=1 profile=<UUID> from=192.0.2.7 agent=Mozilla%2F5.0…
 *
 * The cookie is base64url of: key id 1 | account's entryUUID 16 | secret 16 | tag 16 (49 bytes, 66 characters): a cookie
 * that is garbage or forged is refused without the directory. Deleting the value signs the browser out, whoever does it.
 * Limits come from config (idle, longest, kept_…, per_account). Cost: session_check is one indexed search; it writes only
 * when the last use is older than sessions.touch.
 * Threads: any; a session read lives in its arena. */
#ifndef LATCHKEY_SESSIONS_SESSIONS_H
#define LATCHKEY_SESSIONS_SESSIONS_H

#include "base/arena.h"
#include "base/status.h"
#include "config/config.h"
#include "directory/people.h"
#include "tokens/key_ring.h"

#include <stdbool.h>
#include <stdint.h>

#define SESSION_COOKIE_LEN 66

struct session {
    struct account account;
    const char *value; /* the lkSession value as it stands on the entry */
    const char *id;    /* its id field: names the session on pages and binds forms to it; not secret */
    int64_t begun, seen;
    int64_t ends; /* the earlier of idle and longest */
    bool kept;
    bool has_profile;
    uint8_t profile[16]; /* the profile selected */
};

struct session_origin {
    const char *address; /* textual IP address; may be NULL */
    const char *agent;   /* User-Agent, cut to 200 bytes; may be NULL */
};

/* A new session on `account` (one Modify: adds the value; takes away ended ones, and the least recently used past the cap).
 * cookie_out has SESSION_COOKIE_LEN + 1 characters.
 *   LK_ABSENT the account is gone, or its password was changed since `account` was read: no session outlasts the password that it
 *   was begun with; LK_REFUSED, LK_BUSY, LK_BROKEN as directory_modify says. Other changes made by others meanwhile are not an
 *   outcome: it is tried again on what is there then */
LK_MUST_CHECK enum lk_status session_begin(const struct config *config, const struct key_ring *ring,
                                           struct directory *directory, struct lk_arena *arena,
                                           const struct account *account, bool kept,
                                           const struct session_origin *origin, int64_t now, char *cookie_out,
                                           struct lk_trouble *trouble);

/* The same into a Modify of the caller's on `account`, which ends what session_begin ends. That others have changed it meanwhile, be it
 * the password (account_has_same_password), is then the caller's to see. LK_BROKEN: the key ring has lost its newest key. */
LK_MUST_CHECK enum lk_status session_begin_in(const struct config *config, const struct key_ring *ring,
                                              struct lk_arena *arena, const struct account *account, bool kept,
                                              const struct session_origin *origin, int64_t now,
                                              struct directory_change *change, char *cookie_out);

/* Whose cookie is this?
 *   LK_OK  LK_MALFORMED / LK_REFUSED garbage / forged: the directory was not asked  LK_ABSENT signed out, ended, or the
 *   account is gone, or its person from the other directory  LK_BROKEN */
LK_MUST_CHECK enum lk_status session_check(const struct config *config, const struct key_ring *ring,
                                           struct directory *directory, struct lk_arena *arena, const char *cookie,
                                           size_t cookie_len, int64_t now, struct session *session_out,
                                           struct lk_trouble *trouble);

/* Into a Modify of the caller's on the session's account: fails with LK_ABSENT where the session has ended meanwhile, or was changed. So
 * nothing that was begun in it comes after its end. */
void session_hold(const struct session *session, struct directory_change *change);

/* The same where the account has been read again since: what others have changed of the session meanwhile is held as it is now. LK_ABSENT:
 * it has ended. */
LK_MUST_CHECK enum lk_status session_hold_again(struct lk_arena *arena, const struct session *session,
                                                const struct account *account, struct directory_change *change);

/* Before a change that cannot hold it: LK_OK: the session has not ended since it was checked. LK_ABSENT: it has. */
LK_MUST_CHECK enum lk_status session_is_there(struct directory *directory, struct lk_arena *arena,
                                              const struct session *session, struct lk_trouble *trouble);

/* Selects the profile to act as: swaps the value, and writes value, has_profile and profile of the session. LK_ABSENT: signed
 * out meanwhile. */
LK_MUST_CHECK enum lk_status session_select_profile(struct directory *directory, struct lk_arena *arena,
                                                    struct session *session, const uint8_t profile[static 16],
                                                    struct lk_trouble *trouble);

/* Signs out. LK_OK also where it was gone already. */
LK_MUST_CHECK enum lk_status session_end(struct directory *directory, struct lk_arena *arena,
                                         const struct session *session, struct lk_trouble *trouble);

/* ---- all sessions of an account ---- */

/* A session as the account's holder sees it among the others. */
struct session_view {
    const char *id;
    int64_t begun, seen, ends;
    bool kept;
    const char *address, *agent; /* NULL: not known */
};

/* Those that have not ended at `now`, the one used last first; in the arena. Returns how many. */
size_t session_list(const struct config *config, struct lk_arena *arena, const struct account *account, int64_t now,
                    const struct session_view **views_out);

/* Ends the account's session `id`; or every one, in one Modify. LK_OK also where there is none. */
LK_MUST_CHECK enum lk_status session_end_by_id(struct directory *directory, struct lk_arena *arena,
                                               const struct account *account, const char *id,
                                               struct lk_trouble *trouble);
LK_MUST_CHECK enum lk_status session_end_all(struct directory *directory, struct lk_arena *arena,
                                             const char *account_dn, struct lk_trouble *trouble);

/* Value and cookie of a session in the place of `former`, with the profile that it acts as: for a Modify of the caller's that
 * writes the value together with what it is renewed for. LK_BROKEN: the key ring has lost its newest key. */
LK_MUST_CHECK enum lk_status session_renew(const struct key_ring *ring, struct lk_arena *arena,
                                           const struct session *former, const struct session_origin *origin,
                                           int64_t now, char *cookie_out, const char **value_out);

#endif
