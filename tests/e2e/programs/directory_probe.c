/* SPDX-License-Identifier: Apache-2.0 */
/* directory_probe [SECTION.NAME=VALUE...] - the room `directory`, driven from outside: one JSON object a line in, one out.
 *
 *   {"do": "read", "dn": "uid=jane,...", "attributes": ["cn"]}   ->   {"status": "ok", "entry": {...}, "trouble": ""}
 *
 * What a follower is told comes in between, as lines with "event". Ends at the end of its input. */
#include "base/arena.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/secret.h"
#include "base/text.h"
#include "config/config.h"
#include "directory/directory.h"
#include "directory/filter.h"
#include "directory/follow.h"
#include "directory/people.h"
#include "logging/metrics.h"

#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ATTRIBUTES_MOST 16
#define RACERS_MOST     256

struct probe {
    struct config *config;
    struct directory *directory;
    struct lk_arena *arena;
    struct lk_trouble trouble;
    const json_t *asked;
    json_t *answer;
    char *actor;
};

/* ---- JSON in and out ---- */

static pthread_mutex_t output_lock = PTHREAD_MUTEX_INITIALIZER;

static void say(json_t *line)
{
    (void) pthread_mutex_lock(&output_lock);
    (void) json_dumpf(line, stdout, JSON_COMPACT);
    (void) putchar('\n');
    (void) fflush(stdout);
    (void) pthread_mutex_unlock(&output_lock);
    json_decref(line);
}

/* Values need not be UTF-8: those go out as {"hex": "..."}. */
static json_t *json_of(const char *bytes, size_t len)
{
    if (bytes == NULL)
        return json_null();
    json_t *text = json_stringn(bytes, len);
    if (text != NULL)
        return text;
    struct lk_text hex = LK_TEXT(len * 2 + 1);
    for (size_t i = 0; i < len; i++)
        lk_text_format(&hex, "%02x", (unsigned) (unsigned char) bytes[i]);
    json_t *packed = json_pack("{s:s}", "hex", lk_text_string(&hex));
    lk_text_done(&hex);
    return packed;
}

static json_t *json_of_words(const char *words)
{
    return json_of(words, words == NULL ? 0 : strlen(words));
}

static json_t *json_of_values(const struct directory_attribute *attribute)
{
    json_t *list = json_array();
    for (size_t i = 0; i < attribute->count; i++)
        (void) json_array_append_new(list, json_of(attribute->values[i].bytes, attribute->values[i].len));
    return list;
}

static json_t *json_of_entry(const struct directory_entry *entry)
{
    json_t *attributes = json_object();
    for (size_t i = 0; i < entry->count; i++)
        (void) json_object_set_new(attributes, entry->attributes[i].name, json_of_values(&entry->attributes[i]));
    return json_pack("{s:s, s:o}", "dn", entry->dn, "attributes", attributes);
}

static json_t *json_of_id(const uint8_t id[static 16])
{
    char text[LK_UUID_TEXT_LEN + 1];
    lk_uuid_format(id, text);
    return json_string(text);
}

static const char *asked_words(const struct probe *probe, const char *name)
{
    return json_string_value(json_object_get(probe->asked, name));
}

static size_t asked_number(const struct probe *probe, const char *name, size_t otherwise)
{
    const json_t *value = json_object_get(probe->asked, name);
    return json_is_integer(value) ? (size_t) json_integer_value(value) : otherwise;
}

struct names {
    const char *list[ATTRIBUTES_MOST + 1];
};

static struct names asked_attributes(const struct probe *probe)
{
    struct names names = { { NULL } };
    const json_t *asked = json_object_get(probe->asked, "attributes");
    for (size_t i = 0; i < json_array_size(asked) && i < ATTRIBUTES_MOST; i++)
        names.list[i] = json_string_value(json_array_get(asked, i));
    return names;
}

/* ["equals", "uid", "jane"], ["present", "lkSend"], ["and", [...], [...]], ["not", [...]] */
static const struct directory_filter *filter_from(struct lk_arena *arena,
                                                  const json_t *asked) // NOLINT(misc-no-recursion)
{
    const char *kind = json_string_value(json_array_get(asked, 0));
    const json_t *a = json_array_get(asked, 1);
    const json_t *b = json_array_get(asked, 2);
    if (kind == NULL)
        return NULL;
    if (strcmp(kind, "equals") == 0)
        return filter_equals(arena, json_string_value(a), json_string_value(b));
    if (strcmp(kind, "contains") == 0)
        return filter_contains(arena, json_string_value(a), json_string_value(b));
    if (strcmp(kind, "begins") == 0)
        return filter_begins(arena, json_string_value(a), json_string_value(b));
    if (strcmp(kind, "present") == 0)
        return filter_present(arena, json_string_value(a));
    if (strcmp(kind, "not") == 0)
        return filter_not(arena, filter_from(arena, a));
    if (strcmp(kind, "or") == 0)
        return filter_or(arena, filter_from(arena, a), filter_from(arena, b));
    return filter_and(arena, filter_from(arena, a), filter_from(arena, b));
}

