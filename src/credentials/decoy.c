/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/secret.h"
#include "credentials/change_password.h"
#include "credentials/password.h"
#include "credentials/password_internal.h"
#include "directory/names.h"

#include <sodium/randombytes.h>
#include <sodium/utils.h>

static struct lk_secret *random_password(void)
{
    uint8_t bytes[32];
    char text[LK_BASE64URL_LEN(sizeof bytes) + 1];
    randombytes_buf(bytes, sizeof bytes);
    lk_base64url_encode(bytes, sizeof bytes, text);
    struct lk_secret *password = lk_secret_new(text, sizeof text - 1);
    sodium_memzero(bytes, sizeof bytes);
    sodium_memzero(text, sizeof text);
    return password;
}

/* The hash alone: nobody signs in as the decoy by SCRAM, and the daemon may write no more than its password. */
static enum lk_status write_hash(struct credentials *credentials, struct directory *directory, struct lk_arena *arena,
                                 const struct lk_secret *password, struct lk_trouble *trouble)
{
    char text[crypto_pwhash_STRBYTES];
    if (gate_enter(credentials->gate) != LK_OK)
        return lk_fail(trouble, LK_BUSY, "the decoy's password could not be hashed");
    const enum lk_status status =
        credentials_argon2(credentials, lk_secret_bytes(password), lk_secret_len(password), text);
    gate_leave(credentials->gate);
    if (status != LK_OK)
        return lk_fail(trouble, status, "the decoy's password could not be hashed");
    struct directory_change *change = directory_change_new(arena);
    directory_change_replace(change, NAME_USER_PASSWORD, lk_arena_format(arena, ARGON2_SCHEME "%s", text));
    sodium_memzero(text, sizeof text);
    return directory_modify(directory, credentials->config->directory_decoy, change, trouble);
}

enum lk_status credentials_renew_decoy(struct credentials *credentials, struct directory *directory,
                                       struct lk_arena *arena, struct lk_trouble *trouble)
{
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = random_password();
    if (credentials->config->directory_password_method == CONFIG_PASSWORD_METHOD_VERIFIERS)
        return write_hash(credentials, directory, arena, password, trouble);
    enum directory_password_refusal refusal = DIRECTORY_REFUSAL_UNSAID;
    const struct password_change change = { .account_dn = credentials->config->directory_decoy, .password = password };
    return credentials_change_password(credentials, directory, arena, &change, &refusal, trouble);
}
