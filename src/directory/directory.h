/* SPDX-License-Identifier: Apache-2.0 */
/* directory/directory.h - one connection to the directory, and what can be asked of it (RFC 4511).
 *
 * Owns:    an LDAP session bound as the daemon (or as directory_new_as is told), made when first needed and made again after it broke: a dead session is
 *          replaced, not repaired. An operation that found the session dead before it was sent is tried once more on the new
 *          one; one that may have been carried out is not (its outcome is LK_BROKEN: unknown). Each operation first looks
 *          whether the server has closed the session (one system call), so a restart between two operations goes unnoticed.
 *          All handles of the process use one server of directory.uri: the first of them that answers, until it cannot be reached
 *          or refers a request to others; then all go on with the next, and stay there. Referrals themselves are not followed.
 * Needs:   a constant struct config; SIGPIPE ignored by the process.
 * Memory:  entries live in the arena given. Nothing refers to libldap's memory.
 * Limits:  every operation has the deadline directory.timeout, connecting included; every search a size limit. A session
 *          whose answer did not come in time is closed.
 * Counts:  each operation, its outcome and its time; new sessions after the first (logging/metrics.h).
 * Threads: one struct directory belongs to one thread at a time. Make one for each thread. */
#ifndef LATCHKEY_DIRECTORY_DIRECTORY_H
#define LATCHKEY_DIRECTORY_DIRECTORY_H

#include "base/arena.h"
#include "base/secret.h"
#include "base/status.h"
#include "config/config.h"
#include "directory/filter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct directory;

/* Makes the handle; does not connect yet. `config` must outlive it. Never NULL. */
struct directory *directory_new(const struct config *config);

/* Who a handle is to be where that is not for the configuration to say: a person at a command.
 * `mechanism`: SASL (RFC 4513 section 5.2), which asks for what it needs of the others. NULL: a simple bind as `dn` (NULL: BINDDN of
 * ldap.conf) with `password`. Nobody is ever asked for anything: what a mechanism wants and is not here ends the bind. */
struct directory_identity {
    const char *mechanism;
    const char *dn;
    const struct lk_secret *password; /* may be NULL, not empty */
    const char *authentication_name;  /* may be NULL, as the next two */
    const char *authorization_name;   /* "dn:..." or "u:..." */
    const char *realm;
};

/* directory_new for that identity, which must outlive the handle. directory_act_as is not for such a handle. A bind that is refused
 * is LK_REFUSED then, and the next server is not tried. */
struct directory *directory_new_as(const struct config *config, const struct directory_identity *identity);

/* What ldap.conf(5), its per-user files and LDAP... in the environment say; in the arena, NULL where they say nothing. */
struct directory_defaults {
    const char *uri;
    const char *base;
    const char *mechanism;
    const char *authentication_name, *authorization_name, *realm;
};

struct directory_defaults directory_defaults(struct lk_arena *arena);

/* Accepts NULL. */
void directory_free(struct directory *directory);
void directory_cleanup(struct directory **directory);

/* Connects and binds if that has not been done. LK_BROKEN: not reachable, or the daemon's bind was refused (words say which).
 * With an identity of its own also LK_REFUSED, LK_MALFORMED, LK_BUSY: what the server said to the bind. */
LK_MUST_CHECK enum lk_status directory_ready(struct directory *directory, struct lk_trouble *trouble);

/* A session stands; asks nobody. So behind an operation that failed it says whose the failure is. With a session: the server has answered the
 * operation, LK_BROKEN if with something that makes no sense here. Without one it has not: LK_BROKEN if it could not be reached, or not in
 * time, or went away; else what it said to the bind. */
bool directory_has_session(const struct directory *directory);

/* From now on operations are carried out under `dn` (RFC 4370 proxied authorization, critical), until NULL; the DN is copied.
 * Whether the server has that is asked once a session. Where it has not, directory.proxied_authorization says what happens:
 * they are the daemon's own (auto, never), or LK_REFUSED (required). */
void directory_act_as(struct directory *directory, const char *dn);

/* Will directory_act_as have its effect? For the log at the start. LK_BROKEN: no answer. */
LK_MUST_CHECK enum lk_status directory_can_act_as(struct directory *directory, bool *can_out,
                                                  struct lk_trouble *trouble);

/* What this directory calls an attribute (directory.attribute_names), for what is shown to people; everywhere else the names of this
 * project serve, and are translated on the way. */
const char *directory_name(const struct config *config, const char *attribute);

/* ---- reading ---- */

struct directory_value {
    const char *bytes; /* with a NUL behind, not counted */
    size_t len;
};

struct directory_attribute {
    const char *name;
    size_t count;
    const struct directory_value *values;
};

struct directory_entry {
    const char *dn;
    size_t count;
    const struct directory_attribute *attributes;
};

/* The attribute (names compare without case, options such as ;lang-de ignored; one of Latchkey's own has none), or NULL. */
const struct directory_attribute *directory_attribute(const struct directory_entry *entry, const char *name);

/* Its first value, or NULL. */
const char *directory_first(const struct directory_entry *entry, const char *name);

