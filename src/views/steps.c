/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fatal.h"
#include "views/template_internal.h"

#include <stdlib.h>
#include <string.h>

void template_steps_add(struct template_steps *steps, struct template_step step)
{
    if (steps->count == steps->room) {
        steps->room = steps->room == 0 ? 32 : steps->room * 2;
        steps->items = reallocarray(steps->items, steps->room, sizeof *steps->items);
        if (steps->items == NULL)
            lk_fatal("out of memory");
    }
    steps->items[steps->count++] = step;
}

const struct template_step *template_steps_take(struct template_steps *steps, struct lk_arena *arena)
{
    struct template_step *taken = lk_arena_array(arena, steps->count + 1, sizeof *taken);
    if (steps->count > 0)
        memcpy(taken, steps->items, steps->count * sizeof *taken);
    taken[steps->count] = (struct template_step){ .kind = STEP_RETURN };
    free(steps->items);
    *steps = (struct template_steps){ 0 };
    return taken;
}
