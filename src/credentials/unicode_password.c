/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials/unicode_password.h"

#include "base/unicode.h"
#include "credentials/password.h"
#include "directory/names.h"

#include <sodium/utils.h>
#include <string.h>

/* The bit for somebody who may sign in; without the attribute a new account is switched off. */
#define NORMAL_ACCOUNT "512"

static enum lk_status quote(struct lk_arena *arena, const struct lk_secret *password, unsigned char **bytes_out,
                            size_t *len_out)
{
    char quoted[PASSWORD_MOST + 2];
    const size_t len = lk_secret_len(password);
    if (len > PASSWORD_MOST)
        return LK_MALFORMED;
    quoted[0] = '"';
    memcpy(quoted + 1, lk_secret_bytes(password), len);
    quoted[len + 1] = '"';
    const enum lk_status status = lk_unicode_utf16le(arena, quoted, len + 2, bytes_out, len_out);
    sodium_memzero(quoted, sizeof quoted);
    return status;
}

enum lk_status unicode_password_replace(struct lk_arena *arena, const struct lk_secret *password,
                                        struct directory_change *change)
{
    unsigned char *bytes = NULL;
    size_t len = 0;
    const enum lk_status status = quote(arena, password, &bytes, &len);
    if (status == LK_OK)
        directory_change_replace_bytes(change, NAME_UNICODE_PASSWORD, bytes, len);
    return status;
}

enum lk_status unicode_password_add(struct lk_arena *arena, const struct lk_secret *password,
                                    struct directory_change *entry)
{
    unsigned char *bytes = NULL;
    size_t len = 0;
    const enum lk_status status = quote(arena, password, &bytes, &len);
    if (status != LK_OK)
        return status;
    directory_change_add_bytes(entry, NAME_UNICODE_PASSWORD, bytes, len);
    directory_change_add(entry, NAME_ACCOUNT_CONTROL, NORMAL_ACCOUNT);
    return LK_OK;
}
