/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials/unicode_password.h"

#include "base/unicode.h"
#include "credentials/password.h"
#include "directory/names.h"

#include <sodium/utils.h>
#include <string.h>

enum lk_status unicode_password_replace(struct lk_arena *arena, const struct lk_secret *password,
                                        struct directory_change *change)
{
    char quoted[PASSWORD_MOST + 2];
    const size_t len = lk_secret_len(password);
    if (len > PASSWORD_MOST)
        return LK_MALFORMED;
    quoted[0] = '"';
    memcpy(quoted + 1, lk_secret_bytes(password), len);
    quoted[len + 1] = '"';
    unsigned char *bytes = NULL;
    size_t bytes_len = 0;
    const enum lk_status status = lk_unicode_utf16le(arena, quoted, len + 2, &bytes, &bytes_len);
    sodium_memzero(quoted, sizeof quoted);
    if (status == LK_OK)
        directory_change_replace_bytes(change, NAME_UNICODE_PASSWORD, bytes, bytes_len);
    return status;
}
