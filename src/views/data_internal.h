/* SPDX-License-Identifier: Apache-2.0 */
/* views/data_internal.h - how the renderer looks into a tree of view_data. Borrowed pointers; reading changes nothing, so
 * that any number of threads may read one tree that nobody changes. */
#ifndef LATCHKEY_VIEWS_DATA_INTERNAL_H
#define LATCHKEY_VIEWS_DATA_INTERNAL_H

#include "views/data.h"

enum view_kind {
    VIEW_NOTHING = 0, /* NULL and JSON null */
    VIEW_FALSE,
    VIEW_TRUE,
    VIEW_NUMBER,
    VIEW_TEXT,
    VIEW_OBJECT,
    VIEW_LIST
};

enum view_kind view_data_kind(const struct view_data *data);

/* NULL where `data` is no object or has no such member. */
const struct view_data *view_data_member(const struct view_data *data, const char *name);

/* For a VIEW_TEXT; "" otherwise. */
const char *view_data_text(const struct view_data *data, size_t *len_out);

/* For a VIEW_NUMBER; 0 otherwise. */
int64_t view_data_number(const struct view_data *data);

size_t view_data_count(const struct view_data *list);
const struct view_data *view_data_item(const struct view_data *list, size_t index);

#endif
