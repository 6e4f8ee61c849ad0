/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/follow.h"

#include "base/clock.h"
#include "base/fatal.h"
#include "directory/connection_internal.h"

#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define FIRST_PAUSE (200 * LK_CLOCK_MILLISECOND)

struct follow *follow_new(const struct config *config, const struct follow_target *target)
{
    struct follow *follow = calloc(1, sizeof *follow);
    if (follow == NULL)
        lk_fatal("out of memory");
    follow->config = config;
    follow->target = target;
    follow->arena = lk_arena_new();
    follow->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (follow->wake < 0)
        lk_fatal("out of file descriptors");
    connection_init(&follow->connection, config, CONNECTION_DAEMON);
    follow->connection.wake = follow->wake;
    return follow;
}

void follow_free(struct follow *follow)
{
    if (follow == NULL)
        return;
    connection_close(&follow->connection);
    lk_arena_free(follow->arena);
    (void) close(follow->wake);
    free(follow);
}

/* The descriptor is never read: once readable, it ends every wait from then on. */
void follow_stop(struct follow *follow)
{
    (void) eventfd_write(follow->wake, 1);
}

void follow_pause(const struct follow *follow, int64_t nanoseconds)
{
    struct pollfd wake = { .fd = follow->wake, .events = POLLIN };
    (void) poll(&wake, 1, (int) (nanoseconds / LK_CLOCK_MILLISECOND));
}

bool follow_is_stopped(const struct follow *follow)
{
    struct pollfd wake = { .fd = follow->wake, .events = POLLIN };
    return poll(&wake, 1, 0) > 0;
}

void follow_tell_state(struct follow *follow, bool connected, const char *words)
{
    if (follow->told_state && follow->connected == connected)
        return;
    follow->told_state = true;
    follow->connected = connected;
    if (follow->target->state != NULL)
        follow->target->state(follow->target->context, connected, words);
}

/* Whether the server has RFC 4533 is asked anew after each loss: it may have been given it meanwhile. */
static enum follow_outcome follow_once(struct follow *follow, struct lk_trouble *trouble)
{
    const struct follow_target *target = follow->target;
    if (target->prepare != NULL && target->prepare(target->context, trouble) != LK_OK)
        return FOLLOW_LOST;
    if (follow->config->directory_follow == CONFIG_FOLLOW_POLL)
        return follow_poll(follow, trouble);
    const enum follow_outcome outcome = follow_persist(follow, trouble);
    if (outcome == FOLLOW_UNAVAILABLE && follow->config->directory_follow == CONFIG_FOLLOW_AUTO && !target->at_once)
        return follow_poll(follow, trouble);
    return outcome;
}

void follow_run(struct follow *follow)
{
    const int64_t longest = follow->config->directory_poll_interval * LK_CLOCK_SECOND;
    int64_t pause = FIRST_PAUSE;
    while (!follow_is_stopped(follow)) {
        struct lk_trouble trouble = { "" };
        const enum follow_outcome outcome = follow_once(follow, &trouble);
        connection_close(&follow->connection);
        if (outcome == FOLLOW_STOPPED || follow_is_stopped(follow))
            return;
        if (follow->connected)
            pause = FIRST_PAUSE;
        follow_tell_state(follow, false, trouble.words);
        follow_pause(follow, pause);
        pause = pause * 2 < longest ? pause * 2 : longest;
    }
}
