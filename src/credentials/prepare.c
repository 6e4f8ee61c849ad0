/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials/prepare.h"

#include "credentials/password.h"

#include <sodium/utils.h>
#include <stdbool.h>
#include <string.h>
#include <stringprep.h>

static bool is_ascii(const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char) bytes[i] >= 0x80)
            return false;
    return true;
}

/* Unassigned characters are refused, as of a string that will be stored. */
static bool prepare(char *text, size_t room)
{
    return stringprep(text, room, STRINGPREP_NO_UNASSIGNED, stringprep_saslprep) == STRINGPREP_OK && *text != '\0';
}

struct lk_secret *password_prepared(const struct lk_secret *password)
{
    const char *bytes = lk_secret_bytes(password);
    const size_t len = lk_secret_len(password);
    char text[PASSWORD_MOST + 1];
    /* ASCII needs no table, and so never passes through libidn, which does not wipe what it copies. */
    if (len >= sizeof text || strlen(bytes) != len || is_ascii(bytes, len))
        return lk_secret_again(password);
    memcpy(text, bytes, len + 1);
    struct lk_secret *prepared =
        prepare(text, sizeof text) ? lk_secret_new(text, strlen(text)) : lk_secret_again(password);
    sodium_memzero(text, sizeof text);
    return prepared;
}
