/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4533 refreshAndPersist, without a cookie: each session begins with everything that matches.
 *
 * libldap's ldap_sync_poll is not used: it can neither be woken nor carry other controls, and its timeout is in seconds. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "directory/connection_internal.h"
#include "directory/follow.h"

#include <lber.h>
#include <stddef.h>
#include <string.h>

/* syncRequestValue ::= SEQUENCE { mode ENUMERATED refreshAndPersist(3) } */
static const char REFRESH_AND_PERSIST[] = { 0x30, 0x03, 0x0a, 0x01, 0x03 };

#define TAG_REFRESH_DONE ((ber_tag_t) LBER_BOOLEAN)

/* After so much silence: are the others still with this server? */
#define LOOK_ROUND (2 * LK_CLOCK_SECOND)

/* One step of following: go on, or how it ended. */
enum step {
    STEP_FAILED = 0,
    STEP_GO_ON,
    STEP_UNAVAILABLE
};

static void reader_cleanup(BerElement **reader)
{
    ber_free(*reader, 1);
}

static int send_request(const struct follow *follow, int *message_out)
{
    const struct follow_target *target = follow->target;
    lk_arena_reset(follow->arena);

    union {
        const char *const *ours;
        char **theirs;
    } attributes = { .ours = translate_list(follow->config, follow->arena, target->attributes) };

    LDAPControl sync = {
        .ldctl_oid = directory_lend(LDAP_CONTROL_SYNC),
        .ldctl_value = {.bv_len = sizeof REFRESH_AND_PERSIST, .bv_val = directory_lend(REFRESH_AND_PERSIST)},
        .ldctl_iscritical = 1
    };
    LDAPControl *controls[] = { &sync, NULL };
    return ldap_search_ext(follow->connection.ldap, target->base, LDAP_SCOPE_SUBTREE,
                           translate_filter(follow->config, follow->arena, target->filter->text), attributes.theirs, 0,
                           controls, NULL, NULL, LDAP_NO_LIMIT, message_out);
}

/* Says the sync state control that the entry has gone? (Then it carries no attributes.) */
static bool is_gone(LDAP *ldap, LDAPMessage *message)
{
    LK_CLEANUP(ldap_controls_cleanup) LDAPControl **controls = NULL;
    if (ldap_get_entry_controls(ldap, message, &controls) != LDAP_SUCCESS)
        return false;
    LDAPControl *state = ldap_control_find(LDAP_CONTROL_SYNC_STATE, controls, NULL);
    if (state == NULL)
        return false;
    LK_CLEANUP(reader_cleanup) BerElement *reader = ber_init(&state->ldctl_value);
    ber_int_t what = LDAP_SYNC_ADD;
    if (reader == NULL || ber_scanf(reader, "{e" /*}*/, &what) == LBER_ERROR)
        return false;
    return what == LDAP_SYNC_DELETE;
}

static enum step take_entry(struct follow *follow, LDAPMessage *message, struct lk_trouble *trouble)
{
    LDAP *ldap = follow->connection.ldap;
    if (is_gone(ldap, message))
        return STEP_GO_ON;
    struct directory_entry entry = { 0 };
    lk_arena_reset(follow->arena);
    if (entry_from_message(&follow->connection, message, follow->arena, &entry) != LK_OK) {
        (void) lk_fail(trouble, LK_BROKEN, "follow: an entry cannot be read");
        return STEP_FAILED;
    }
    follow->target->told(follow->target->context, &entry);
    return STEP_GO_ON;
}

/* syncInfoValue: refreshDelete or refreshPresent { cookie OPTIONAL, refreshDone BOOLEAN DEFAULT TRUE } end a phase, and
 * with refreshDone all of it. The other choices say nothing that matters here. */
static bool says_refresh_done(struct berval *value)
{
    LK_CLEANUP(reader_cleanup) BerElement *reader = ber_init(value);
    ber_len_t len = 0;
    ber_int_t done = 1;
    if (reader == NULL)
        return false;
    const ber_tag_t choice = ber_peek_tag(reader, &len);
    if (choice != LDAP_TAG_SYNC_REFRESH_DELETE && choice != LDAP_TAG_SYNC_REFRESH_PRESENT)
        return false;
    if (ber_scanf(reader, "{" /*}*/) == LBER_ERROR)
        return false;
    if (ber_peek_tag(reader, &len) == LDAP_TAG_SYNC_COOKIE && ber_scanf(reader, "x") == LBER_ERROR)
        return false;
    if (ber_peek_tag(reader, &len) == TAG_REFRESH_DONE && ber_scanf(reader, "b", &done) == LBER_ERROR)
        return false;
    return done != 0;
}

