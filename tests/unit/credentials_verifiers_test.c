/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "credentials/change_password.h"
#include "credentials/unicode_password.h"
#include "credentials/verifiers.h"
#include "directory/connection_internal.h"
#include "unit/testing.h"

#include <regex.h>
#include <sodium/core.h>
#include <sodium/crypto_pwhash.h>
#include <string.h>

static struct config *config;
static struct credentials *credentials;
static struct lk_arena *arena;

static int make(void **state)
{
    (void) state;
    if (sodium_init() < 0)
        return -1;
    config = config_defaults();
    config->accounts_argon2_memory = 8388608;
    config->accounts_argon2_passes = 1;
    config->accounts_scram_iterations = 4096;
    credentials = credentials_new(config);
    return 0;
}

static int unmake(void **state)
{
    (void) state;
    credentials_free(credentials);
    config_free(config);
    return 0;
}

static int begin(void **state)
{
    (void) state;
    config->accounts_scram = CONFIG_SCRAM_SHA_256;
    config->directory_password_method = CONFIG_PASSWORD_METHOD_VERIFIERS;
    arena = lk_arena_new();
    return 0;
}

static int end(void **state)
{
    (void) state;
    lk_arena_free(arena);
    return 0;
}

static bool has_form(const char *text, const char *form)
{
    regex_t expression;
    assert_int_equal(regcomp(&expression, form, REG_EXTENDED | REG_NOSUB), 0);
    const bool matches = regexec(&expression, text, 0, NULL, 0) == 0;
    regfree(&expression);
    return matches;
}

static struct verifiers verifiers_of(const char *words)
{
    struct verifiers verifiers = { .user_password = NULL };
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = lk_secret_new(words, strlen(words));
    assert_int_equal(credentials_make_verifiers(credentials, arena, password, &verifiers), LK_OK);
    return verifiers;
}

/* The forms that slapd's argon2 module and Cyrus SASL take; tests/e2e binds with them. */
static void test_forms(void **state)
{
    (void) state;
    const struct verifiers first = verifiers_of("correct horse");
    const struct verifiers second = verifiers_of("correct horse");
    assert_true(has_form(first.user_password, "^\\{ARGON2\\}\\$argon2id\\$v=19\\$m=8192,t=1,p=1\\$[A-Za-z0-9+/]{22}"
                                              "\\$[A-Za-z0-9+/]{43}$"));
    assert_true(has_form(first.auth_passwords[0], "^SCRAM-SHA-256\\$4096:[A-Za-z0-9+/]{22}==\\$[A-Za-z0-9+/]{43}="
                                                  ":[A-Za-z0-9+/]{43}=$"));
    assert_null(first.auth_passwords[1]);
    assert_true(
        has_form(first.note, "^argon2id memory=8388608 passes=1 scram=sha-256 iterations=4096 id=[A-Za-z0-9_-]{16}$"));
    assert_int_equal(crypto_pwhash_str_verify(first.user_password + strlen("{ARGON2}"), "correct horse", 13), 0);
    assert_string_not_equal(first.user_password, second.user_password); /* salts are fresh */
    assert_string_not_equal(first.auth_passwords[0], second.auth_passwords[0]);
    assert_string_not_equal(first.note, second.note);
}

static void test_which_scram(void **state)
{
    (void) state;
    config->accounts_scram = CONFIG_SCRAM_SHA_256_AND_SHA_512;
    const struct verifiers both = verifiers_of("correct horse");
    assert_memory_equal(both.auth_passwords[0], "SCRAM-SHA-256$", 14);
    assert_memory_equal(both.auth_passwords[1], "SCRAM-SHA-512$", 14);
    assert_null(both.auth_passwords[2]);
    config->accounts_scram = CONFIG_SCRAM_NONE;
    const struct verifiers none = verifiers_of("correct horse");
    assert_null(none.auth_passwords[0]);
    assert_true(has_form(none.note, "^argon2id memory=8388608 passes=1 id=[A-Za-z0-9_-]{16}$"));
}

/* Both verifiers are of the same form of the password. */
static void test_of_the_prepared_form(void **state)
{
    (void) state;
    const struct verifiers verifiers = verifiers_of("u\xcc\x88"
                                                    "ber");
    assert_int_equal(crypto_pwhash_str_verify(verifiers.user_password + strlen("{ARGON2}"),
                                              "\xc3\xbc"
                                              "ber",
                                              5),
                     0);
}

static void test_bounds(void **state)
{
    (void) state;
    char wide[PASSWORD_MOST + 1];
    struct verifiers verifiers = { .user_password = NULL };
    memset(wide, 'x', sizeof wide);
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *empty = lk_secret_new("", 0);
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *most = lk_secret_new(wide, PASSWORD_MOST);
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *more = lk_secret_new(wide, PASSWORD_MOST + 1);
    assert_int_equal(credentials_make_verifiers(credentials, arena, empty, &verifiers), LK_MALFORMED);
    assert_int_equal(credentials_make_verifiers(credentials, arena, more, &verifiers), LK_MALFORMED);
    assert_null(verifiers.user_password);
    assert_int_equal(credentials_make_verifiers(credentials, arena, most, &verifiers), LK_OK);
    const struct password_change change = { .account_dn = "uid=ada", .password = more };
    enum directory_password_refusal refusal = DIRECTORY_REFUSAL_POOR;
    assert_int_equal(credentials_change_password(credentials, NULL, arena, &change, &refusal, NULL), LK_MALFORMED);
}

