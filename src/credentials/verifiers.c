/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials/verifiers.h"

#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/record.h"
#include "credentials/password_internal.h"
#include "credentials/prepare.h"
#include "credentials/scram.h"
#include "directory/names.h"
#include "logging/metrics.h"

#include <sodium/randombytes.h>
#include <sodium/utils.h>
#include <string.h>

#define NOTE_KIND   "argon2id"
#define SERVER_KIND "server"
#define NOTE_ID_LEN 12

/* What each choice of accounts.scram stands for. */
static const struct choice {
    const char *name; /* in the note; NULL: no SCRAM */
    enum scram_mechanism mechanisms[2];
    size_t count;
} choices[] = {
    [CONFIG_SCRAM_SHA_256] = {"sha-256",          { SCRAM_SHA_256 },                1},
    [CONFIG_SCRAM_SHA_256_AND_SHA_512] = { "sha-256+sha-512", { SCRAM_SHA_256, SCRAM_SHA_512 }, 2},
    [CONFIG_SCRAM_NONE] = { NULL,              { SCRAM_SHA_256 },                0},
};

static const struct choice *choice_of(const struct credentials *credentials)
{
    return &choices[credentials->config->accounts_scram];
}

/* ---- the note ---- */

/* Everything of it but the id. */
static struct lk_record todays_record(const struct credentials *credentials, struct lk_arena *arena)
{
    const struct config *config = credentials->config;
    const struct choice *choice = choice_of(credentials);
    struct lk_record record = { .kind = NOTE_KIND };
    lk_record_set(&record, "memory", lk_arena_format(arena, "%lld", (long long) config->accounts_argon2_memory));
    lk_record_set(&record, "passes", lk_arena_format(arena, "%lld", (long long) config->accounts_argon2_passes));
    lk_record_set(&record, "scram", choice->name);
    if (choice->count > 0)
        lk_record_set(&record, "iterations",
                      lk_arena_format(arena, "%lld", (long long) config->accounts_scram_iterations));
    return record;
}

static const char *write_record(const struct lk_record *record, struct lk_arena *arena)
{
    LK_CLEANUP(lk_text_done) struct lk_text text = LK_TEXT(LK_RECORD_MOST);
    lk_record_write(record, &text);
    return lk_arena_words(arena, lk_text_string(&text));
}

static const char *write_with_id(struct lk_record *record, struct lk_arena *arena)
{
    uint8_t id[NOTE_ID_LEN];
    char text[LK_BASE64URL_LEN(NOTE_ID_LEN) + 1];
    randombytes_buf(id, sizeof id);
    lk_base64url_encode(id, sizeof id, text);
    lk_record_set(record, "id", text);
    return write_record(record, arena);
}

static const char *new_note(const struct credentials *credentials, struct lk_arena *arena)
{
    struct lk_record record = todays_record(credentials, arena);
    return write_with_id(&record, arena);
}

const char *verifiers_server_note(struct lk_arena *arena)
{
    struct lk_record record = { .kind = SERVER_KIND };
    return write_with_id(&record, arena);
}

const char *verifiers_note_again(struct lk_arena *arena, const char *note)
{
    struct lk_record record;
    if (note == NULL || lk_record_parse(arena, note, strlen(note), &record) != LK_OK)
        return verifiers_server_note(arena);
    return write_with_id(&record, arena);
}

bool credentials_are_outdated(const struct credentials *credentials, const char *note)
{
    if (credentials->config->directory_password_method != CONFIG_PASSWORD_METHOD_VERIFIERS)
        return false;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct lk_record record = { .kind = NULL };
    if (note == NULL || lk_record_parse(arena, note, strlen(note), &record) != LK_OK)
        return true;
    lk_record_set(&record, "id", NULL);
    const struct lk_record today = todays_record(credentials, arena);
    return strcmp(write_record(&record, arena), write_record(&today, arena)) != 0;
}

/* ---- the verifiers ---- */

