/* SPDX-License-Identifier: Apache-2.0 */
/* cli/shipped.h - the files of schema/ and ldif/: filled in, and taken apart into entries and values.
 *
 * Reads as much of LDIF (RFC 2849) as these files use: comments, folded lines, records for adding and for modifying; no base64 and no
 * included files. Everything lives in the arena. */
#ifndef LATCHKEY_CLI_SHIPPED_H
#define LATCHKEY_CLI_SHIPPED_H

#include "base/arena.h"
#include "base/status.h"
#include "base/template.h"
#include "config/config.h"

#include <stddef.h>

struct shipped_value {
    const char *name, *text;
    const char *beside; /* of a comment "# beside other rules: TEXT" before it; NULL: none */
};

struct shipped_entry {
    const char *dn;
    size_t count;
    const struct shipped_value *values; /* of a modification the values of all its parts */
};

struct shipped_file {
    size_t count;
    const struct shipped_entry *entries;
};

/* The folder that was installed, or LATCHKEY_SHARE. */
const char *shipped_share(void);

/* The whole text of `path`, below the share folder unless it begins with a slash, with `words` filled in (NULL: as it is).
 * LK_ABSENT: no such file. LK_MALFORMED, LK_BROKEN. */
LK_MUST_CHECK enum lk_status shipped_text(struct lk_arena *arena, const char *path,
                                          const struct lk_template_word *words, const char **text_out,
                                          struct lk_trouble *trouble);

/* Attributes in values have the names that the directory has for them (`config`, may be NULL: they stay as they are). */
LK_MUST_CHECK enum lk_status shipped_read(struct lk_arena *arena, const char *path,
                                          const struct lk_template_word *words, const struct config *config,
                                          struct shipped_file *file_out, struct lk_trouble *trouble);

/* The first value of that name, or NULL. */
const char *shipped_first(const struct shipped_entry *entry, const char *name);

#endif
