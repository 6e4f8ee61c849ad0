/* SPDX-License-Identifier: Apache-2.0 */
/* Several servers: has each what the others have?
 *
 * A server says which change it has last, for each server that changes are made on (contextCSN: time#count#number#part, one value for each
 * number; text that sorts by time). Where something is changed all the time no two are ever level. So behind is only who still lacks
 * after a while what another had at the first look. One that was just started may not list all numbers, or not its own last change, until
 * the next change: so a number that is not listed is no fault, and being behind is a warning. */
#include "base/clock.h"
#include "cli/doctor_internal.h"

#include <string.h>
#include <time.h>

#define LOOKS_MOST 3 /* a second apart */
#define NUMBER_LEN 3

struct server {
    const char *uri;
    struct directory *directory;
    const struct directory_attribute *at_first, *now; /* its changes; NULL: it does not say */
};

/* What a server lacks most. */
struct lack {
    const struct server *other; /* who has it; NULL: nothing is lacking */
    int64_t seconds;            /* between the last change that is here and the last that is there */
    bool is_all;                /* they have nothing in common */
};

/* ---- changes ---- */

/* Whose it is; NULL: it does not have the form of a change. */
static const char *number_of(const char *change)
{
    const char *count = strchr(change, '#');
    const char *number = count != NULL ? strchr(count + 1, '#') : NULL;
    return number != NULL && strlen(number + 1) > NUMBER_LEN ? number + 1 : NULL;
}

static int64_t time_of(const char *change)
{
    int64_t when = 0;
    return lk_clock_parse_generalized(change, strcspn(change, "#"), &when) == LK_OK ? when : 0;
}

/* The last one of that number that is here, or NULL. */
static const char *last_of(const struct directory_attribute *here, const char *number)
{
    for (size_t i = 0; i < here->count; i++) {
        const char *its = number_of(here->values[i].bytes);
        if (its != NULL && strncmp(its, number, NUMBER_LEN) == 0)
            return here->values[i].bytes;
    }
    return NULL;
}

/* ---- servers ---- */

static const struct directory_attribute *read_changes(const struct doctor *doctor, const struct server *server)
{
    static const char *const ASKED[] = { "contextCSN", NULL };
    struct directory_entry entry;
    if (directory_read(server->directory, doctor->arena, doctor->config->directory_suffix, NULL, ASKED, &entry, NULL) !=
        LK_OK)
        return NULL;
    return directory_attribute(&entry, "contextCSN");
}

/* What `server` lacks now of what the other had at the first look. */
static struct lack compare(const struct server *server, const struct server *other)
{
    struct lack lack = { .other = other, .is_all = true };
    bool is_lacking = false;
    for (size_t i = 0; i < other->at_first->count; i++) {
        const char *there = other->at_first->values[i].bytes;
        const char *number = number_of(there);
        const char *here = number != NULL ? last_of(server->now, number) : NULL;
        if (here == NULL)
            continue;
        lack.is_all = false;
        if (strcmp(here, there) >= 0)
            continue;
        is_lacking = true;
        if (time_of(there) - time_of(here) > lack.seconds)
            lack.seconds = time_of(there) - time_of(here);
    }
    return lack.is_all || is_lacking ? lack : (struct lack){ .other = NULL };
}

static struct lack find_lack(const struct server *servers, size_t count, const struct server *server)
{
    struct lack worst = { .other = NULL };
    for (size_t i = 0; i < count && !worst.is_all; i++) {
        if (&servers[i] == server || servers[i].at_first == NULL)
            continue;
        const struct lack lack = compare(server, &servers[i]);
        if (lack.is_all || worst.other == NULL || lack.seconds > worst.seconds)
            worst = lack;
    }
    return worst;
}

static bool is_anybody_behind(const struct server *servers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (servers[i].now != NULL && find_lack(servers, count, &servers[i]).other != NULL)
            return true;
    }
    return false;
}

static void look(const struct doctor *doctor, struct server *servers, size_t count)
{
    const struct timespec pause = { .tv_sec = 1 };
    for (size_t i = 0; i < count; i++)
        servers[i].at_first = servers[i].now = read_changes(doctor, &servers[i]);
    for (size_t looks = 1; looks < LOOKS_MOST && is_anybody_behind(servers, count); looks++) {
        (void) nanosleep(&pause, NULL);
        for (size_t i = 0; i < count; i++)
            servers[i].now = read_changes(doctor, &servers[i]);
    }
}

/* ---- words ---- */

static void tell_lack(struct doctor *doctor, const struct server *server, const struct lack *lack)
{
    if (lack->other == NULL)
        doctor_tell(doctor, FINDING_OK, "%s has all that the others have", server->uri);
    else if (lack->is_all)
        doctor_tell_mend(doctor, FINDING_FAULT,
                         "name only servers in directory.uri that are copies of each other (docs/replication.md)",
                         "%s is no copy of %s: they have no change in common", server->uri, lack->other->uri);
    else
        doctor_tell(doctor, FINDING_WARNING, "%s is %lld seconds behind %s", server->uri, (long long) lack->seconds,
                    lack->other->uri);
}

static void tell(struct doctor *doctor, const struct server *servers, size_t count)
{
    size_t heard = 0;
    for (size_t i = 0; i < count; i++)
        heard += servers[i].now != NULL;
    for (size_t i = 0; i < count; i++) {
        const struct lack lack = servers[i].now != NULL ? find_lack(servers, count, &servers[i]) : (struct lack){ 0 };
        if (servers[i].now == NULL)
            doctor_tell(doctor, FINDING_SKIPPED, "%s does not say how far it is (contextCSN)", servers[i].uri);
        else if (heard == 1)
            doctor_tell(doctor, FINDING_SKIPPED, "%s: no other says how far it is", servers[i].uri);
        else
            tell_lack(doctor, &servers[i], &lack);
    }
}

void check_replication(struct doctor *doctor)
{
    const struct config_words *uris = &doctor->config->directory_uri;
    if (uris->count < 2)
        return;
    struct server *servers = lk_arena_array(doctor->arena, uris->count, sizeof *servers);
    for (size_t i = 0; i < uris->count; i++)
        servers[i] =
            (struct server){ .uri = uris->items[i], .directory = directory_new(doctor_config_of_one(doctor, i)) };
    look(doctor, servers, uris->count);
    tell(doctor, servers, uris->count);
    for (size_t i = 0; i < uris->count; i++)
        directory_free(servers[i].directory);
}