static enum lk_status make_scram(const struct credentials *credentials, struct lk_arena *arena,
                                 const struct lk_secret *prepared, struct verifiers *verifiers)
{
    const struct choice *choice = choice_of(credentials);
    for (size_t i = 0; i < choice->count; i++) {
        uint8_t salt[SCRAM_SALT_LEN];
        randombytes_buf(salt, sizeof salt);
        verifiers->auth_passwords[i] = scram_verifier(arena, choice->mechanisms[i], prepared, salt, sizeof salt,
                                                      (unsigned) credentials->config->accounts_scram_iterations);
        if (verifiers->auth_passwords[i] == NULL)
            return LK_BUSY;
    }
    return LK_OK;
}

static enum lk_status make_all(struct credentials *credentials, struct lk_arena *arena,
                               const struct lk_secret *prepared, struct verifiers *verifiers)
{
    char text[crypto_pwhash_STRBYTES];
    enum lk_status status = credentials_argon2(credentials, lk_secret_bytes(prepared), lk_secret_len(prepared), text);
    if (status == LK_OK)
        verifiers->user_password = lk_arena_format(arena, ARGON2_SCHEME "%s", text);
    sodium_memzero(text, sizeof text);
    if (status == LK_OK)
        status = make_scram(credentials, arena, prepared, verifiers);
    return status;
}

enum lk_status credentials_make_verifiers(struct credentials *credentials, struct lk_arena *arena,
                                          const struct lk_secret *password, struct verifiers *verifiers_out)
{
    if (!password_fits(password))
        return LK_MALFORMED;
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *prepared = password_prepared(password);
    struct verifiers verifiers = { .note = new_note(credentials, arena) };
    if (gate_enter(credentials->gate) != LK_OK)
        return LK_BUSY;
    const enum lk_status status = make_all(credentials, arena, prepared, &verifiers);
    gate_leave(credentials->gate);
    if (status == LK_OK)
        *verifiers_out = verifiers;
    return status;
}

static void add_scram(const struct verifiers *verifiers, struct directory_change *change)
{
    for (size_t i = 0; verifiers->auth_passwords[i] != NULL; i++)
        directory_change_add(change, NAME_AUTH_PASSWORD, verifiers->auth_passwords[i]);
}

void verifiers_add(const struct verifiers *verifiers, struct directory_change *entry)
{
    directory_change_add(entry, NAME_USER_PASSWORD, verifiers->user_password);
    add_scram(verifiers, entry);
    directory_change_add(entry, NAME_VERIFIER, verifiers->note);
}

static void replace_passwords(const struct verifiers *verifiers, struct directory_change *change)
{
    directory_change_replace(change, NAME_USER_PASSWORD, verifiers->user_password);
    directory_change_replace(change, NAME_AUTH_PASSWORD, NULL);
    add_scram(verifiers, change);
}

void verifiers_replace(const struct verifiers *verifiers, struct directory_change *change)
{
    replace_passwords(verifiers, change);
    directory_change_replace(change, NAME_VERIFIER, verifiers->note);
}

static enum lk_status renew(struct credentials *credentials, struct directory *directory, struct lk_arena *arena,
                            const char *account_dn, const char *note, const struct lk_secret *password,
                            struct lk_trouble *trouble)
{
    struct verifiers verifiers;
    const enum lk_status status = credentials_make_verifiers(credentials, arena, password, &verifiers);
    if (status != LK_OK)
        return lk_fail(trouble, status, "the verifiers could not be made; entry %s", account_dn);
    struct directory_change *change = directory_change_new(arena);
    /* First, and exactly: who changed the password meanwhile changed the note too. It has one value only, so where there was
     * none, somebody else's makes the addition fail. */
    if (note != NULL)
        directory_change_delete(change, NAME_VERIFIER, note);
    directory_change_add(change, NAME_VERIFIER, verifiers.note);
    replace_passwords(&verifiers, change);
    return directory_modify(directory, account_dn, change, trouble);
}

enum lk_status credentials_renew_verifiers(struct credentials *credentials, struct directory *directory,
                                           struct lk_arena *arena, const char *account_dn, const char *note,
                                           const struct lk_secret *password, struct lk_trouble *trouble)
{
    const enum lk_status status = renew(credentials, directory, arena, account_dn, note, password, trouble);
    metrics_count(METRIC_ACTIONS, "renew_verifiers", lk_status_name(status));
    return status;
}
