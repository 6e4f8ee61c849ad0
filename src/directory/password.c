/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "directory/connection_internal.h"

#include <stddef.h>

static int send_bind(const struct connection *connection, const struct operation *operation, LDAPControl **controls,
                     int *message_out)
{
    const struct lk_secret *password = operation->input;
    struct berval credentials = { .bv_len = lk_secret_len(password),
                                  .bv_val = directory_lend(lk_secret_bytes(password)) };
    return ldap_sasl_bind(connection->ldap, operation->dn, LDAP_SASL_SIMPLE, &credentials, controls, NULL, message_out);
}

static enum directory_password_state read_state(LDAP *ldap, const struct answer *answer)
{
    if (answer->code == LDAP_CONSTRAINT_VIOLATION) /* 389 Directory Server says it so */
        return DIRECTORY_PASSWORD_LOCKED;
    LDAPControl *control = ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, answer->controls, NULL);
    ber_int_t expires = 0;
    ber_int_t grace = 0;
    LDAPPasswordPolicyError error = PP_noError;
    if (control == NULL || ldap_parse_passwordpolicy_control(ldap, control, &expires, &grace, &error) != LDAP_SUCCESS)
        return DIRECTORY_PASSWORD_PLAIN;
    if (error == PP_accountLocked)
        return DIRECTORY_PASSWORD_LOCKED;
    if (error == PP_passwordExpired)
        return DIRECTORY_PASSWORD_EXPIRED;
    return error == PP_changeAfterReset ? DIRECTORY_PASSWORD_MUST_CHANGE : DIRECTORY_PASSWORD_PLAIN;
}

/* A check counts failures in the server, so one that may have been carried out is not repeated. The session stays bound as
 * whom it was last used for until the next check: nothing but binds is ever sent on it. */
static enum lk_status check(struct connection *connection, const char *dn, const struct lk_secret *password,
                            enum directory_password_state *state, struct lk_trouble *trouble)
{
    LDAPControl policy = { .ldctl_oid = directory_lend(LDAP_CONTROL_PASSWORDPOLICYREQUEST) };
    LDAPControl *const controls[] = { &policy, NULL };
    const struct operation operation = { .name = "bind", .dn = dn, .send = send_bind, .input = password };
    LK_CLEANUP(answer_cleanup) struct answer answer = { 0 };
    enum lk_status status = operation_run(connection, NULL, &operation, controls, &answer, trouble);
    if (status != LK_OK)
        return status;
    status = result_bind_status(answer.code);
    *state = read_state(connection->ldap, &answer);
    if (status != LK_OK)
        return result_fail(trouble, status, "bind", answer.code, answer.words, dn);
    return LK_OK;
}

enum lk_status directory_check_password(struct directory *directory, const char *dn, const struct lk_secret *password,
                                        enum directory_password_state *state_out, struct lk_trouble *trouble)
{
    if (lk_secret_len(password) == 0 || *dn == '\0')
        return lk_fail(trouble, LK_MALFORMED, "bind: an empty name or password");
    const int64_t began = lk_clock_monotonic();
    enum directory_password_state state = DIRECTORY_PASSWORD_PLAIN;
    const enum lk_status status =
        operation_counted("bind", began, check(&directory->passwords, dn, password, &state, trouble));
    if (state_out != NULL && (status == LK_OK || status == LK_REFUSED))
        *state_out = state;
    return status;
}