static const struct directory_filter *asked_filter(const struct probe *probe)
{
    return filter_from(probe->arena, json_object_get(probe->asked, "filter"));
}

/* [["add", "cn", "x"], ["delete", "lkToken", "t"], ["replace", "sn", null]] */
static const struct directory_change *asked_change(const struct probe *probe)
{
    struct directory_change *change = directory_change_new(probe->arena);
    const json_t *asked = json_object_get(probe->asked, "change");
    for (size_t i = 0; i < json_array_size(asked); i++) {
        const json_t *one = json_array_get(asked, i);
        const char *how = json_string_value(json_array_get(one, 0));
        const char *attribute = json_string_value(json_array_get(one, 1));
        const char *value = json_string_value(json_array_get(one, 2));
        if (strcmp(how, "add") == 0)
            directory_change_add(change, attribute, value);
        else if (strcmp(how, "delete") == 0)
            directory_change_delete(change, attribute, value);
        else
            directory_change_replace(change, attribute, value);
    }
    return change;
}

/* ---- the room's functions ---- */

static enum lk_status do_ready(struct probe *probe)
{
    return directory_ready(probe->directory, &probe->trouble);
}

static enum lk_status do_act_as(struct probe *probe)
{
    const char *dn = asked_words(probe, "dn");
    free(probe->actor);
    probe->actor = dn == NULL ? NULL : strdup(dn);
    directory_act_as(probe->directory, probe->actor);
    return LK_OK;
}

static enum lk_status do_read(struct probe *probe)
{
    const struct names names = asked_attributes(probe);
    struct directory_entry entry = { 0 };
    const enum lk_status status = directory_read(probe->directory, probe->arena, asked_words(probe, "dn"),
                                                 asked_filter(probe), names.list, &entry, &probe->trouble);
    if (status == LK_OK)
        (void) json_object_set_new(probe->answer, "entry", json_of_entry(&entry));
    return status;
}

/* `names` must live as long as what is returned. */
static struct directory_search asked_search(struct probe *probe, struct names *names)
{
    const char *scope = asked_words(probe, "scope");
    *names = asked_attributes(probe);
    return (struct directory_search){ .base = asked_words(probe, "base"),
                                      .scope = scope != NULL && strcmp(scope, "one") == 0 ? DIRECTORY_ONE_LEVEL
                                                                                          : DIRECTORY_SUBTREE,
                                      .filter = asked_filter(probe),
                                      .attributes = names->list,
                                      .most = asked_number(probe, "most", 10) };
}

static json_t *json_of_found(const struct directory_found *found)
{
    json_t *list = json_array();
    for (size_t i = 0; i < found->count; i++)
        (void) json_array_append_new(list, json_of_entry(&found->entries[i]));
    return json_pack("{s:o, s:b}", "entries", list, "more", found->more);
}

static enum lk_status do_search(struct probe *probe)
{
    struct names names;
    const struct directory_search search = asked_search(probe, &names);
    struct directory_found found = { 0 };
    const enum lk_status status = directory_search(probe->directory, probe->arena, &search, &found.entries,
                                                   &found.count, &found.more, &probe->trouble);
    if (status == LK_OK)
        (void) json_object_update_new(probe->answer, json_of_found(&found));
    return status;
}

/* "searches": [{what one search takes}, ...]; "found" has an answer for each. */
static enum lk_status do_search_all(struct probe *probe)
{
    const json_t *all = probe->asked, *asked = json_object_get(all, "searches");
    json_t *list = json_array();
    const size_t count = json_array_size(asked);
    struct names *names = lk_arena_array(probe->arena, count, sizeof *names);
    struct directory_search *searches = lk_arena_array(probe->arena, count, sizeof *searches);
    struct directory_found *found = lk_arena_array(probe->arena, count, sizeof *found);
    for (size_t i = 0; i < count; i++) {
        probe->asked = json_array_get(asked, i);
        searches[i] = asked_search(probe, &names[i]);
    }
    probe->asked = all;
    const enum lk_status status =
        directory_search_all(probe->directory, probe->arena, searches, count, found, &probe->trouble);
    for (size_t i = 0; i < count && status == LK_OK; i++)
        (void) json_array_append_new(list, json_of_found(&found[i]));
    (void) json_object_set_new(probe->answer, "found", list);
    return status;
}

