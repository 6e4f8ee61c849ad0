/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "directory/connection_internal.h"
#include "logging/metrics.h"

#include <stddef.h>
#include <string.h>

/* How far a request came. */
enum attempt {
    ATTEMPT_LOST = 0, /* sent; then the session broke: whether it was carried out is not known */
    ATTEMPT_ANSWERED,
    ATTEMPT_UNSENT,   /* the session was dead before the request had left */
    ATTEMPT_REJECTED, /* libldap would not write it */
    ATTEMPT_REFERRED, /* the server does not do this, and names others: nothing was carried out */
    ATTEMPT_AWAY,     /* the server is about to go, or another that it asks is not to be had: nothing was carried out */
    ATTEMPT_LATE
};

void answer_cleanup(struct answer *answer)
{
    ldap_message_cleanup(&answer->message);
    ldap_words_cleanup(&answer->words);
    ldap_controls_cleanup(&answer->controls);
}

enum lk_status operation_counted(const char *name, int64_t began, enum lk_status status)
{
    metrics_count(METRIC_DIRECTORY_OPERATIONS, name, lk_status_name(status));
    metrics_observe(METRIC_DIRECTORY_SECONDS, lk_clock_monotonic() - began);
    return status;
}

static enum attempt send_failed(int code)
{
    return code == LDAP_SERVER_DOWN || code == LDAP_CONNECT_ERROR || code == LDAP_UNAVAILABLE ? ATTEMPT_UNSENT
                                                                                              : ATTEMPT_REJECTED;
}

static void referrals_cleanup(char ***referrals)
{
    ber_memvfree((void **) *referrals);
}

/* Puts where to the server refers (RFC 4511 section 4.1.10) in the place of its words. */
static void keep_referral(struct answer *answer, char *const *referrals)
{
    ldap_words_cleanup(&answer->words);
    answer->words = ldap_strdup(referrals != NULL && referrals[0] != NULL ? referrals[0] : "nowhere");
}

static enum attempt attempt_of(int code)
{
    if (code == LDAP_REFERRAL)
        return ATTEMPT_REFERRED;
    return code == LDAP_UNAVAILABLE ? ATTEMPT_AWAY : ATTEMPT_ANSWERED;
}

/* The last message of an answer carries its code; a search's comes after its entries. */
static enum attempt read_answer(LDAP *ldap, LDAPMessage *message, struct answer *answer_out)
{
    struct answer answer = { .message = message };
    LK_CLEANUP(referrals_cleanup) char **referrals = NULL;
    const int parsed =
        ldap_parse_result(ldap, message, &answer.code, NULL, &answer.words, &referrals, &answer.controls, 0);
    if (parsed != LDAP_SUCCESS) {
        answer_cleanup(&answer);
        return ATTEMPT_LOST;
    }
    if (answer.code == LDAP_REFERRAL)
        keep_referral(&answer, referrals);
    *answer_out = answer;
    return attempt_of(answer.code);
}

static enum attempt receive(const struct connection *connection, int message, int64_t deadline,
                            struct answer *answer_out)
{
    LDAPMessage *parts = NULL;
    switch (connection_wait(connection, message, true, deadline, &parts)) {
    case WAIT_ANSWERED: return read_answer(connection->ldap, parts, answer_out);
    case WAIT_LOST: return ATTEMPT_LOST;
    case WAIT_LATE:
    case WAIT_WOKEN: break;
    }
    return ATTEMPT_LATE;
}

static enum attempt attempt_once(const struct connection *connection, const struct operation *operation,
                                 LDAPControl **controls, int64_t deadline, struct answer *answer_out, int *code_out)
{
    int message = 0;
    *code_out = operation->send(connection, operation, controls, &message);
    return *code_out == LDAP_SUCCESS ? receive(connection, message, deadline, answer_out) : send_failed(*code_out);
}

static bool may_be_repeated(const struct connection *connection, const struct operation *operation,
                            enum attempt attempt)
{
    if (operation->one_session)
        return false;
    if (attempt == ATTEMPT_REFERRED)
        return connection->config->directory_uri.count > 1;
    return attempt == ATTEMPT_UNSENT || attempt == ATTEMPT_AWAY || (attempt == ATTEMPT_LOST && operation->repeatable);
}

/* Where it refers to may be anybody: the next of our own servers is asked, if there is one. */
static enum lk_status referred(struct connection *connection, const struct operation *operation, struct answer *answer,
                               struct lk_trouble *trouble)
{
    struct lk_trouble why = { "" };
    (void) lk_fail(&why, LK_BROKEN,
                   "%s: Referral (10) to %s: referrals are not followed; directory.uri must name a "
                   "server that does this itself",
                   operation->name, answer->words);
    answer_cleanup(answer);
    if (connection->config->directory_uri.count > 1)
        connection_move_on(connection, &why);
    return lk_fail(trouble, LK_BROKEN, "%s", why.words);
}