/* Reads the entry `dn` if it matches `filter` (NULL: any). `attributes` ends with NULL.
 *   LK_ABSENT  no such entry, it may not be seen, or it does not match     LK_MALFORMED  not a DN
 *   LK_REFUSED, LK_BUSY  as for directory_modify     LK_BROKEN  no answer */
LK_MUST_CHECK enum lk_status directory_read(struct directory *directory, struct lk_arena *arena, const char *dn,
                                            const struct directory_filter *filter, const char *const *attributes,
                                            struct directory_entry *entry_out, struct lk_trouble *trouble);

enum directory_scope {
    DIRECTORY_ONE_LEVEL,
    DIRECTORY_SUBTREE
};

struct directory_search {
    const char *base;
    enum directory_scope scope;
    const struct directory_filter *filter;
    const char *const *attributes; /* ends with NULL */
    size_t most;                   /* size limit; 0 is refused */
};

/* LK_OK with *count_out entries (0 is LK_OK too), in the server's order. `*more_out` (may be NULL) says that the limit, or
 * the server's own, cut the list. A filter that matches nothing costs no operation. Above 500 entries come page by page.
 *   LK_ABSENT  no such base     LK_MALFORMED  no size limit, or the base is not a DN
 *   LK_REFUSED, LK_BUSY  as for directory_modify     LK_BROKEN  no answer */
LK_MUST_CHECK enum lk_status directory_search(struct directory *directory, struct lk_arena *arena,
                                              const struct directory_search *search,
                                              struct directory_entry **entries_out, size_t *count_out, bool *more_out,
                                              struct lk_trouble *trouble);

struct directory_found {
    struct directory_entry *entries;
    size_t count;
    bool more;
};

/* The same for several at once: up to 4 of at most 500 entries each go out before the first answer is waited for (RFC 4511 section
 * 3.1), so that the server may work on them side by side. Otherwise one after the other. */
LK_MUST_CHECK enum lk_status directory_search_all(struct directory *directory, struct lk_arena *arena,
                                                  const struct directory_search *searches, size_t count,
                                                  struct directory_found *found_out, struct lk_trouble *trouble);

/* ---- changing ---- */

/* A list of changes for one Modify, or of attributes for one Add. Lives in the arena. */
struct directory_change;

struct directory_change *directory_change_new(struct lk_arena *arena);

/* Bytes are copied. In a Modify, changes of one attribute happen in this order; deleting a value that is not there fails the
 * whole. A NULL value, but for a replacement's, spoils the change: it will be LK_MALFORMED. */
void directory_change_add(struct directory_change *change, const char *attribute, const char *value);
void directory_change_add_bytes(struct directory_change *change, const char *attribute, const void *bytes, size_t len);
void directory_change_delete(struct directory_change *change, const char *attribute, const char *value);
/* All values by one; NULL: takes the attribute away, whether it is there or not. */
void directory_change_replace(struct directory_change *change, const char *attribute, const char *value);
void directory_change_replace_bytes(struct directory_change *change, const char *attribute, const void *bytes,
                                    size_t len);
/* All values by these, in one step. */
void directory_change_replace_all(struct directory_change *change, const char *attribute, const char *const *values,
                                  size_t count);
/* Everything of `more`, in its order, after what is there. */
void directory_change_append(struct directory_change *change, const struct directory_change *more);
bool directory_change_is_empty(const struct directory_change *change);

/* One Modify, atomic on its entry.
 *   LK_ABSENT    the entry, or a value to be deleted, is not there (32, 16): somebody else was first
 *   LK_CONFLICT  a value to be added is there already (20), or an assertion failed (122)
 *   LK_REFUSED   access, schema or constraint (50, 19, 65, 21, 53, ...): the server's words are in `trouble`
 *   LK_MALFORMED not a DN; nothing to change; a NULL value
 *   LK_BUSY      the server is busy (51), or a time limit of its own passed (3)
 *   LK_BROKEN    no answer: whether it was carried out is not known */
LK_MUST_CHECK enum lk_status directory_modify(struct directory *directory, const char *dn,
                                              const struct directory_change *change, struct lk_trouble *trouble);

/* directory_modify, with the server asked for the entry as this very change left it (RFC 4527): nobody else's comes between. *after_out is
 * written for LK_OK. A server that does not tell is no failure: it has no attributes and no DN then. `attributes` ends with NULL. */
LK_MUST_CHECK enum lk_status directory_modify_read(struct directory *directory, struct lk_arena *arena, const char *dn,
                                                   const struct directory_change *change, const char *const *attributes,
                                                   struct directory_entry *after_out, struct lk_trouble *trouble);

/* One Add of what directory_change_add gathered. LK_CONFLICT: the name is taken (68) or not unique (19 from an overlay
 * on that attribute is LK_REFUSED). LK_ABSENT: no parent. Others as above. */
LK_MUST_CHECK enum lk_status directory_add(struct directory *directory, const char *dn,
                                           const struct directory_change *attributes, struct lk_trouble *trouble);

