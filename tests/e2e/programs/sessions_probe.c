/* SPDX-License-Identifier: Apache-2.0 */
/* sessions_probe [SECTION.NAME=VALUE...] - the rooms `sessions` and `credentials`, driven from outside: one JSON object a
 * line in, one out. Ends at the end of its input.
 *
 *   {"do": "begin", "name": "jane", "now": 1795000000}   ->   {"status": "ok", "cookie": "...", "trouble": ""} */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/text.h"
#include "credentials/change_password.h"
#include "credentials/password.h"
#include "credentials/verifiers.h"
#include "sessions/sessions.h"

#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RACERS_MOST 64

struct probe {
    struct config *config;
    struct key_ring *ring;
    struct credentials *credentials;
    struct directory *directory;
    struct lk_arena *arena;
    struct lk_trouble trouble;
    const json_t *asked;
    json_t *answer;
};

static const char *asked_words(const struct probe *probe, const char *name)
{
    return json_string_value(json_object_get(probe->asked, name));
}

static int64_t asked_now(const struct probe *probe)
{
    return (int64_t) json_integer_value(json_object_get(probe->asked, "now"));
}

static void say(const struct probe *probe, const char *name, const char *words)
{
    (void) json_object_set_new(probe->answer, name, words == NULL ? json_null() : json_string(words));
}

static enum lk_status asked_account(struct probe *probe, struct account *account_out)
{
    return account_by_name(probe->directory, probe->config, probe->arena, asked_words(probe, "name"), account_out,
                           &probe->trouble);
}

static enum lk_status asked_session(struct probe *probe, struct session *session_out)
{
    const char *cookie = asked_words(probe, "cookie");
    return session_check(probe->config, probe->ring, probe->directory, probe->arena, cookie, strlen(cookie),
                         asked_now(probe), session_out, &probe->trouble);
}

static void tell_session(struct probe *probe, const struct session *session)
{
    char uuid[LK_UUID_TEXT_LEN + 1];
    lk_uuid_format(session->profile, uuid);
    say(probe, "dn", session->account.dn);
    say(probe, "value", session->value);
    say(probe, "id", session->id);
    say(probe, "profile", session->has_profile ? uuid : NULL);
    (void) json_object_set_new(probe->answer, "seen", json_integer(session->seen));
    (void) json_object_set_new(probe->answer, "ends", json_integer(session->ends));
    (void) json_object_set_new(probe->answer, "kept", json_boolean(session->kept));
}

/* ---- sessions ---- */

static enum lk_status do_begin(struct probe *probe)
{
    char cookie[SESSION_COOKIE_LEN + 1] = "";
    struct account account;
    enum lk_status status = asked_account(probe, &account);
    if (status != LK_OK)
        return status;
    const struct session_origin origin = { asked_words(probe, "address"), asked_words(probe, "agent") };
    status = session_begin(probe->config, probe->ring, probe->directory, probe->arena, &account,
                           json_is_true(json_object_get(probe->asked, "kept")), &origin, asked_now(probe), cookie,
                           &probe->trouble);
    say(probe, "cookie", cookie);
    return status;
}

static enum lk_status do_check(struct probe *probe)
{
    struct session session;
    const enum lk_status status = asked_session(probe, &session);
    if (status == LK_OK)
        tell_session(probe, &session);
    return status;
}

/* With "meanwhile", an earlier `now` at which a second request of the same browser wrote the last use in between. */
static enum lk_status do_select(struct probe *probe)
{
    struct session session;
    struct session other;
    uint8_t profile[16];
    const char *uuid = asked_words(probe, "profile");
    enum lk_status status = lk_uuid_parse(uuid, strlen(uuid), profile);
    if (status == LK_OK)
        status = asked_session(probe, &session);
    const json_t *meanwhile = json_object_get(probe->asked, "meanwhile");
    const char *cookie = asked_words(probe, "cookie");
    if (status == LK_OK && meanwhile != NULL)
        status = session_check(probe->config, probe->ring, probe->directory, probe->arena, cookie, strlen(cookie),
                               json_integer_value(meanwhile), &other, &probe->trouble);
    if (status == LK_OK)
        status = session_select_profile(probe->directory, probe->arena, &session, profile, &probe->trouble);
    if (status == LK_OK)
        tell_session(probe, &session);
    return status;
}

static enum lk_status do_end(struct probe *probe)
{
    struct session session;
    enum lk_status status = asked_session(probe, &session);
    const long times = json_is_true(json_object_get(probe->asked, "twice")) ? 2 : 1;
    for (long i = 0; i < times && status == LK_OK; i++)
        status = session_end(probe->directory, probe->arena, &session, &probe->trouble);
    return status;
}

/* ---- many at once ---- */

struct racer {
    const struct probe *probe;
    pthread_barrier_t *start;
    enum lk_status status;
};

static void *race(void *context)
{
    struct racer *racer = context;
    struct probe own = *racer->probe;
    own.directory = directory_new(own.config);
    own.arena = lk_arena_new();
    own.answer = json_object();
    const char *what = asked_words(&own, "what");
    racer->status = directory_ready(own.directory, &own.trouble);
    (void) pthread_barrier_wait(racer->start);
    if (racer->status == LK_OK)
        racer->status = strcmp(what, "begin") == 0 ? do_begin(&own) : do_check(&own);
    json_decref(own.answer);
    lk_arena_free(own.arena);
    directory_free(own.directory);
    return NULL;
}

