/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/secret.h"
#include "directory/connection_internal.h"

#include <sasl/sasl.h>
#include <stddef.h>

#define PASSWORD_MOST 1024

static enum lk_status fail_to_bind(const struct connection *connection, const char *how, int code,
                                   struct lk_trouble *trouble)
{
    LK_CLEANUP(ldap_words_cleanup) char *words = NULL;
    (void) ldap_get_option(connection->ldap, LDAP_OPT_DIAGNOSTIC_MESSAGE, (void *) &words);
    return result_fail(trouble, LK_BROKEN, how, code, words, NULL);
}

/* EXTERNAL may ask whom to act for: for ourselves. */
static int answer_nothing(LDAP *ldap, unsigned flags, void *defaults, void *questions)
{
    (void) ldap;
    (void) flags;
    (void) defaults;
    for (sasl_interact_t *question = questions; question->id != SASL_CB_LIST_END; question++) {
        question->result = "";
        question->len = 0;
    }
    return LDAP_SUCCESS;
}

static enum lk_status bind_external(const struct connection *connection, int64_t deadline, struct lk_trouble *trouble)
{
    LK_CLEANUP(ldap_message_cleanup) LDAPMessage *answer = NULL;
    const char *mechanism = NULL;
    for (;;) {
        int message = 0;
        const int code = ldap_sasl_interactive_bind(connection->ldap, NULL, "EXTERNAL", NULL, NULL, LDAP_SASL_QUIET,
                                                    answer_nothing, NULL, answer, &mechanism, &message);
        ldap_message_cleanup(&answer);
        if (code == LDAP_SUCCESS)
            return LK_OK;
        if (code != LDAP_SASL_BIND_IN_PROGRESS)
            return fail_to_bind(connection, "bind (SASL EXTERNAL)", code, trouble);
        if (connection_wait(connection, message, true, deadline, &answer) != WAIT_ANSWERED)
            return lk_fail(trouble, LK_BROKEN, "bind (SASL EXTERNAL): no answer");
    }
}

static enum lk_status send_simple_bind(const struct connection *connection, const struct lk_secret *password,
                                       int64_t deadline, struct lk_trouble *trouble)
{
    struct berval credentials = { .bv_len = lk_secret_len(password),
                                  .bv_val = directory_lend(lk_secret_bytes(password)) };
    int message = 0;
    int code = ldap_sasl_bind(connection->ldap, connection->config->directory_bind_dn, LDAP_SASL_SIMPLE, &credentials,
                              NULL, NULL, &message);
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
    return send_simple_bind(connection, password, deadline, trouble);
}

enum lk_status connection_bind(const struct connection *connection, int64_t deadline, struct lk_trouble *trouble)
{
    if (connection->config->directory_bind == CONFIG_BIND_SIMPLE)
        return bind_simple(connection, deadline, trouble);
    return bind_external(connection, deadline, trouble);
}
