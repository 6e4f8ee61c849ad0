/* SPDX-License-Identifier: Apache-2.0 */
/* ldap.conf(5), as libldap has read it. It keeps BINDDN to itself, and takes it for a simple bind without a name. */
#include "base/cleanup.h"
#include "directory/connection_internal.h"

#include <stddef.h>
#include <string.h>

static const char *said(struct lk_arena *arena, int option)
{
    LK_CLEANUP(ldap_words_cleanup) char *words = NULL;
    if (ldap_get_option(NULL, option, (void *) &words) != LDAP_OPT_SUCCESS || words == NULL || *words == '\0')
        return NULL;
    return lk_arena_words(arena, words);
}

/* Where nobody has said anything, libldap says "ldap://localhost:389/??base" nevertheless: no URI that anybody writes has a scope. */
static const char *said_uri(struct lk_arena *arena)
{
    const char *uri = said(arena, LDAP_OPT_URI);
    return uri != NULL && strstr(uri, "??") != NULL ? NULL : uri;
}

struct directory_defaults directory_defaults(struct lk_arena *arena)
{
    return (struct directory_defaults){
        .uri = said_uri(arena),
        .base = said(arena, LDAP_OPT_DEFBASE),
        .mechanism = said(arena, LDAP_OPT_X_SASL_MECH),
        .authentication_name = said(arena, LDAP_OPT_X_SASL_AUTHCID),
        .authorization_name = said(arena, LDAP_OPT_X_SASL_AUTHZID),
        .realm = said(arena, LDAP_OPT_X_SASL_REALM),
    };
}