/* LK_ABSENT: not there. */
LK_MUST_CHECK enum lk_status directory_delete(struct directory *directory, const char *dn, struct lk_trouble *trouble);

/* ---- only looking ---- */

/* From now on nothing is changed: directory_modify, directory_add and directory_delete tell `tell` what they would have sent, as LDIF
 * (RFC 2849; values of passwords are left out), and are LK_OK; the operations on passwords are LK_REFUSED. The text is valid
 * during the call. */
void directory_preview(struct directory *directory, void (*tell)(void *context, const char *ldif), void *context);

/* ---- looking into the session, for those who look for faults ---- */

/* Would the server take this entry? One Add with OpenLDAP's No-Op control: access, schema and overlays decide, and nothing is added.
 * LK_OK: it would. LK_BROKEN too where the server does not know the control. Others as directory_add. */
LK_MUST_CHECK enum lk_status directory_try_add(struct directory *directory, const char *dn,
                                               const struct directory_change *attributes, struct lk_trouble *trouble);

/* Who the server takes us for (RFC 4532): "dn:...", "u:...", or "" for nobody. LK_REFUSED, LK_BROKEN: it does not say. */
LK_MUST_CHECK enum lk_status directory_who_am_i(struct directory *directory, struct lk_arena *arena,
                                                const char **who_out, struct lk_trouble *trouble);

/* The certificate that the server showed, as X.509 in DER. LK_ABSENT: the session has no TLS. LK_BROKEN: no session. */
LK_MUST_CHECK enum lk_status directory_certificate(struct directory *directory, struct lk_arena *arena,
                                                   struct directory_value *certificate_out, struct lk_trouble *trouble);

/* ---- passwords ---- */

/* What a bind said beyond yes and no (draft-behera password policy control). */
enum directory_password_state {
    DIRECTORY_PASSWORD_PLAIN = 0, /* nothing was said */
    DIRECTORY_PASSWORD_LOCKED,
    DIRECTORY_PASSWORD_EXPIRED,
    DIRECTORY_PASSWORD_MUST_CHANGE
};

/* A simple bind as `dn` on a second session of this handle, which is kept for the next one and used for nothing else; the
 * daemon's own session is not touched. directory_act_as does not apply.
 *   LK_OK  the password is right     LK_REFUSED  it is not, or the account may not be used (state_out, may be NULL, is
 *   written for both)     LK_MALFORMED  empty password or name: never sent (RFC 4513 section 5.1.2); or not a DN
 *   LK_BUSY  the server is busy     LK_BROKEN  no answer */
LK_MUST_CHECK enum lk_status directory_check_password(struct directory *directory, const char *dn,
                                                      const struct lk_secret *password,
                                                      enum directory_password_state *state_out,
                                                      struct lk_trouble *trouble);

/* Why the directory will not take a new password, as far as it says so (password policy response control). */
enum directory_password_refusal {
    DIRECTORY_REFUSAL_UNSAID = 0, /* not said, or not by the password policy: its own words are in `trouble` */
    DIRECTORY_REFUSAL_TOO_SHORT,
    DIRECTORY_REFUSAL_TOO_LONG,
    DIRECTORY_REFUSAL_POOR,      /* of too little quality, by the server's own measure */
    DIRECTORY_REFUSAL_USED,      /* is, or was not long ago, the password of this account */
    DIRECTORY_REFUSAL_TOO_YOUNG, /* the present one was set only recently */
    DIRECTORY_REFUSAL_FORBIDDEN, /* this account's password may not be changed by people */
    DIRECTORY_REFUSAL_OLD_WANTED /* not without the old password */
};

/* "unsaid", "too_short", ...: the message is password_refused_NAME. Never NULL. */
const char *directory_refusal_name(enum directory_password_refusal refusal);

/* directory_modify, with the server asked to say why where it refuses a password. `refusal_out` is written for LK_REFUSED. */
LK_MUST_CHECK enum lk_status directory_modify_password(struct directory *directory, const char *dn,
                                                       const struct directory_change *change,
                                                       enum directory_password_refusal *refusal_out,
                                                       struct lk_trouble *trouble);

/* directory_add, likewise. LK_CONFLICT too where the server will not have a second entry of that name, whatever its DN. */
LK_MUST_CHECK enum lk_status directory_add_password(struct directory *directory, const char *dn,
                                                    const struct directory_change *attributes,
                                                    enum directory_password_refusal *refusal_out,
                                                    struct lk_trouble *trouble);

/* The Password Modify extended operation (RFC 3062): the server makes what it keeps of the password.
 *   LK_REFUSED  access or password policy     LK_ABSENT  no such entry     LK_MALFORMED  empty password
 *   LK_BUSY, LK_BROKEN  as for directory_modify; LK_BROKEN too where the server does not know the operation */
LK_MUST_CHECK enum lk_status directory_set_password(struct directory *directory, const char *dn,
                                                    const struct lk_secret *password,
                                                    enum directory_password_refusal *refusal_out,
                                                    struct lk_trouble *trouble);

#endif
