/* SPDX-License-Identifier: Apache-2.0 */
/* views/files_internal.h - the folders that templates, static files and catalogues come from.
 *
 * Only names of small letters, digits, "_", "-" and "." (not first) are taken, so that editors' left-overs and hidden files
 * are not.
 * Owns:    everything read lives in the arena given. */
#ifndef LATCHKEY_VIEWS_FILES_INTERNAL_H
#define LATCHKEY_VIEWS_FILES_INTERNAL_H

#include "base/arena.h"
#include "base/text.h"
#include "views/template_internal.h"

#define FILES_TEMPLATE_MOST ((size_t) 256 * 1024)
#define FILES_STATIC_MOST   ((size_t) 512 * 1024)

struct file_list {
    struct template_source *items;
    size_t count, room;
};

void file_list_done(struct file_list *list);
void file_list_sort(struct file_list *list);

/* Reads a whole file. LK_ABSENT: there is none; LK_BROKEN, and a line in `faults`: it cannot be read or is too long. */
LK_MUST_CHECK enum lk_status file_read(struct lk_arena *arena, const char *path, size_t most,
                                       struct template_source *source_out, struct lk_text *faults);

/* Templates: every FOLDER/NAME.html and FOLDER/NAME.txt below `root`, but for the folder "static". One that `list` has
 * already is replaced. LK_BROKEN, and a line in `faults`: something could not be read. */
LK_MUST_CHECK enum lk_status files_read_templates(struct lk_arena *arena, const char *root, struct file_list *list,
                                                  struct lk_text *faults);

/* Static files: every file in `root`/static, if there is such a folder. */
LK_MUST_CHECK enum lk_status files_read_static(struct lk_arena *arena, const char *root, struct file_list *list,
                                               struct lk_text *faults);

/* Catalogues: LANGUAGE/latchkey.mo below `root`; the name of each is its language. */
LK_MUST_CHECK enum lk_status files_read_catalogues(struct lk_arena *arena, const char *root, struct file_list *list,
                                                   struct lk_text *faults);

#endif
