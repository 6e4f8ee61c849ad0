/* SPDX-License-Identifier: Apache-2.0 */
/* What only those ask who look for faults. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "directory/connection_internal.h"

#include <stddef.h>

/* slapd lists the control nowhere, and takes it. */
static enum lk_status try_add(struct directory *directory, const struct operation *operation,
                              struct lk_trouble *trouble)
{
    LDAPControl control = { .ldctl_oid = directory_lend(LDAP_CONTROL_NOOP), .ldctl_iscritical = 1 };
    LDAPControl *const controls[] = { &control, NULL };
    LK_CLEANUP(answer_cleanup) struct answer answer = { 0 };
    const char *actor = NULL;
    enum lk_status status = directory_actor(directory, &actor, trouble);
    if (status == LK_OK)
        status = operation_run(&directory->own, actor, operation, controls, &answer, trouble);
    if (status != LK_OK || answer.code == LDAP_X_NO_OPERATION)
        return status;
    status = result_status(answer.code);
    if (status == LK_OK)
        return lk_fail(trouble, LK_BROKEN, "the server added the entry in spite of the control; entry %s",
                       operation->dn);
    return result_fail(trouble, status, operation->name, answer.code, answer.words, operation->dn);
}

enum lk_status directory_try_add(struct directory *directory, const char *dn, const struct directory_change *attributes,
                                 struct lk_trouble *trouble)
{
    if (!change_is_usable(attributes) || !attributes->only_adds)
        return lk_fail(trouble, LK_MALFORMED, "add: not a list of attributes with values; entry %s", dn);
    const struct operation operation = { .name = "add", .dn = dn, .send = write_send_add, .input = attributes };
    const int64_t began = lk_clock_monotonic();
    return operation_counted(operation.name, began, try_add(directory, &operation, trouble));
}

/* ---- who am I? ---- */

static int send_who_am_i(const struct connection *connection, const struct operation *operation, LDAPControl **controls,
                         int *message_out)
{
    (void) operation;
    return ldap_extended_operation(connection->ldap, LDAP_EXOP_WHO_AM_I, NULL, controls, NULL, message_out);
}

static enum lk_status read_identity(LDAP *ldap, LDAPMessage *message, struct lk_arena *arena, const char **who_out,
                                    struct lk_trouble *trouble)
{
    struct berval *identity = NULL;
    const int code = ldap_parse_extended_result(ldap, message, NULL, &identity, 0);
    if (code != LDAP_SUCCESS)
        return result_fail(trouble, LK_BROKEN, "who am I", code, NULL, NULL);
    *who_out = identity == NULL ? "" : lk_arena_copy(arena, identity->bv_val, identity->bv_len);
    ber_bvfree(identity);
    return LK_OK;
}

enum lk_status directory_who_am_i(struct directory *directory, struct lk_arena *arena, const char **who_out,
                                  struct lk_trouble *trouble)
{
    const struct operation operation = { .name = "who_am_i", .repeatable = true, .send = send_who_am_i };
    LK_CLEANUP(answer_cleanup) struct answer answer = { 0 };
    const char *actor = NULL;
    enum lk_status status = directory_actor(directory, &actor, trouble);
    if (status == LK_OK)
        status = operation_run(&directory->own, actor, &operation, NULL, &answer, trouble);
    if (status != LK_OK)
        return status;
    status = result_status(answer.code);
    if (status != LK_OK)
        return result_fail(trouble, status, "who am I", answer.code, answer.words, NULL);
    return read_identity(directory->own.ldap, answer.message, arena, who_out, trouble);
}

/* ---- the certificate ---- */

enum lk_status directory_certificate(struct directory *directory, struct lk_arena *arena,
                                     struct directory_value *certificate_out, struct lk_trouble *trouble)
{
    const enum lk_status status = directory_ready(directory, trouble);
    if (status != LK_OK)
        return status;
    struct berval bytes = { 0, NULL };
    if (ldap_tls_inplace(directory->own.ldap) == 0 ||
        ldap_get_option(directory->own.ldap, LDAP_OPT_X_TLS_PEERCERT, &bytes) != LDAP_OPT_SUCCESS ||
        bytes.bv_val == NULL)
        return lk_fail(trouble, LK_ABSENT, "the session has no TLS");
    *certificate_out =
        (struct directory_value){ lk_arena_copy(arena, bytes.bv_val, bytes.bv_len), (size_t) bytes.bv_len };
    ber_memfree(bytes.bv_val);
    return LK_OK;
}