static enum step take_information(struct follow *follow, LDAPMessage *message)
{
    LK_CLEANUP(ldap_words_cleanup) char *kind = NULL;
    LK_CLEANUP(ldap_bytes_cleanup) struct berval *value = NULL;
    if (ldap_parse_intermediate(follow->connection.ldap, message, &kind, &value, NULL, 0) != LDAP_SUCCESS)
        return STEP_GO_ON;
    if (kind != NULL && value != NULL && strcmp(kind, LDAP_SYNC_INFO) == 0 && says_refresh_done(value))
        follow_tell_state(follow, true, NULL);
    return STEP_GO_ON;
}

/* The search ends only when the server does not want to go on. */
static enum step take_end(struct follow *follow, LDAPMessage *message, struct lk_trouble *trouble)
{
    LK_CLEANUP(ldap_words_cleanup) char *words = NULL;
    int code = LDAP_OTHER;
    (void) ldap_parse_result(follow->connection.ldap, message, &code, NULL, &words, NULL, NULL, 0);
    (void) result_fail(trouble, LK_BROKEN, "follow", code, words, follow->target->base);
    return code == LDAP_UNAVAILABLE_CRITICAL_EXTENSION ? STEP_UNAVAILABLE : STEP_FAILED;
}

static enum step take(struct follow *follow, LDAPMessage *message, struct lk_trouble *trouble)
{
    switch (ldap_msgtype(message)) {
    case LDAP_RES_SEARCH_ENTRY: return take_entry(follow, message, trouble);
    case LDAP_RES_INTERMEDIATE: return take_information(follow, message);
    case LDAP_RES_SEARCH_RESULT: return take_end(follow, message, trouble);
    default: return STEP_GO_ON;
    }
}

/* While everything is told, each next part has the usual deadline; afterwards silence is no news, as long as the other sessions stay
 * with this server: a change is heard of where it is made. WAIT_LATE: they have not stayed, or the deadline passed. */
static enum wait_outcome wait_for_part(const struct follow *follow, int request, LDAPMessage **part_out)
{
    const struct connection *connection = &follow->connection;
    for (;;) {
        const int64_t deadline =
            follow->connected ? lk_clock_monotonic() + LOOK_ROUND : connection_deadline(connection);
        if (connection_is_left(connection))
            return WAIT_LATE;
        const enum wait_outcome waited = connection_wait(connection, request, false, deadline, part_out);
        if (waited != WAIT_LATE || !follow->connected)
            return waited;
    }
}

static const char *why_lost(const struct follow *follow, enum wait_outcome waited)
{
    if (connection_is_left(&follow->connection))
        return "the other sessions have gone on with another server";
    return waited == WAIT_LATE ? "no answer in time" : "the directory closed the connection";
}

static enum follow_outcome listen_on(struct follow *follow, int request, struct lk_trouble *trouble)
{
    for (;;) {
        LK_CLEANUP(ldap_message_cleanup) LDAPMessage *part = NULL;
        const enum wait_outcome waited = wait_for_part(follow, request, &part);
        if (waited == WAIT_WOKEN || follow_is_stopped(follow))
            return FOLLOW_STOPPED;
        if (waited != WAIT_ANSWERED) {
            (void) lk_fail(trouble, LK_BROKEN, "follow: %s", why_lost(follow, waited));
            return FOLLOW_LOST;
        }
        const enum step step = take(follow, part, trouble);
        if (step != STEP_GO_ON)
            return step == STEP_UNAVAILABLE ? FOLLOW_UNAVAILABLE : FOLLOW_LOST;
    }
}

enum follow_outcome follow_persist(struct follow *follow, struct lk_trouble *trouble)
{
    struct connection *connection = &follow->connection;
    if (connection_ready(connection, connection_deadline(connection), trouble) != LK_OK)
        return FOLLOW_LOST;
    int request = 0;
    const int code = send_request(follow, &request);
    if (code != LDAP_SUCCESS) {
        (void) result_fail(trouble, LK_BROKEN, "follow", code, NULL, follow->target->base);
        return FOLLOW_LOST;
    }
    return listen_on(follow, request, trouble);
}
