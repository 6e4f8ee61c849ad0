/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "credentials/password.h"
#include "unit/testing.h"

#include <sodium/core.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct config *config;
static struct credentials *credentials;

static int make(void **state)
{
    (void) state;
    if (sodium_init() < 0)
        return -1;
    config = config_defaults();
    config->accounts_argon2_memory = 8388608;
    config->accounts_argon2_passes = 1;
    credentials = credentials_new(config);
    return 0;
}

static int unmake(void **state)
{
    (void) state;
    credentials_free(credentials);
    credentials_free(NULL);
    config_free(config);
    return 0;
}

static struct lk_secret *secret(const char *words)
{
    return lk_secret_new(words, strlen(words));
}

static void test_password_bounds(void **state)
{
    (void) state;
    char wide[PASSWORD_MOST + 2];
    memset(wide, 'x', sizeof wide);
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *empty = secret("");
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *more = lk_secret_new(wide, PASSWORD_MOST + 1);
    /* refused before the directory is asked: there is none here */
    assert_int_equal(credentials_check_password(credentials, NULL, "uid=ada", empty, NULL, NULL), LK_MALFORMED);
    assert_int_equal(credentials_check_password(credentials, NULL, NULL, more, NULL, NULL), LK_MALFORMED);
}

static void test_answers(void **state)
{
    (void) state;

    static const struct {
        const char *answer;
        enum lk_status status;
    } table[] = {
        {"Stra\xc3\x9f"
          "e 7",   LK_OK       },
        { "  STRASSE   7 ", LK_OK       },
        { "stra\xc3\x9f"
          "e\xc2\xa0"
          "7",     LK_OK       },
        { "strase 7",       LK_REFUSED  },
        { "stra\xc3\x9f"
          "e7",    LK_REFUSED  },
        { "",               LK_MALFORMED},
        { "   ",            LK_MALFORMED},
        { "\xff",           LK_MALFORMED},
    };
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    LK_CLEANUP(lk_cleanup_secret)
    struct lk_secret *right = secret("Stra\xc3\x9f"
                                     "e 7");
    const char *verifier = NULL;
    assert_int_equal(credentials_hash_answer(credentials, arena, right, &verifier), LK_OK);
    assert_int_equal(strncmp(verifier, "$argon2id$v=19$m=8192,t=1,p=1$", 30), 0);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        LK_CLEANUP(lk_cleanup_secret) struct lk_secret *answer = secret(table[i].answer);
        const enum lk_status status = credentials_check_answer(credentials, verifier, answer);
        if (status != table[i].status)
            fail_msg("'%s': %s", table[i].answer, lk_status_name(status));
        const enum lk_status unset = credentials_check_answer(credentials, NULL, answer);
        assert_int_equal(unset, table[i].status == LK_MALFORMED ? LK_MALFORMED : LK_REFUSED);
        assert_int_equal(credentials_check_answer(credentials, "nonsense", answer),
                         table[i].status == LK_MALFORMED ? LK_MALFORMED : LK_REFUSED);
    }
    char wide[ANSWER_MOST + 1];
    memset(wide, 'x', sizeof wide);
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *more = lk_secret_new(wide, sizeof wide);
    assert_int_equal(credentials_hash_answer(credentials, arena, more, &verifier), LK_MALFORMED);
    assert_int_equal(credentials_check_answer(credentials, verifier, more), LK_MALFORMED);
}

/* The processor's time that this thread used: what else runs on the machine is not in it. */
static int64_t own_time(void)
{
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now), 0);
    return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t time_of(const char *verifier, const struct lk_secret *answer)
{
    const int64_t begun = own_time();
    assert_int_equal(credentials_check_answer(credentials, verifier, answer), LK_REFUSED);
    return own_time() - begun;
}

/* An answer that nobody set takes as long as a wrong one: the least of many tries, by turns, within a factor of two. */
static void test_unset_answer_costs_the_same(void **state)
{
    (void) state;
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *right = secret("right");
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *wrong = secret("wrong");
    const char *verifier = NULL;
    assert_int_equal(credentials_hash_answer(credentials, arena, right, &verifier), LK_OK);
    int64_t set = INT64_MAX;
    int64_t unset = INT64_MAX;
    for (int i = 0; i < 20; i++) {
        const int64_t set_now = time_of(verifier, wrong);
        const int64_t unset_now = time_of(NULL, wrong);
        set = set_now < set ? set_now : set;
        unset = unset_now < unset ? unset_now : unset;
    }
    if (unset * 2 < set || set * 2 < unset)
        fail_msg("set %lld ns, unset %lld ns", (long long) set, (long long) unset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_password_bounds),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_unset_answer_costs_the_same),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}
