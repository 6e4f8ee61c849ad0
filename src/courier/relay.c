/* SPDX-License-Identifier: Apache-2.0 */
#include "courier/relay.h"

#include "base/clock.h"

#define DOUBLINGS_MOST 16

enum relay_pass relay_pass(struct relay *relay, int64_t now)
{
    if (!relay->is_down)
        return RELAY_OPEN;
    if (relay->is_probed || now < relay->next)
        return RELAY_WAIT;
    relay->is_probed = true;
    return RELAY_PROBE;
}

int64_t relay_next(const struct relay *relay)
{
    return relay->is_down && !relay->is_probed ? relay->next : INT64_MAX;
}

void relay_answered(struct relay *relay)
{
    *relay = (struct relay){ .is_down = false };
}

void relay_failed(struct relay *relay, enum relay_pass pass, int64_t now, int64_t longest, uint32_t chance)
{
    if (relay->is_down && pass != RELAY_PROBE)
        return; /* one of those that were under way when it went down: known already */
    const int64_t ceiling = longest * LK_CLOCK_SECOND;
    int64_t pause = LK_CLOCK_SECOND << relay->failures;
    if (pause > ceiling)
        pause = ceiling;
    if (relay->failures < DOUBLINGS_MOST)
        relay->failures++;
    relay->is_down = true;
    relay->is_probed = false;
    relay->next = now + pause / 4 * 3 + (int64_t) ((double) pause / 2 * ((double) chance / (double) UINT32_MAX));
}

void relay_unused(struct relay *relay, enum relay_pass pass)
{
    if (pass == RELAY_PROBE)
        relay->is_probed = false;
}
