/* SPDX-License-Identifier: Apache-2.0 */
/* directory/connection_internal.h - what the files of this room share, and the only place where libldap's types are named.
 *
 * A connection is one LDAP session. It is made when first needed; once anything odd has happened to it, it is closed and the
 * next request makes a new one. Every wait has a deadline (nanoseconds of lk_clock_monotonic). */
#ifndef LATCHKEY_DIRECTORY_CONNECTION_INTERNAL_H
#define LATCHKEY_DIRECTORY_CONNECTION_INTERNAL_H

#include "base/arena.h"
#include "base/status.h"
#include "base/text.h"
#include "config/config.h"
#include "directory/directory.h"

#include <ldap.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/time.h>

/* libldap takes many of its inputs as char * and only reads them. */
static inline char *directory_lend(const char *ours)
{
    union {
        const char *ours;
        char *theirs;
    } words = { .ours = ours };

    return words.theirs;
}

/* ---- connection.c, connection_open.c, connection_options.c, bind.c ---- */

enum connection_identity {
    CONNECTION_NOBODY, /* not bound: for checking passwords */
    CONNECTION_DAEMON  /* bound as `who`, or as the configuration says */
};

/* Whether this session's server takes the control of RFC 4370. */
enum connection_proxying {
    PROXYING_UNKNOWN = 0, /* not asked yet */
    PROXYING_OFFERED,
    PROXYING_LACKING
};

struct connection {
    const struct config *config;
    enum connection_identity identity;
    const struct directory_identity *who; /* NULL: as the configuration says */
    int wake;                             /* a descriptor that ends every wait when it becomes readable; -1: none */
    LDAP *ldap;                           /* NULL: none */
    enum connection_proxying proxying;
    bool told_reference; /* that this session's server refers to others */
    uint64_t sessions;   /* made so far */
    uint64_t moves;      /* which server this session is with (connection.c) */
};

void connection_init(struct connection *connection, const struct config *config, enum connection_identity identity);
void connection_close(struct connection *connection);

/* directory.timeout from now. */
int64_t connection_deadline(const struct connection *connection);

/* An open session that does not look dead. LK_BROKEN: no server could be reached, or it refused the daemon's bind. Others: what a
 * server said to the bind of an identity. */
LK_MUST_CHECK enum lk_status connection_ready(struct connection *connection, int64_t deadline,
                                              struct lk_trouble *trouble);

/* The server of this session is of no use: closes it, and has every session of the process go on with the next server. */
void connection_move_on(struct connection *connection, const struct lk_trouble *why);

/* Another session has found that the server of this one is of no use. A session that only listens has to ask. */
bool connection_is_left(const struct connection *connection);

/* Opens a session with one server. LK_BROKEN: words say at which step it failed. */
LK_MUST_CHECK enum lk_status connection_open(struct connection *connection, const char *uri, int64_t deadline,
                                             struct lk_trouble *trouble);

/* Between two requests: the server has closed the session, or is about to. */
bool connection_looks_dead(LDAP *ldap);

/* The socket, or -1. */
int connection_descriptor(LDAP *ldap);

enum wait_outcome {
    WAIT_LOST = 0, /* the session broke */
    WAIT_ANSWERED,
    WAIT_LATE,  /* the deadline passed */
    WAIT_WOKEN, /* connection->wake */
};

/* Waits for the whole answer to a message (`all`), or for its next part. The caller frees *answer_out (WAIT_ANSWERED only). */
enum wait_outcome connection_wait(const struct connection *connection, int message, bool all, int64_t deadline,
                                  LDAPMessage **answer_out);

struct timeval connection_time_left(int64_t deadline);

/* Sets what every session needs; LDAP_SUCCESS or libldap's code. */
int connection_set_options(LDAP *ldap, const struct config *config, int64_t deadline);

enum connection_tls_use {
    CONNECTION_TLS_VERIFIES,
    CONNECTION_TLS_LOOKS /* takes any certificate, in order to read it, and shows none: nothing is ever said on that session */
};

/* The same for what TLS needs. */
int connection_set_tls_options(LDAP *ldap, const struct config *config, enum connection_tls_use use);
void connection_set_socket_options(LDAP *ldap);
void connection_read_ahead(LDAP *ldap);

/* Binds as whom the connection is for. */
LK_MUST_CHECK enum lk_status connection_bind(const struct connection *connection, int64_t deadline,
                                             struct lk_trouble *trouble);

void ldap_message_cleanup(LDAPMessage **message);
void ldap_controls_cleanup(LDAPControl ***controls);
void ldap_words_cleanup(char **words);
void ldap_bytes_cleanup(struct berval **bytes);

