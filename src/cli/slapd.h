/* SPDX-License-Identifier: Apache-2.0 */
/* cli/slapd.h - what a running OpenLDAP says of its configuration (cn=config): read once, then looked up.
 *
 * Memory:  everything lives in the arena given. */
#ifndef LATCHKEY_CLI_SLAPD_H
#define LATCHKEY_CLI_SLAPD_H

#include "base/arena.h"
#include "base/status.h"
#include "directory/directory.h"

#include <stdbool.h>
#include <stddef.h>

struct slapd {
    struct lk_arena *arena;
    const struct directory_entry *entries; /* all of cn=config */
    size_t count;
    const struct directory_entry *global;   /* cn=config */
    const struct directory_entry *frontend; /* may be NULL */
    const struct directory_entry *database; /* of the suffix */
    const char *name;                       /* of that database: "{1}mdb" */
};

/* LK_ABSENT: no cn=config that may be read, or no database with this suffix (words say which). LK_BROKEN: no answer. */
LK_MUST_CHECK enum lk_status slapd_read(struct directory *directory, struct lk_arena *arena, const char *suffix,
                                        struct slapd *slapd_out, struct lk_trouble *trouble);

/* The value without "{3}" before it. */
const char *slapd_unnumbered(const char *value);

/* One value of the entry's attribute, without its number and with runs of blanks as one: NULL behind the last. */
const char *slapd_value(const struct slapd *slapd, const struct directory_entry *entry, const char *attribute,
                        size_t i);
/* The same for any text. */
const char *slapd_squeezed(struct lk_arena *arena, const char *text);

bool slapd_has_value(const struct slapd *slapd, const struct directory_entry *entry, const char *attribute,
                     const char *text);

bool slapd_is_of_class(const struct directory_entry *entry, const char *object_class);

/* The database with that suffix; NULL: none. */
const struct directory_entry *slapd_database(const struct slapd *slapd, const char *suffix);
/* Is `entry` an overlay of that kind on the database? */
bool slapd_is_overlay_on(const struct directory_entry *database, const struct directory_entry *entry, const char *kind);
/* On that of the suffix? */
bool slapd_is_overlay(const struct slapd *slapd, const struct directory_entry *entry, const char *kind);

#endif
