/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/secret.h"
#include "directory/connection_internal.h"

#include <sasl/sasl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define PASSWORD_MOST 1024
#define HOW_MOST      64

/* To the daemon any refusal is a configuration that is wrong; a person is told what the server said. */
static enum lk_status fail_to_bind(const struct connection *connection, const char *how, int code,
                                   struct lk_trouble *trouble)
{
    LK_CLEANUP(ldap_words_cleanup) char *words = NULL;
    (void) ldap_get_option(connection->ldap, LDAP_OPT_DIAGNOSTIC_MESSAGE, (void *) &words);
    const enum lk_status status = connection->who != NULL ? result_bind_status(code) : LK_BROKEN;
    return result_fail(trouble, status, how, code, words, NULL);
}

/* ---- SASL ---- */

/* Busy and the like aside: those are no fault of anybody's ticket. */
static bool is_about_the_ticket(const char *mechanism, int code)
{
    return kerberos_is_meant(mechanism) &&
           (code == LDAP_LOCAL_ERROR || code == LDAP_AUTH_UNKNOWN || code == LDAP_INVALID_CREDENTIALS);
}

static enum lk_status fail_to_bind_sasl(const struct connection *connection, const char *mechanism, const char *how,
                                        int code, struct lk_trouble *trouble)
{
    LK_CLEANUP(ldap_words_cleanup) char *words = NULL;
    if (!is_about_the_ticket(mechanism, code) ||
        ldap_get_option(connection->ldap, LDAP_OPT_DIAGNOSTIC_MESSAGE, (void *) &words) != LDAP_OPT_SUCCESS ||
        words == NULL)
        return fail_to_bind(connection, how, code, trouble);
    return kerberos_fail(trouble, how, connection->who == NULL, words);
}

struct questioning {
    const struct directory_identity *who;
    bool lacks_password; /* one was wanted, and there is none */
};

static const char *answer_to(struct questioning *questioning, unsigned long question)
{
    const struct directory_identity *who = questioning->who;
    switch (question) {
    case SASL_CB_AUTHNAME: return who->authentication_name;
    case SASL_CB_USER: return who->authorization_name;
    case SASL_CB_GETREALM: return who->realm;
    case SASL_CB_PASS:
    case SASL_CB_ECHOPROMPT:
    case SASL_CB_NOECHOPROMPT:
        questioning->lacks_password = who->password == NULL;
        return who->password == NULL ? NULL : lk_secret_bytes(who->password);
    default: return NULL;
    }
}

/* What is not known is answered with nothing. EXTERNAL and GSSAPI may ask whom to act for: for ourselves. */
static int answer_questions(LDAP *ldap, unsigned flags, void *defaults, void *questions)
{
    (void) ldap;
    (void) flags;
    for (sasl_interact_t *question = questions; question->id != SASL_CB_LIST_END; question++) {
        const char *answer = answer_to(defaults, question->id);
        if (answer == NULL)
            answer = question->defresult != NULL ? question->defresult : "";
        question->result = answer;
        question->len = (unsigned) strlen(answer);
    }
    return LDAP_SUCCESS;
}

static enum lk_status bind_sasl(const struct connection *connection, const struct directory_identity *who,
                                int64_t deadline, struct lk_trouble *trouble)
{
    LK_CLEANUP(ldap_message_cleanup) LDAPMessage *answer = NULL;
    struct questioning questioning = { .who = who };
    const char *chosen = NULL;
    char how[HOW_MOST];
    (void) snprintf(how, sizeof how, "bind (SASL %s)", who->mechanism);
    for (;;) {
        int message = 0;
        const int code = ldap_sasl_interactive_bind(connection->ldap, NULL, who->mechanism, NULL, NULL, LDAP_SASL_QUIET,
                                                    answer_questions, &questioning, answer, &chosen, &message);
        ldap_message_cleanup(&answer);
        if (code == LDAP_SUCCESS)
            return LK_OK;
        if (code != LDAP_SASL_BIND_IN_PROGRESS && questioning.lacks_password)
            return lk_fail(trouble, LK_REFUSED, "%s: a password is needed, and none was given", how);
        if (code != LDAP_SASL_BIND_IN_PROGRESS)
            return fail_to_bind_sasl(connection, who->mechanism, how, code, trouble);
        if (connection_wait(connection, message, true, deadline, &answer) != WAIT_ANSWERED)
            return lk_fail(trouble, LK_BROKEN, "%s: no answer", how);
    }
}

