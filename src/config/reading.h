/* SPDX-License-Identifier: Apache-2.0 */
/* config/reading.h - what the steps of reading a configuration share: the struct that is filled, where each value came
 * from, and the faults found so far.
 *
 * Steps: items (config.c), defaults that follow from other settings (derive.c), rules across settings (check.c). A step
 * that finds a fault notes it and goes on, so that one run tells a sysadmin of all of them.
 * Threads: one reading belongs to one thread. */
#ifndef LATCHKEY_CONFIG_READING_H
#define LATCHKEY_CONFIG_READING_H

#include "config/settings.h"

struct config_place {
    const char *file;   /* NULL: the default */
    const char *folder; /* what relative paths are relative to; "" is the current folder */
    size_t line;
};

struct config_reading {
    struct config *config;
    struct lk_text *faults; /* may be NULL */
    size_t fault_count;
    struct config_place here;    /* what is being read; `line` of the last item */
    struct config_place *places; /* one for each setting */
    const char *section;         /* NULL: none yet, or one that is not known (already told) */
    bool section_is_unknown;
};

/* "FILE:LINE: words" for a place. */
void config_fault(struct config_reading *reading, const struct config_place *place, const char *format, ...)
    LK_PRINTF(3, 4);

/* A fault of a setting, named by a pointer to its member; of two, the one that was given. Words begin with its name. */
void config_fault_at(struct config_reading *reading, const void *member, const char *format, ...) LK_PRINTF(3, 4);
void config_fault_of_two(struct config_reading *reading, const void *member, const void *other, const char *format, ...)
    LK_PRINTF(4, 5);

/* derive.c */
void config_resolve_paths(struct config_reading *reading);
void config_derive(struct config *config);

/* check.c */
void config_check(struct config_reading *reading);

#endif