static enum lk_status do_modify(struct probe *probe)
{
    return directory_modify(probe->directory, asked_words(probe, "dn"), asked_change(probe), &probe->trouble);
}

static enum lk_status do_modify_read(struct probe *probe)
{
    const struct names names = asked_attributes(probe);
    struct directory_entry after = { 0 };
    const enum lk_status status = directory_modify_read(probe->directory, probe->arena, asked_words(probe, "dn"),
                                                        asked_change(probe), names.list, &after, &probe->trouble);
    if (status == LK_OK && after.dn != NULL)
        (void) json_object_set_new(probe->answer, "entry", json_of_entry(&after));
    return status;
}

static enum lk_status do_add(struct probe *probe)
{
    return directory_add(probe->directory, asked_words(probe, "dn"), asked_change(probe), &probe->trouble);
}

static enum lk_status do_delete(struct probe *probe)
{
    return directory_delete(probe->directory, asked_words(probe, "dn"), &probe->trouble);
}

static enum lk_status do_check_password(struct probe *probe)
{
    static const char *const STATES[] = { "plain", "locked", "expired", "must change" };
    const char *password = asked_words(probe, "password");
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *secret = lk_secret_new(password, strlen(password));
    enum directory_password_state state = DIRECTORY_PASSWORD_PLAIN;
    const enum lk_status status =
        directory_check_password(probe->directory, asked_words(probe, "dn"), secret, &state, &probe->trouble);
    (void) json_object_set_new(probe->answer, "state", json_string(STATES[state]));
    return status;
}

/* ---- people ---- */

static json_t *json_of_account(const struct account *account)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "dn", json_of_words(account->dn), "id",
                     json_of_id(account->id), "name", json_of_words(account->name), "display_name",
                     json_of_words(account->display_name), "alternate_mail", json_of_words(account->alternate_mail),
                     "telephone", json_of_words(account->telephone), "sessions", json_of_values(&account->sessions),
                     "tokens", json_of_values(&account->tokens));
}

static json_t *json_of_profile(const struct profile *profile)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "dn", json_of_words(profile->dn), "id",
                     json_of_id(profile->id), "display_name", json_of_words(profile->display_name), "mail",
                     json_of_words(profile->mail), "account_dn", json_of_words(profile->account_dn), "organization_dn",
                     json_of_words(profile->organization_dn), "tokens", json_of_values(&profile->tokens), "sends",
                     json_of_values(&profile->sends));
}

static bool asked_id(const struct probe *probe, uint8_t id_out[static 16])
{
    const char *text = asked_words(probe, "id");
    return text != NULL && lk_uuid_parse(text, strlen(text), id_out) == LK_OK;
}

static enum lk_status do_account(struct probe *probe)
{
    struct account account = { 0 };
    uint8_t id[16];
    const char *name = asked_words(probe, "name");
    const char *dn = asked_words(probe, "dn");
    enum lk_status status = LK_OK;
    if (name != NULL)
        status = account_by_name(probe->directory, probe->config, probe->arena, name, &account, &probe->trouble);
    else if (dn != NULL)
        status = account_by_dn(probe->directory, probe->config, probe->arena, dn, &account, &probe->trouble);
    else if (asked_id(probe, id))
        status = account_by_id(probe->directory, probe->config, probe->arena, id, &account, &probe->trouble);
    else
        status = account_by_token(probe->directory, probe->config, probe->arena, asked_words(probe, "token"), &account,
                                  &probe->trouble);
    if (status == LK_OK)
        (void) json_object_set_new(probe->answer, "account", json_of_account(&account));
    return status;
}

static enum lk_status do_profile(struct probe *probe)
{
    struct profile profile = { 0 };
    uint8_t id[16];
    const char *dn = asked_words(probe, "dn");
    enum lk_status status = LK_OK;
    if (dn != NULL)
        status = profile_by_dn(probe->directory, probe->config, probe->arena, dn, &profile, &probe->trouble);
    else if (asked_id(probe, id))
        status = profile_by_id(probe->directory, probe->config, probe->arena, id, &profile, &probe->trouble);
    else
        status = profile_by_token(probe->directory, probe->config, probe->arena, asked_words(probe, "token"), &profile,
                                  &probe->trouble);
    if (status == LK_OK)
        (void) json_object_set_new(probe->answer, "profile", json_of_profile(&profile));
    return status;
}

