/* SPDX-License-Identifier: Apache-2.0 */
/* config/types.h - how each TYPE of config/settings.def is read, printed and told about: one row each.
 *
 * Threads: any; pure. */
#ifndef LATCHKEY_CONFIG_TYPES_H
#define LATCHKEY_CONFIG_TYPES_H

#include "base/arena.h"
#include "base/text.h"
#include "config/settings.h"

#include <stdbool.h>

struct setting_kind {
    /* Reads `text` into `member`, strings into the arena. False: `why` says what it ought to be, `member` is as it was. */
    bool (*read)(const struct setting *setting, struct lk_arena *arena, const char *text, void *member,
                 struct lk_text *why);
    /* Appends the value as `read` takes it (before quoting). */
    void (*print)(const struct setting *setting, const void *member, struct lk_text *text);
    void (*set_default)(const struct setting *setting, struct lk_arena *arena, void *member);
    /* Appends what may stand there, for people: "1 to 64", "yes or no". */
    void (*tell)(const struct setting *setting, struct lk_text *text);
};

const struct setting_kind *setting_kind(const struct setting *setting);

/* Appends the setting's default, as it would be written in the file. */
void setting_print_default(const struct setting *setting, struct lk_text *text);

#endif