/* ---- result.c ---- */

/* What an LDAP result code (RFC 4511 section 4.1.9) means for the caller. */
enum lk_status result_status(int code);
/* The same for a bind: "no such entry" and "no such password" are one refusal. */
enum lk_status result_bind_status(int code);

/* Fills `trouble` with operation, code and the server's own words, then `dn` (may be NULL); returns `status`. */
enum lk_status result_fail(struct lk_trouble *trouble, enum lk_status status, const char *operation, int code,
                           const char *server_words, const char *dn);

/* ---- kerberos.c ---- */

/* A SASL mechanism that takes a ticket. */
bool kerberos_is_meant(const char *mechanism);

/* Around a bind of the daemon's own by a ticket. Its sessions have one cache of tickets, and while one of them takes a new ticket the cache
 * is empty for a moment, in which another would find none. False: the deadline passed first, and nothing is held. */
LK_MUST_CHECK bool kerberos_begin(int64_t deadline);
void kerberos_end(void);

/* Why a bind by such a mechanism failed, and what to do about it, out of the library's words (not NULL). Returns LK_BROKEN for the
 * daemon, and where no KDC can be asked; LK_REFUSED else. */
enum lk_status kerberos_fail(struct lk_trouble *trouble, const char *how, bool is_daemon, const char *words);

/* ---- operation.c ---- */

struct operation {
    const char *name; /* in metrics and words */
    const char *dn;
    bool repeatable;  /* changes nothing: may be sent again after a session broke while waiting */
    bool one_session; /* makes sense on this session only: never sent again */
    /* Hands the request to libldap; returns its code. */
    int (*send)(const struct connection *connection, const struct operation *operation, LDAPControl **controls,
                int *message_out);
    const void *input;
};

#define OPERATION_CONTROLS 4

struct answer {
    LDAPMessage *message;
    int code;
    char *words; /* diagnostic message; may be NULL */
    LDAPControl **controls;
};

void answer_cleanup(struct answer *answer);

/* Sends and waits, on a fresh session once more where that is safe. `controls` (NULL-terminated, at most OPERATION_CONTROLS;
 * may be NULL) go along. LK_OK: *answer_out is the server's answer, whatever it says; the caller cleans it up. LK_BROKEN: no
 * answer. LK_MALFORMED: libldap would not write the request.
 * `actor` is the proxied authorization identity ("dn:..."), or NULL. */
LK_MUST_CHECK enum lk_status operation_run(struct connection *connection, const char *actor,
                                           const struct operation *operation, LDAPControl *const *controls,
                                           struct answer *answer_out, struct lk_trouble *trouble);

#define OPERATIONS_TOGETHER 4

/* Sends all of them before it waits for the first answer, so that the server may carry them out side by side. None may change
 * anything. LK_OK: each is answered; the caller cleans the answers up. LK_ABSENT: it did not go smoothly; whoever asks one after the
 * other hears why, or is answered. LK_BROKEN and others: as operation_run. */
LK_MUST_CHECK enum lk_status operations_run_together(struct connection *connection, const char *actor,
                                                     const struct operation *operations, size_t count,
                                                     struct answer *answers_out, struct lk_trouble *trouble);

/* Counts what became of an operation begun at `began`; returns `status`. */
enum lk_status operation_counted(const char *name, int64_t began, enum lk_status status);

/* ---- act_as.c ---- */

/* The identity for the next operation's control: directory->actor, or NULL where the operation is the daemon's own. LK_REFUSED:
 * the server lacks the control, and the configuration wants nothing done without it. LK_BROKEN: it could not be asked. */
LK_MUST_CHECK enum lk_status directory_actor(struct directory *directory, const char **actor_out,
                                             struct lk_trouble *trouble);

/* ---- directory.c ---- */

struct directory {
    struct connection own;       /* bound as the daemon */
    struct connection passwords; /* used for nothing but binds of others */
    const char *actor;           /* proxied authorization identity: actor_text, or NULL */
    char *actor_text;            /* "dn:..." */
    size_t actor_room;
    void (*preview)(void *context, const char *ldif); /* NULL: changes are sent */
    void *preview_context;
};

/* ---- entry.c ---- */

/* Copies an entry of an answer into the arena. LK_BROKEN: the server's bytes make no sense. */
LK_MUST_CHECK enum lk_status entry_from_message(const struct connection *connection, LDAPMessage *message,
                                                struct lk_arena *arena, struct directory_entry *entry_out);

/* The same for a SearchResultEntry (RFC 4511 section 4.5.2) that stands by itself. */
LK_MUST_CHECK enum lk_status entry_from_bytes(const struct connection *connection, struct berval *bytes,
                                              struct lk_arena *arena, struct directory_entry *entry_out);

