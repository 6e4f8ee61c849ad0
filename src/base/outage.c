/* SPDX-License-Identifier: Apache-2.0 */
#include "base/outage.h"

#include "base/clock.h"

#define DOUBLINGS_MOST 16

enum outage_pass outage_pass(struct outage *outage, int64_t now)
{
    if (!outage->is_down)
        return OUTAGE_OPEN;
    if (outage->is_probed || now < outage->next)
        return OUTAGE_WAIT;
    outage->is_probed = true;
    return OUTAGE_PROBE;
}

int64_t outage_next(const struct outage *outage)
{
    return outage->is_down && !outage->is_probed ? outage->next : INT64_MAX;
}

void outage_answered(struct outage *outage)
{
    *outage = (struct outage){ .is_down = false };
}

void outage_failed(struct outage *outage, enum outage_pass pass, int64_t now, int64_t longest, uint32_t chance)
{
    if (outage->is_down && pass != OUTAGE_PROBE)
        return; /* one of those that were under way when it went down: known already */
    const int64_t ceiling = longest * LK_CLOCK_SECOND;
    int64_t pause = LK_CLOCK_SECOND << outage->failures;
    if (pause > ceiling)
        pause = ceiling;
    if (outage->failures < DOUBLINGS_MOST)
        outage->failures++;
    outage->is_down = true;
    outage->is_probed = false;
    outage->next = now + pause / 4 * 3 + (int64_t) ((double) pause / 2 * ((double) chance / (double) UINT32_MAX));
}

void outage_unused(struct outage *outage, enum outage_pass pass)
{
    if (pass == OUTAGE_PROBE)
        outage->is_probed = false;
}