/* "count" threads do "what" at the same moment; the answer has each one's status. */
static enum lk_status do_race(struct probe *probe)
{
    pthread_t threads[RACERS_MOST];
    struct racer racers[RACERS_MOST];
    pthread_barrier_t start;
    const size_t count = (size_t) json_integer_value(json_object_get(probe->asked, "count"));
    if (count == 0 || count > RACERS_MOST || pthread_barrier_init(&start, NULL, (unsigned) count) != 0)
        return LK_MALFORMED;
    for (size_t i = 0; i < count; i++) {
        racers[i] = (struct racer){ .probe = probe, .start = &start, .status = LK_BROKEN };
        if (pthread_create(&threads[i], NULL, race, &racers[i]) != 0)
            abort();
    }
    json_t *statuses = json_array();
    for (size_t i = 0; i < count; i++) {
        (void) pthread_join(threads[i], NULL);
        (void) json_array_append_new(statuses, json_string(lk_status_name(racers[i].status)));
    }
    (void) pthread_barrier_destroy(&start);
    (void) json_object_set_new(probe->answer, "statuses", statuses);
    return LK_OK;
}

/* ---- credentials ---- */

static enum lk_status do_hash(struct probe *probe)
{
    const char *words = asked_words(probe, "password");
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = lk_secret_new(words, strlen(words));
    struct verifiers verifiers = { .user_password = NULL };
    const enum lk_status status = credentials_make_verifiers(probe->credentials, probe->arena, password, &verifiers);
    say(probe, "verifier", verifiers.user_password);
    return status;
}

static enum lk_status do_password(struct probe *probe)
{
    const char *words = asked_words(probe, "password");
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = lk_secret_new(words, strlen(words));
    enum directory_password_state state = DIRECTORY_PASSWORD_PLAIN;
    return credentials_check_password(probe->credentials, probe->directory, asked_words(probe, "dn"), password, &state,
                                      &probe->trouble);
}

static enum lk_status do_renew(struct probe *probe)
{
    return credentials_renew_decoy(probe->credentials, probe->directory, probe->arena, &probe->trouble);
}

/* The end of sessions and of other links goes along. */
static enum lk_status do_change(struct probe *probe)
{
    const char *words = asked_words(probe, "password");
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = lk_secret_new(words, strlen(words));
    struct directory_change *others = directory_change_new(probe->arena);
    directory_change_replace(others, "lkSession", NULL);
    directory_change_replace(others, "lkToken", NULL);
    const struct password_change change = { .account_dn = asked_words(probe, "dn"),
                                            .password = password,
                                            .link = asked_words(probe, "link"),
                                            .others = others };
    enum directory_password_refusal refusal = DIRECTORY_REFUSAL_UNSAID;
    const enum lk_status status = credentials_change_password(probe->credentials, probe->directory, probe->arena,
                                                              &change, &refusal, &probe->trouble);
    say(probe, "refusal", status == LK_REFUSED ? directory_refusal_name(refusal) : NULL);
    return status;
}

static enum lk_status do_anew(struct probe *probe)
{
    const char *words = asked_words(probe, "password");
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *password = lk_secret_new(words, strlen(words));
    return credentials_renew_verifiers(probe->credentials, probe->directory, probe->arena, asked_words(probe, "dn"),
                                       asked_words(probe, "note"), password, &probe->trouble);
}

/* ---- the loop ---- */

static const struct {
    const char *name;
    enum lk_status (*act)(struct probe *probe);
} acts[] = {
    {"begin",     do_begin   },
    { "check",    do_check   },
    { "select",   do_select  },
    { "end",      do_end     },
    { "race",     do_race    },
    { "hash",     do_hash    },
    { "password", do_password},
    { "renew",    do_renew   },
    { "change",   do_change  },
    { "anew",     do_anew    },
};

static void answer(struct probe *probe, const char *line)
{
    json_t *asked = json_loads(line, 0, NULL);
    enum lk_status status = LK_MALFORMED;
    probe->asked = asked;
    probe->answer = json_object();
    probe->trouble = (struct lk_trouble){ "" };
    const char *name = asked_words(probe, "do");
    for (size_t i = 0; name != NULL && i < sizeof acts / sizeof acts[0]; i++)
        if (strcmp(name, acts[i].name) == 0)
            status = acts[i].act(probe);
    say(probe, "status", lk_status_name(status));
    say(probe, "trouble", probe->trouble.words);
    (void) json_dumpf(probe->answer, stdout, JSON_COMPACT);
    (void) putchar('\n');
    (void) fflush(stdout);
    json_decref(probe->answer);
    json_decref(asked);
    lk_arena_reset(probe->arena);
}

static int open_probe(struct probe *probe, int count, char **words)
{
    struct lk_text faults = LK_TEXT(65536);
    const char *overrides[64] = { NULL };
    for (int i = 0; i < count && i < 64; i++)
        overrides[i] = words[i];
    if (config_read(NULL, overrides, (size_t) (count < 64 ? count : 64), &probe->config, &faults) != LK_OK) {
        (void) fputs(lk_text_string(&faults), stderr);
        return -1;
    }
    if (key_ring_make(probe->config->links_key_ring, &probe->trouble) != LK_OK ||
        key_ring_load(probe->config->links_key_ring, &probe->ring, &probe->trouble) != LK_OK) {
        (void) fprintf(stderr, "%s\n", probe->trouble.words);
        return -1;
    }
    probe->directory = directory_new(probe->config);
    probe->credentials = credentials_new(probe->config);
    probe->arena = lk_arena_new();
    return 0;
}

int main(int argc, char **argv)
{
    struct probe probe = { .config = NULL };
    char *line = NULL;
    size_t room = 0;
    if (sodium_init() < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR || open_probe(&probe, argc - 1, argv + 1) != 0)
        return 1;
    while (getline(&line, &room, stdin) > 0)
        answer(&probe, line);
    free(line);
    lk_arena_free(probe.arena);
    credentials_free(probe.credentials);
    directory_free(probe.directory);
    key_ring_free(probe.ring);
    config_free(probe.config);
    return 0;
}