/* ---- search.c ---- */

#define SEARCH_PAGE 500

/* A search with the simple paged results control (RFC 2696), one page after the other. */
struct search_pages {
    const struct directory_search *search;
    size_t wanted;        /* most entries of the next page; more than SEARCH_PAGE are never asked for */
    struct berval cookie; /* the server's place; empty before the first page and after the last */
    uint64_t session;     /* where that place is known */
    bool over;
};

struct search_page {
    struct directory_entry *entries; /* in the arena */
    size_t count;
    bool cut; /* a size limit ended the search: there are others */
};

void search_pages_cleanup(struct search_pages *pages);

LK_MUST_CHECK enum lk_status search_next_page(struct connection *connection, const char *actor, struct lk_arena *arena,
                                              struct search_pages *pages, struct search_page *page_out,
                                              struct lk_trouble *trouble);

/* ---- filter.c ---- */

/* The filter that cannot match: searches with it are answered without asking. */
bool filter_matches_nothing(const struct directory_filter *filter);

/* An attribute description (RFC 4512 section 2.5). */
bool filter_is_attribute(const char *attribute);

/* ---- unique_id.c ---- */

/* What identifies the entry, out of `attribute`. LK_MALFORMED: it is not there once, or does not have its form. */
LK_MUST_CHECK enum lk_status unique_id_read(const struct directory_entry *entry, const char *attribute,
                                            uint8_t id_out[static 16]);

/* ---- translate.c ---- */

/* Attributes have the names of this project everywhere but here: what is sent goes out, and what is read comes in, as
 * directory.attribute_names says. Where it says nothing, each gives back what it was given. Texts and lists live in the arena. */
const char *translate_filter(const struct config *config, struct lk_arena *arena, const char *filter);
const char *const *translate_list(const struct config *config, struct lk_arena *arena, const char *const *attributes);
LDAPMod **translate_changes(const struct config *config, struct lk_arena *arena, LDAPMod **changes, size_t count);
/* Of what a server calls `name`, options and all. */
const char *translate_back(const struct config *config, struct lk_arena *arena, const char *name);

/* ---- change.c ---- */

struct directory_change {
    struct lk_arena *arena;
    LDAPMod **changes; /* NULL-terminated */
    size_t count;
    size_t room;
    bool malformed; /* a change without a value where there must be one: the whole is refused */
    bool only_adds;
};

/* ---- ldif.c ---- */

enum ldif_kind {
    LDIF_ADD,
    LDIF_MODIFY,
    LDIF_DELETE
};

/* Appends one change record; `change` is NULL for a deletion. */
void ldif_record(struct lk_text *text, enum ldif_kind kind, const char *dn, const struct directory_change *change,
                 const struct config *config);

/* ---- write.c ---- */

/* Something to change, and no value missing. */
bool change_is_usable(const struct directory_change *change);

/* struct operation's `send` for a Modify and an Add; the input is a struct directory_change. */
int write_send_modify(const struct connection *connection, const struct operation *operation, LDAPControl **controls,
                      int *message_out);
int write_send_add(const struct connection *connection, const struct operation *operation, LDAPControl **controls,
                   int *message_out);

/* Under whoever is acted as. The answer is the caller's to clean up, also of what the server refused. */
LK_MUST_CHECK enum lk_status write_carry_out(struct directory *directory, const struct operation *operation,
                                             LDAPControl *const *controls, struct answer *answer_out,
                                             struct lk_trouble *trouble);

/* ---- follow.c, follow_persist.c, follow_poll.c ---- */

struct follow {
    const struct config *config;
    const struct follow_target *target;
    struct connection connection;
    struct lk_arena *arena; /* one entry, one page */
    int wake;               /* eventfd: readable once follow_stop was called */
    bool told_state;
    bool connected;
};

enum follow_outcome {
    FOLLOW_LOST = 0,
    FOLLOW_STOPPED,
    FOLLOW_UNAVAILABLE /* the server does not do this */
};

bool follow_is_stopped(const struct follow *follow);
/* Sleeps, or returns earlier because of follow_stop. */
void follow_pause(const struct follow *follow, int64_t nanoseconds);
/* Tells the target when the state differs from what it knows. */
void follow_tell_state(struct follow *follow, bool connected, const char *words);

/* RFC 4533 until the session breaks. */
enum follow_outcome follow_persist(struct follow *follow, struct lk_trouble *trouble);
/* One look after the other until one fails. */
enum follow_outcome follow_poll(struct follow *follow, struct lk_trouble *trouble);

#endif