static enum lk_status do_profiles(struct probe *probe)
{
    struct profile *profiles = NULL;
    size_t count = 0;
    bool more = false;
    const char *mail = asked_words(probe, "mail");
    const size_t most = asked_number(probe, "most", 10);
    const enum lk_status status =
        mail != NULL ? profiles_by_mail(probe->directory, probe->config, probe->arena, mail, most, &profiles, &count,
                                        &more, &probe->trouble)
                     : profiles_by_account(probe->directory, probe->config, probe->arena, asked_words(probe, "account"),
                                           most, &profiles, &count, &more, &probe->trouble);
    if (status != LK_OK)
        return status;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        (void) json_array_append_new(list, json_of_profile(&profiles[i]));
    (void) json_object_set_new(probe->answer, "profiles", list);
    (void) json_object_set_new(probe->answer, "more", json_boolean(more));
    return status;
}

static enum lk_status do_organization(struct probe *probe)
{
    struct organization organization = { 0 };
    const enum lk_status status = organization_by_dn(probe->directory, probe->config, probe->arena,
                                                     asked_words(probe, "dn"), &organization, &probe->trouble);
    if (status != LK_OK)
        return status;
    json_t *plans = json_object();
    for (size_t i = 0; i < organization.plan_count; i++)
        (void) json_object_set_new(plans, organization.plans[i].name, json_integer(organization.plans[i].ends));
    const struct service_plan *plan = organization_current_plan(&organization, lk_clock_now());
    const char *profile = asked_words(probe, "profile");
    json_t *packed =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:b}", "name", json_of_words(organization.name), "id",
                  json_of_id(organization.id), "administrators", json_of_values(&organization.administrators), "plans",
                  plans, "current", json_of_words(plan == NULL ? NULL : plan->name), "is_administrator",
                  profile != NULL && organization_has_administrator(&organization, profile));
    (void) json_object_set_new(probe->answer, "organization", packed);
    return status;
}

/* ---- many at once ---- */

struct racer {
    const struct probe *probe;
    pthread_barrier_t *start;
    enum lk_status status;
};

static void *race(void *given)
{
    struct racer *racer = given;
    LK_CLEANUP(directory_cleanup) struct directory *directory = directory_new(racer->probe->config);
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct directory_change *change = directory_change_new(arena);
    directory_change_delete(change, "lkToken", asked_words(racer->probe, "token"));
    directory_change_replace(change, "lkAccountDN", asked_words(racer->probe, "account"));
    struct lk_trouble trouble;
    const enum lk_status ready = directory_ready(directory, &trouble);
    (void) pthread_barrier_wait(racer->start);
    racer->status =
        ready != LK_OK ? ready : directory_modify(directory, asked_words(racer->probe, "dn"), change, &trouble);
    return NULL;
}

/* Each with a session of its own redeems the same token in the same moment. */
static enum lk_status do_race(struct probe *probe)
{
    const size_t count = asked_number(probe, "racers", 2);
    struct racer racers[RACERS_MOST];
    pthread_t threads[RACERS_MOST];
    pthread_barrier_t start;
    if (count > RACERS_MOST || pthread_barrier_init(&start, NULL, (unsigned) count) != 0)
        return LK_MALFORMED;
    json_t *statuses = json_array();
    for (size_t i = 0; i < count; i++) {
        racers[i] = (struct racer){ .probe = probe, .start = &start, .status = LK_BROKEN };
        if (pthread_create(&threads[i], NULL, race, &racers[i]) != 0)
            abort();
    }
    for (size_t i = 0; i < count; i++) {
        (void) pthread_join(threads[i], NULL);
        (void) json_array_append_new(statuses, json_string(lk_status_name(racers[i].status)));
    }
    (void) pthread_barrier_destroy(&start);
    (void) json_object_set_new(probe->answer, "statuses", statuses);
    return LK_OK;
}

/* ---- following ---- */

static struct {
    struct follow *follow;
    struct follow_target target;
    struct lk_arena *arena;
    pthread_t thread;
    char base[256];
    struct names names;
} follower;

static void told(void *context, const struct directory_entry *entry)
{
    (void) context;
    say(json_pack("{s:s, s:o}", "event", "told", "entry", json_of_entry(entry)));
}