static void test_outdated(void **state)
{
    (void) state;
    const char *note = verifiers_of("correct horse").note;
    assert_false(credentials_are_outdated(credentials, note));
    assert_true(credentials_are_outdated(credentials, NULL));
    assert_true(credentials_are_outdated(credentials, "argon2id memory=8388608"));
    assert_true(credentials_are_outdated(credentials, "%"));
    config->accounts_argon2_passes = 2;
    assert_true(credentials_are_outdated(credentials, note));
    config->accounts_argon2_passes = 1;
    config->accounts_argon2_memory *= 2;
    assert_true(credentials_are_outdated(credentials, note));
    config->accounts_argon2_memory /= 2;
    config->accounts_scram = CONFIG_SCRAM_NONE;
    assert_true(credentials_are_outdated(credentials, note));
    config->accounts_scram = CONFIG_SCRAM_SHA_256;
    config->accounts_scram_iterations++;
    assert_true(credentials_are_outdated(credentials, note));
    config->directory_password_method = CONFIG_PASSWORD_METHOD_EXOP;
    assert_false(credentials_are_outdated(credentials, note)); /* not ours to make */
    config->accounts_scram_iterations--;
}

/* ---- what is written ---- */

static void assert_modification(const struct directory_change *change, size_t at, int operation, const char *attribute,
                                size_t values)
{
    const LDAPMod *modification = change->changes[at];
    size_t count = 0;
    while (modification->mod_bvalues != NULL && modification->mod_bvalues[count] != NULL)
        count++;
    assert_string_equal(modification->mod_type, attribute);
    assert_int_equal(modification->mod_op, operation | LDAP_MOD_BVALUES);
    assert_int_equal(count, values);
}

static void test_an_add_has_them_all(void **state)
{
    (void) state;
    config->accounts_scram = CONFIG_SCRAM_SHA_256_AND_SHA_512;
    const struct verifiers verifiers = verifiers_of("correct horse");
    struct directory_change *entry = directory_change_new(arena);
    verifiers_add(&verifiers, entry);
    assert_int_equal(entry->count, 3);
    assert_true(entry->only_adds);
    assert_modification(entry, 0, LDAP_MOD_ADD, "userPassword", 1);
    assert_modification(entry, 1, LDAP_MOD_ADD, "authPassword", 2);
    assert_modification(entry, 2, LDAP_MOD_ADD, "lkVerifier", 1);
}

/* Without SCRAM too: a verifier of the old password must not stay. */
static void test_a_modify_leaves_no_old_one(void **state)
{
    (void) state;
    config->accounts_scram = CONFIG_SCRAM_NONE;
    const struct verifiers verifiers = verifiers_of("correct horse");
    struct directory_change *change = directory_change_new(arena);
    verifiers_replace(&verifiers, change);
    assert_int_equal(change->count, 3);
    assert_modification(change, 0, LDAP_MOD_REPLACE, "userPassword", 1);
    assert_modification(change, 1, LDAP_MOD_REPLACE, "authPassword", 0);
    assert_modification(change, 2, LDAP_MOD_REPLACE, "lkVerifier", 1);
}

static void assert_unicode(const char *words, const char *bytes, size_t len)
{
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = lk_secret_new(words, strlen(words));
    struct directory_change *change = directory_change_new(arena);
    assert_int_equal(unicode_password_replace(arena, password, change), LK_OK);
    assert_modification(change, 0, LDAP_MOD_REPLACE, "unicodePwd", 1);
    const struct berval *value = change->changes[0]->mod_bvalues[0];
    assert_int_equal(value->bv_len, len);
    assert_memory_equal(value->bv_val, bytes, len);
}

static void test_unicode_password(void **state)
{
    (void) state;
    assert_unicode("new", "\"\0n\0e\0w\0\"\0", 10); /* the example in Microsoft's own description */
    assert_unicode("\xc3\xa4\xe2\x82\xac", "\"\0\xe4\0\xac\x20\"\0", 8);
    assert_unicode("\xf0\x9f\x90\x8e", "\"\0\x3d\xd8\x0e\xdc\"\0", 8); /* two units */
    assert_unicode("u\xcc\x88", "\"\0u\0\x08\x03\"\0", 8);             /* as typed */
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *garbage = lk_secret_new("\xff", 1);
    struct directory_change *change = directory_change_new(arena);
    assert_int_equal(unicode_password_replace(arena, garbage, change), LK_MALFORMED);
    assert_true(directory_change_is_empty(change));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_forms),
        TEST(test_which_scram),
        TEST(test_of_the_prepared_form),
        TEST(test_bounds),
        TEST(test_outdated),
        TEST(test_an_add_has_them_all),
        TEST(test_a_modify_leaves_no_old_one),
        TEST(test_unicode_password),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
