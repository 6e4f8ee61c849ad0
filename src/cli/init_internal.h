/* SPDX-License-Identifier: Apache-2.0 */
/* cli/init_internal.h - what is missing in an OpenLDAP, as a plan: `latchkey init` carries it out, `latchkey doctor` only counts it.
 *
 * Each part compares a shipped file with what is there and adds a step for what is not. Nothing that is there is taken away: a value
 * is replaced only by one that says the same and more. What stands in the way, and what only a person can decide, becomes a remark. */
#ifndef LATCHKEY_CLI_INIT_INTERNAL_H
#define LATCHKEY_CLI_INIT_INTERNAL_H

#include "cli/command.h"
#include "cli/shipped.h"
#include "cli/slapd.h"

#include <stdbool.h>
#include <stddef.h>

enum init_part {
    INIT_MODULES,
    INIT_SCHEMA,
    INIT_LOG,
    INIT_OVERLAYS,
    INIT_INDEXES,
    INIT_IDENTITY, /* who is who: authorization policy, mapping of SASL names, limits */
    INIT_ACCESS,
    INIT_MIRROR,
    INIT_ENTRIES,
    INIT_PART_COUNT
};

struct init_step {
    struct init_step *next;
    enum init_part part;
    const char *what; /* for people */
    bool is_add;
    const char *dn;
    struct directory_change *change;
};

struct init_remark {
    struct init_remark *next;
    enum init_part part;
    bool is_fault; /* it does not work until somebody has decided; otherwise it is only worth knowing */
    const char *words;
};

struct init {
    struct command *command;
    struct lk_arena *arena;
    struct directory
        *entries;  /* bound as who may read and write entries below the suffix; NULL: entries are not looked at */
    bool sees_all; /* it is the database's rootdn, whom no rule holds */
    struct slapd slapd;
    const struct lk_template_word *words;
    const char *log_folder; /* where the log of writes is to be */
    const char *without;    /* an overlay that is not to be added; NULL: none */
    bool only_looks;        /* a missing overlay that Latchkey can do without becomes a remark, not a step */
    struct init_step *steps, **last_step;
    struct init_remark *remarks, **last_remark;
};

const char *init_part_name(enum init_part part);

/* Adds a step; its change is filled by the caller. */
struct directory_change *init_step(struct init *init, enum init_part part, bool is_add, const char *dn,
                                   const char *format, ...) LK_PRINTF(5, 6);
void init_remark(struct init *init, enum init_part part, bool is_fault, const char *format, ...) LK_PRINTF(4, 5);

/* The parts, in the order in which they are carried out. */
LK_MUST_CHECK enum lk_status init_modules(struct init *init, struct lk_trouble *trouble);
LK_MUST_CHECK enum lk_status init_schema(struct init *init, struct lk_trouble *trouble);
LK_MUST_CHECK enum lk_status init_overlays(struct init *init, struct lk_trouble *trouble); /* and the log */
LK_MUST_CHECK enum lk_status init_indexes(struct init *init, struct lk_trouble *trouble);
LK_MUST_CHECK enum lk_status init_access(struct init *init, struct lk_trouble *trouble); /* and identity */
LK_MUST_CHECK enum lk_status init_mirror(struct init *init, struct lk_trouble *trouble);
LK_MUST_CHECK enum lk_status init_entries(struct init *init, struct lk_trouble *trouble);

/* ---- init_overlays.c ---- */

/* Can Latchkey do without that overlay? Those that it can, for people: "a, b". */
bool init_is_dispensable(const char *overlay);
const char *init_dispensable(struct lk_arena *arena);

/* Is it to stay missing where it is, with its module? */
bool init_may_be_missing(const struct init *init, const char *overlay);

/* The database that the log of writes is in; NULL: there is none. */
const struct directory_entry *init_log_database(const struct init *init);

/* ---- init_slots.c ---- */

/* A remark where the database has outgrown the slots of its indexes. Where slapd does not say how much it holds: nothing. */
void init_slots(struct init *init);

/* ---- init_schema.c ---- */

/* The name in a definition of RFC 4512, and a word (of MUST, MAY, ...) that `wanted` has and `there` has not; NULL: none. */
const char *init_definition_name(struct lk_arena *arena, const char *definition);
const char *init_definition_lacks(struct lk_arena *arena, const char *there, const char *wanted);

/* ---- init_plan.c ---- */

/* The words between @ signs. An empty `slapd`: nothing is known of the server. `user` and `log_folder` may be NULL. COMMAND_USAGE: no
 * such user; that has been said. */
enum command_exit init_words(struct init *init, const char *user, const char *log_folder);

/* Works all parts out. Needs `slapd` and the words. */
LK_MUST_CHECK enum lk_status init_plan(struct init *init, struct lk_trouble *trouble);

/* The first of `folders` (ends with NULL) that has `name`; NULL: none. */
const char *init_folder_with(struct lk_arena *arena, const char *const *folders, const char *name);

#endif