static void changed_state(void *context, bool connected, const char *words)
{
    (void) context;
    say(json_pack("{s:s, s:b, s:o}", "event", "state", "connected", connected, "words", json_of_words(words)));
}

static void *run_follow(void *given)
{
    follow_run(given);
    return NULL;
}

static enum lk_status do_follow(struct probe *probe)
{
    static const char *const ATTRIBUTES[] = { "lkSend", NULL };
    follower.arena = lk_arena_new();
    (void) snprintf(follower.base, sizeof follower.base, "%s", asked_words(probe, "base"));
    follower.target = (struct follow_target){ .base = follower.base,
                                              .filter = filter_present(follower.arena, "lkSend"),
                                              .attributes = ATTRIBUTES,
                                              .told = told,
                                              .state = changed_state };
    follower.follow = follow_new(probe->config, &follower.target);
    return pthread_create(&follower.thread, NULL, run_follow, follower.follow) == 0 ? LK_OK : LK_BROKEN;
}

static enum lk_status do_unfollow(struct probe *probe)
{
    const int64_t began = lk_clock_monotonic();
    follow_stop(follower.follow);
    (void) pthread_join(follower.thread, NULL);
    (void) json_object_set_new(probe->answer, "milliseconds",
                               json_integer((lk_clock_monotonic() - began) / LK_CLOCK_MILLISECOND));
    follow_free(follower.follow);
    lk_arena_free(follower.arena);
    return LK_OK;
}

/* ---- looking at the program itself ---- */

static enum lk_status do_metrics(struct probe *probe)
{
    struct lk_text text = LK_TEXT((size_t) 1024 * 1024);
    metrics_write(&text);
    (void) json_object_set_new(probe->answer, "metrics", json_of_words(lk_text_string(&text)));
    lk_text_done(&text);
    return LK_OK;
}

static const struct {
    const char *name;
    enum lk_status (*run)(struct probe *probe);
} COMMANDS[] = {
    {"ready",           do_ready         },
    { "act_as",         do_act_as        },
    { "read",           do_read          },
    { "search",         do_search        },
    { "search_all",     do_search_all    },
    { "modify",         do_modify        },
    { "modify_read",    do_modify_read   },
    { "add",            do_add           },
    { "delete",         do_delete        },
    { "check_password", do_check_password},
    { "account",        do_account       },
    { "profile",        do_profile       },
    { "profiles",       do_profiles      },
    { "organization",   do_organization  },
    { "race",           do_race          },
    { "follow",         do_follow        },
    { "unfollow",       do_unfollow      },
    { "metrics",        do_metrics       },
};

static enum lk_status run(struct probe *probe, const char *name)
{
    for (size_t i = 0; i < sizeof COMMANDS / sizeof *COMMANDS; i++) {
        if (name != NULL && strcmp(COMMANDS[i].name, name) == 0)
            return COMMANDS[i].run(probe);
    }
    return lk_fail(&probe->trouble, LK_MALFORMED, "no such command");
}

static void answer_line(struct probe *probe, const char *line)
{
    json_error_t fault;
    json_t *asked = json_loads(line, 0, &fault);
    probe->asked = asked;
    probe->answer = json_object();
    probe->trouble = (struct lk_trouble){ "" };
    lk_arena_reset(probe->arena);
    const int64_t began = lk_clock_monotonic();
    const enum lk_status status = run(probe, asked_words(probe, "do"));
    (void) json_object_set_new(probe->answer, "seconds",
                               json_real((double) (lk_clock_monotonic() - began) / (double) LK_CLOCK_SECOND));
    (void) json_object_set_new(probe->answer, "status", json_string(lk_status_name(status)));
    (void) json_object_set_new(probe->answer, "trouble", json_of_words(probe->trouble.words));
    json_decref(asked);
    say(probe->answer);
}

int main(int count, char **words)
{
    if (sodium_init() < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return 1;
    struct probe probe = { .arena = lk_arena_new() };
    struct lk_text faults = LK_TEXT(65536);

    union {
        char **theirs;
        const char *const *ours;
    } overrides = { .theirs = words + 1 };

    if (config_read(NULL, overrides.ours, (size_t) count - 1, &probe.config, &faults) != LK_OK) {
        (void) fputs(lk_text_string(&faults), stderr);
        return 1;
    }
    probe.directory = directory_new(probe.config);
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0)
        answer_line(&probe, line);
    free(line);
    free(probe.actor);
    directory_free(probe.directory);
    lk_arena_free(probe.arena);
    config_free(probe.config);
    lk_text_done(&faults);
    return 0;
}
