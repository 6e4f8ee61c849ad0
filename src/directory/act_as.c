/* SPDX-License-Identifier: Apache-2.0 */
/* Proxied authorization (RFC 4370): under whose name an operation is carried out, and whether the server knows the control. */
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fatal.h"
#include "directory/connection_internal.h"

#include <stdlib.h>
#include <string.h>

#define ACTOR_PREFIX "dn:"

void directory_act_as(struct directory *directory, const char *dn)
{
    directory->actor = NULL;
    if (dn == NULL)
        return;
    const size_t len = strlen(dn);
    const size_t needed = sizeof ACTOR_PREFIX + len;
    if (needed > directory->actor_room) {
        char *larger = realloc(directory->actor_text, needed);
        if (larger == NULL)
            lk_fatal("out of memory");
        directory->actor_text = larger;
        directory->actor_room = needed;
    }
    memcpy(directory->actor_text, ACTOR_PREFIX, sizeof ACTOR_PREFIX - 1);
    memcpy(directory->actor_text + sizeof ACTOR_PREFIX - 1, dn, len + 1);
    directory->actor = directory->actor_text;
}

/* ---- does the server have it? ---- */

static int send_root_dse(const struct connection *connection, const struct operation *operation, LDAPControl **controls,
                         int *message_out)
{
    char *attributes[] = { directory_lend("supportedControl"), NULL };
    return ldap_search_ext(connection->ldap, operation->dn, LDAP_SCOPE_BASE, "(objectClass=*)", attributes, 0, controls,
                           NULL, NULL, 1, message_out);
}

static void values_cleanup(struct berval ***values)
{
    ldap_value_free_len(*values);
}

/* A server that does not show its controls is taken at its word when it comes to it: the control is critical. */
static enum connection_proxying read_root_dse(LDAP *ldap, LDAPMessage *message)
{
    static const char wanted[] = LDAP_CONTROL_PROXY_AUTHZ;
    LDAPMessage *entry = ldap_first_entry(ldap, message);
    LK_CLEANUP(values_cleanup)
    struct berval **values = entry == NULL ? NULL : ldap_get_values_len(ldap, entry, "supportedControl");
    if (values == NULL)
        return PROXYING_OFFERED;
    for (size_t i = 0; values[i] != NULL; i++) {
        if (values[i]->bv_len == sizeof wanted - 1 && memcmp(values[i]->bv_val, wanted, sizeof wanted - 1) == 0)
            return PROXYING_OFFERED;
    }
    return PROXYING_LACKING;
}

static enum lk_status ask_server(struct connection *connection, struct lk_trouble *trouble)
{
    const struct operation operation = { .name = "read", .dn = "", .repeatable = true, .send = send_root_dse };
    const int64_t began = lk_clock_monotonic();
    LK_CLEANUP(answer_cleanup) struct answer answer = { 0 };
    const enum lk_status status =
        operation_counted(operation.name, began, operation_run(connection, NULL, &operation, NULL, &answer, trouble));
    if (status == LK_OK)
        connection->proxying = read_root_dse(connection->ldap, answer.message);
    return status;
}

/* What was learnt counts until the session ends. If the next one, on which the operation is sent then, is with a server without
 * the control, that server refuses it: it is critical. */
enum lk_status directory_can_act_as(struct directory *directory, bool *can_out, struct lk_trouble *trouble)
{
    struct connection *own = &directory->own;
    *can_out = false;
    if (own->config->directory_proxied_authorization == CONFIG_PROXIED_NEVER)
        return LK_OK;
    const enum lk_status status = own->proxying == PROXYING_UNKNOWN ? ask_server(own, trouble) : LK_OK;
    *can_out = own->proxying == PROXYING_OFFERED;
    return status;
}

enum lk_status directory_actor(struct directory *directory, const char **actor_out, struct lk_trouble *trouble)
{
    *actor_out = NULL;
    if (directory->actor == NULL)
        return LK_OK;
    bool can = false;
    const enum lk_status status = directory_can_act_as(directory, &can, trouble);
    if (status != LK_OK)
        return status;
    if (can)
        *actor_out = directory->actor;
    else if (directory->own.config->directory_proxied_authorization == CONFIG_PROXIED_REQUIRED)
        return lk_fail(trouble, LK_REFUSED,
                       "the server has no proxied authorization (RFC 4370), which "
                       "directory.proxied_authorization = required asks for");
    return LK_OK;
}
