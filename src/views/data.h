/* SPDX-License-Identifier: Apache-2.0 */
/* views/data.h - what a handler or a letter gives back: a tree of named values, which a template makes a page and
 * view_data_json makes JSON. One tree, two faces.
 *
 * Owns:    a tree belongs to whoever made its root; a child added to a parent belongs to the parent from then on.
 * Limits:  text must be UTF-8; bytes that are not are replaced (U+FFFD). NULL text is left out.
 * Threads: one tree belongs to one thread at a time. */
#ifndef LATCHKEY_VIEWS_DATA_H
#define LATCHKEY_VIEWS_DATA_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view_data;

struct view_data *view_object(void);
struct view_data *view_list(void);
void view_data_free(struct view_data *data);
void view_data_cleanup(struct view_data **data);

void view_text(struct view_data *object, const char *name, const char *text);
void view_number(struct view_data *object, const char *name, int64_t number);
void view_flag(struct view_data *object, const char *name, bool flag);
/* A time, as RFC 3339 text in JSON ("2026-11-22T19:41:03Z"); a template shows it with {{time name}}. */
void view_time(struct view_data *object, const char *name, int64_t when);
/* `child` is taken over. */
void view_child(struct view_data *object, const char *name, struct view_data *child);
void view_append(struct view_data *list, struct view_data *child);
void view_append_text(struct view_data *list, const char *text);

/* Has the object a value of this name already? */
bool view_has(const struct view_data *object, const char *name);

/* Appends it as compact JSON (RFC 8259). Names that begin with "_" are for templates only and left out. A tree deeper than
 * VIEW_DATA_DEPTH marks the text as failed. */
#define VIEW_DATA_DEPTH 16
void view_data_json(const struct view_data *data, struct lk_text *text);

/* A tree from JSON text, for tests and tools; NULL where it is not JSON or not an object or list. */
struct view_data *view_data_parse(const char *json, size_t len);

#endif
