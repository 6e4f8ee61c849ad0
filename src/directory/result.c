/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/connection_internal.h"

#include <stddef.h>

struct meaning {
    int code;
    enum lk_status status;
};

/* What is not named here is LK_BROKEN: nobody can say what it means. */
static const struct meaning MEANINGS[] = {
    {LDAP_SUCCESS,                       LK_OK       },
    { LDAP_NO_SUCH_OBJECT,               LK_ABSENT   },
    { LDAP_NO_SUCH_ATTRIBUTE,            LK_ABSENT   }, /* the value to be deleted: somebody else was first */
    { LDAP_TYPE_OR_VALUE_EXISTS,         LK_CONFLICT },
    { LDAP_ALREADY_EXISTS,               LK_CONFLICT },
    { LDAP_ASSERTION_FAILED,             LK_CONFLICT },
    { LDAP_INVALID_DN_SYNTAX,            LK_MALFORMED},
    { LDAP_BUSY,                         LK_BUSY     },
    { LDAP_TIMELIMIT_EXCEEDED,           LK_BUSY     },
    { LDAP_ADMINLIMIT_EXCEEDED,          LK_REFUSED  },
    { LDAP_CONFIDENTIALITY_REQUIRED,     LK_REFUSED  },
    { LDAP_UNDEFINED_TYPE,               LK_REFUSED  },
    { LDAP_INAPPROPRIATE_MATCHING,       LK_REFUSED  },
    { LDAP_CONSTRAINT_VIOLATION,         LK_REFUSED  },
    { LDAP_INVALID_SYNTAX,               LK_REFUSED  },
    { LDAP_STRONG_AUTH_REQUIRED,         LK_REFUSED  },
    { LDAP_INSUFFICIENT_ACCESS,          LK_REFUSED  },
    { LDAP_UNWILLING_TO_PERFORM,         LK_REFUSED  },
    { LDAP_NAMING_VIOLATION,             LK_REFUSED  },
    { LDAP_OBJECT_CLASS_VIOLATION,       LK_REFUSED  },
    { LDAP_NOT_ALLOWED_ON_NONLEAF,       LK_REFUSED  },
    { LDAP_NOT_ALLOWED_ON_RDN,           LK_REFUSED  },
    { LDAP_NO_OBJECT_CLASS_MODS,         LK_REFUSED  },
    { LDAP_PROXIED_AUTHORIZATION_DENIED, LK_REFUSED  },
};

static const struct meaning BIND_MEANINGS[] = {
    {LDAP_SUCCESS,               LK_OK       },
    { LDAP_INVALID_CREDENTIALS,  LK_REFUSED  },
    { LDAP_INAPPROPRIATE_AUTH,   LK_REFUSED  }, /* the entry has no password */
    { LDAP_NO_SUCH_OBJECT,       LK_REFUSED  },
    { LDAP_UNWILLING_TO_PERFORM, LK_REFUSED  }, /* the account is switched off */
    { LDAP_CONSTRAINT_VIOLATION, LK_REFUSED  }, /* 389 Directory Server: too many failures */
    { LDAP_INSUFFICIENT_ACCESS,  LK_REFUSED  },
    { LDAP_INVALID_DN_SYNTAX,    LK_MALFORMED},
    { LDAP_BUSY,                 LK_BUSY     },
};

static enum lk_status look_up(const struct meaning *meanings, size_t count, int code)
{
    for (size_t i = 0; i < count; i++) {
        if (meanings[i].code == code)
            return meanings[i].status;
    }
    return LK_BROKEN;
}

enum lk_status result_status(int code)
{
    return look_up(MEANINGS, sizeof MEANINGS / sizeof *MEANINGS, code);
}

enum lk_status result_bind_status(int code)
{
    return look_up(BIND_MEANINGS, sizeof BIND_MEANINGS / sizeof *BIND_MEANINGS, code);
}

enum lk_status result_fail(struct lk_trouble *trouble, enum lk_status status, const char *operation, int code,
                           const char *server_words, const char *dn)
{
    const bool has_words = server_words != NULL && *server_words != '\0';
    return lk_fail(trouble, status, "%s: %s (%d)%s%s%s%s", operation, ldap_err2string(code), code,
                   has_words ? ": " : "", has_words ? server_words : "", dn != NULL ? "; entry " : "",
                   dn != NULL ? dn : "");
}
