/* SPDX-License-Identifier: Apache-2.0 */
/* base/template.h - the words between @ signs of the shipped files in ldif/.
 *
 * Threads: any; pure. */
#ifndef LATCHKEY_BASE_TEMPLATE_H
#define LATCHKEY_BASE_TEMPLATE_H

#include "base/status.h"
#include "base/text.h"

struct lk_template_word {
    const char *name;
    const char *value;
};

/* Appends `source` with each @NAME@ of `words` (ends with a NULL name) replaced; LK_MALFORMED: a name that is not there. */
LK_MUST_CHECK enum lk_status lk_template_fill(const char *source, const struct lk_template_word *words,
                                              struct lk_text *text, struct lk_trouble *trouble);

#endif
