/* SPDX-License-Identifier: Apache-2.0 */
#include "courier/progress.h"

#include "base/clock.h"

bool progress_note(struct progress *progress, size_t waiting, size_t done, int64_t now)
{
    if (!progress->is_rush) {
        if (waiting < PROGRESS_LEAST)
            return false;
        *progress = (struct progress){ .is_rush = true, .begun = now, .next = now };
    }
    progress->done += done;
    progress->is_rush = waiting > 0;
    if (progress->is_rush && now < progress->next)
        return false;
    progress->next = now + PROGRESS_PAUSE * LK_CLOCK_SECOND;
    return true;
}
