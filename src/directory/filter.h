/* SPDX-License-Identifier: Apache-2.0 */
/* directory/filter.h - search filters (RFC 4515) and names (RFC 4514), made from structure, never from text.
 *
 * No other room can write a filter: the type's text is made here, values escaped; only what the configuration adds is text already.
 * Results live in the arena.
 * A value that cannot be asserted (NULL, empty, beyond 64 KiB) or a name that no attribute can have gives a filter that
 * matches nothing; it stays one through filter_and, and vanishes in filter_or.
 * Threads: any; pure. */
#ifndef LATCHKEY_DIRECTORY_FILTER_H
#define LATCHKEY_DIRECTORY_FILTER_H

#include "base/arena.h"
#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct directory_filter {
    const char *text;
};

const struct directory_filter *filter_equals(struct lk_arena *arena, const char *attribute, const char *value);
const struct directory_filter *filter_equals_bytes(struct lk_arena *arena, const char *attribute, const void *bytes,
                                                   size_t len);
/* What identifies an entry for ever, written as that attribute wants it: text (entryUUID and others), bytes (objectGUID, GUID),
 * four groups of eight digits (nsUniqueId). */
const struct directory_filter *filter_equals_uuid(struct lk_arena *arena, const char *attribute,
                                                  const uint8_t uuid[static 16]);
const struct directory_filter *filter_present(struct lk_arena *arena, const char *attribute);
/* By the order of the attribute's values: this one or a later one. */
const struct directory_filter *filter_at_least(struct lk_arena *arena, const char *attribute, const char *value);
/* attribute contains / begins with value */
const struct directory_filter *filter_contains(struct lk_arena *arena, const char *attribute, const char *value);
const struct directory_filter *filter_begins(struct lk_arena *arena, const char *attribute, const char *value);
const struct directory_filter *filter_and(struct lk_arena *arena, const struct directory_filter *a,
                                          const struct directory_filter *b);
const struct directory_filter *filter_or(struct lk_arena *arena, const struct directory_filter *a,
                                         const struct directory_filter *b);
const struct directory_filter *filter_not(struct lk_arena *arena, const struct directory_filter *a);
/* The same as `a`, but only tested on what other parts of the filter have found, never looked up: for what nearly every entry is,
 * beside something that narrows. slapd 2.5's back-mdb goes through a list too long for its index number by number wherever
 * another list is not within it, 8 ms at a million entries. It looks nothing up for a "not". */
const struct directory_filter *filter_tested(struct lk_arena *arena, const struct directory_filter *a);
/* One of many, written flat: as deep as a single one. Of none: nothing matches. */
const struct directory_filter *filter_any(struct lk_arena *arena, const struct directory_filter *const *filters,
                                          size_t count);
/* All of many, likewise flat. */
const struct directory_filter *filter_all(struct lk_arena *arena, const struct directory_filter *const *filters,
                                          size_t count);

/* One that a person has written (RFC 4515), in the configuration, which config_check() has looked at; "" is NULL: none. */
const struct directory_filter *filter_written(struct lk_arena *arena, const char *text);

/* attribute=value,parent with the value escaped. LK_MALFORMED: an empty value or one that is not UTF-8, a name that no
 * attribute can have, or a parent that is not a DN. */
LK_MUST_CHECK enum lk_status dn_child(struct lk_arena *arena, const char *attribute, const char *value,
                                      const char *parent, const char **dn_out);
/* The DN without its first part, spelt as it was. LK_MALFORMED: not a DN, or it has no parent. */
LK_MUST_CHECK enum lk_status dn_parent(struct lk_arena *arena, const char *dn, const char **parent_out);
/* The value that names the entry: "Ada" of cn=Ada,o=Acme for the attribute cn. LK_MALFORMED: not a DN. LK_ABSENT: named by
 * another attribute, or by several. */
LK_MUST_CHECK enum lk_status dn_value(struct lk_arena *arena, const char *dn, const char *attribute,
                                      const char **value_out);
/* Same name? Compared as normalised text (attribute types without case, values without case and outer blanks): for the
 * daemon's own decisions use entryUUIDs where a DN could be used again. False where one is not a DN. */
bool dn_equals(const char *a, const char *b);
/* Does `dn` lie below (not at) `base`? */
bool dn_is_below(const char *dn, const char *base);

#endif