/* The next session, or the next server, may be of use. */
static enum lk_status away(struct connection *connection, const struct operation *operation, struct answer *answer,
                           struct lk_trouble *trouble)
{
    const enum lk_status status =
        result_fail(trouble, LK_BROKEN, operation->name, answer->code, answer->words, operation->dn);
    answer_cleanup(answer);
    connection_close(connection);
    return status;
}

static enum lk_status no_answer(struct connection *connection, const struct operation *operation, enum attempt attempt,
                                int code, struct lk_trouble *trouble)
{
    if (attempt == ATTEMPT_REJECTED)
        return result_fail(trouble, LK_MALFORMED, operation->name, code, NULL, operation->dn);
    connection_close(connection);
    if (attempt == ATTEMPT_UNSENT)
        return lk_fail(trouble, LK_BROKEN, "%s: the directory cannot be reached", operation->name);
    return lk_fail(trouble, LK_BROKEN, "%s: %s%s", operation->name,
                   attempt == ATTEMPT_LATE ? "no answer in time" : "the directory closed the connection",
                   operation->repeatable ? "" : "; whether it was carried out is not known");
}

static enum lk_status fail(struct connection *connection, const struct operation *operation, enum attempt attempt,
                           int code, struct answer *answer, struct lk_trouble *trouble)
{
    if (attempt == ATTEMPT_REFERRED)
        return referred(connection, operation, answer, trouble);
    if (attempt == ATTEMPT_AWAY)
        return away(connection, operation, answer, trouble);
    return no_answer(connection, operation, attempt, code, trouble);
}

static enum lk_status run(struct connection *connection, const struct operation *operation, LDAPControl **controls,
                          struct answer *answer_out, struct lk_trouble *trouble)
{
    const int64_t deadline = connection_deadline(connection);
    for (int attempts = 1;; attempts++) {
        const enum lk_status ready = connection_ready(connection, deadline, trouble);
        if (ready != LK_OK)
            return ready;
        int code = LDAP_SUCCESS;
        const enum attempt attempt = attempt_once(connection, operation, controls, deadline, answer_out, &code);
        if (attempt == ATTEMPT_ANSWERED)
            return LK_OK;
        const enum lk_status failed = fail(connection, operation, attempt, code, answer_out, trouble);
        if (attempts == 2 || !may_be_repeated(connection, operation, attempt))
            return failed;
    }
}

/* What goes along with each request: the identity that it is proxied for, and the caller's own. */
struct attached {
    LDAPControl proxied;
    LDAPControl *all[OPERATION_CONTROLS + 2];
};

static LDAPControl **attach(struct attached *attached, const char *actor, LDAPControl *const *controls)
{
    size_t count = 0;
    *attached = (struct attached){
        .proxied = {.ldctl_oid = directory_lend(LDAP_CONTROL_PROXY_AUTHZ), .ldctl_iscritical = 1}
    };
    if (actor != NULL) {
        attached->proxied.ldctl_value = (struct berval){ .bv_len = strlen(actor), .bv_val = directory_lend(actor) };
        attached->all[count++] = &attached->proxied;
    }
    for (size_t i = 0; controls != NULL && controls[i] != NULL && i < OPERATION_CONTROLS; i++)
        attached->all[count++] = controls[i];
    return attached->all;
}

enum lk_status operation_run(struct connection *connection, const char *actor, const struct operation *operation,
                             LDAPControl *const *controls, struct answer *answer_out, struct lk_trouble *trouble)
{
    struct attached attached;
    return run(connection, operation, attach(&attached, actor, controls), answer_out, trouble);
}

/* ---- several at once ---- */

static size_t send_all(const struct connection *connection, const char *actor, const struct operation *operations,
                       size_t count, int *messages)
{
    struct attached attached;
    LDAPControl **controls = attach(&attached, actor, NULL);
    for (size_t i = 0; i < count; i++)
        if (operations[i].send(connection, &operations[i], controls, &messages[i]) != LDAP_SUCCESS)
            return i;
    return count;
}

enum lk_status operations_run_together(struct connection *connection, const char *actor,
                                       const struct operation *operations, size_t count, struct answer *answers_out,
                                       struct lk_trouble *trouble)
{
    const int64_t deadline = connection_deadline(connection);
    int messages[OPERATIONS_TOGETHER] = { 0 };
    const enum lk_status ready = connection_ready(connection, deadline, trouble);
    if (ready != LK_OK)
        return ready;
    enum attempt attempt =
        send_all(connection, actor, operations, count, messages) == count ? ATTEMPT_ANSWERED : ATTEMPT_UNSENT;
    for (size_t i = 0; i < count && attempt == ATTEMPT_ANSWERED; i++)
        attempt = receive(connection, messages[i], deadline, &answers_out[i]);
    if (attempt == ATTEMPT_ANSWERED)
        return LK_OK;
    for (size_t i = 0; i < count; i++)
        answer_cleanup(&answers_out[i]);
    if (attempt == ATTEMPT_LATE)
        return no_answer(connection, operations, attempt, 0, trouble);
    connection_close(connection);
    return LK_ABSENT;
}