/* ---- simple ---- */

static enum lk_status send_simple_bind(const struct connection *connection, const char *dn,
                                       const struct lk_secret *password, int64_t deadline, struct lk_trouble *trouble)
{
    struct berval credentials = { .bv_len = lk_secret_len(password),
                                  .bv_val = directory_lend(lk_secret_bytes(password)) };
    int message = 0;
    int code = ldap_sasl_bind(connection->ldap, dn, LDAP_SASL_SIMPLE, &credentials, NULL, NULL, &message);
    if (code != LDAP_SUCCESS)
        return fail_to_bind(connection, "bind (simple)", code, trouble);
    LK_CLEANUP(ldap_message_cleanup) LDAPMessage *answer = NULL;
    if (connection_wait(connection, message, true, deadline, &answer) != WAIT_ANSWERED)
        return lk_fail(trouble, LK_BROKEN, "bind (simple): no answer");
    const int parsed = ldap_parse_result(connection->ldap, answer, &code, NULL, NULL, NULL, NULL, 0);
    if (parsed != LDAP_SUCCESS || code != LDAP_SUCCESS)
        return fail_to_bind(connection, "bind (simple)", parsed != LDAP_SUCCESS ? parsed : code, trouble);
    return LK_OK;
}

/* The file is read each time, so a password can be changed without a restart. */
static enum lk_status bind_simple(const struct connection *connection, int64_t deadline, struct lk_trouble *trouble)
{
    const struct config *config = connection->config;
    if (*config->directory_bind_dn == '\0')
        return lk_fail(trouble, LK_BROKEN, "bind (simple): directory.bind_dn is not set");
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = NULL;
    if (lk_secret_read(config->directory_bind_password_file, PASSWORD_MOST, &password, trouble) != LK_OK)
        return LK_BROKEN;
    return send_simple_bind(connection, config->directory_bind_dn, password, deadline, trouble);
}

/* Without a password a server would take it for an anonymous bind, and say yes (RFC 4513 section 5.1.2). */
static enum lk_status bind_person(const struct connection *connection, int64_t deadline, struct lk_trouble *trouble)
{
    const struct directory_identity *who = connection->who;
    if (who->mechanism != NULL)
        return bind_sasl(connection, who, deadline, trouble);
    if (who->password == NULL || lk_secret_len(who->password) == 0)
        return lk_fail(trouble, LK_MALFORMED, "bind (simple): a password is needed");
    return send_simple_bind(connection, who->dn, who->password, deadline, trouble);
}

static enum lk_status bind_by_ticket(const struct connection *connection, int64_t deadline, struct lk_trouble *trouble)
{
    static const struct directory_identity gssapi = { .mechanism = "GSSAPI" };
    if (!kerberos_begin(deadline))
        return lk_fail(trouble, LK_BROKEN, "bind (SASL GSSAPI): another session is still waiting for its ticket");
    const enum lk_status status = bind_sasl(connection, &gssapi, deadline, trouble);
    kerberos_end();
    return status;
}

enum lk_status connection_bind(const struct connection *connection, int64_t deadline, struct lk_trouble *trouble)
{
    static const struct directory_identity external = { .mechanism = "EXTERNAL" };
    if (connection->who != NULL)
        return bind_person(connection, deadline, trouble);
    if (connection->config->directory_bind == CONFIG_BIND_SIMPLE)
        return bind_simple(connection, deadline, trouble);
    if (connection->config->directory_bind == CONFIG_BIND_GSSAPI)
        return bind_by_ticket(connection, deadline, trouble);
    return bind_sasl(connection, &external, deadline, trouble);
}
