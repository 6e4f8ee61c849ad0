/* SPDX-License-Identifier: Apache-2.0 */
/* config/places.h - the words between @ signs of ldif/ that follow from the configuration: where things are, and what they are called.
 *
 * Threads: any; pure. */
#ifndef LATCHKEY_CONFIG_PLACES_H
#define LATCHKEY_CONFIG_PLACES_H

#include "base/template.h"
#include "config/config.h"

#include <stddef.h>

/* `others`, which ends with a NULL name, and behind it those of the configuration; ends with a NULL name. In the arena. */
const struct lk_template_word *config_places(const struct config *config, struct lk_arena *arena,
                                             const struct lk_template_word *others);

#endif
