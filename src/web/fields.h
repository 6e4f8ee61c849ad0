/* SPDX-License-Identifier: Apache-2.0 */
/* web/fields.h - a form's pairs held against the fields that the route's table names.
 *
 * Owns:    the secrets among them (web_form_done); everything else is in the arena.
 * Threads: one form belongs to one worker. */
#ifndef LATCHKEY_WEB_FIELDS_H
#define LATCHKEY_WEB_FIELDS_H

#include "base/arena.h"
#include "base/secret.h"
#include "base/status.h"
#include "web/form.h"
#include "web/request.h"

#include <stdbool.h>
#include <stddef.h>

struct web_form_value {
    const struct web_field *field;
    const char *text; /* "" where absent, and for secrets */
    struct lk_secret *secret;
    bool is_bad;
};

struct web_form {
    size_t count;
    struct web_form_value *values; /* one for each row of the table */
    const char *csrf;              /* NULL: not given */
};

struct web_form_fault {
    const char *key;   /* unknown_field, field_too_long, field_malformed, field_missing */
    const char *field; /* the name as the table, or the stranger, has it; in the arena */
};

/* `fields` may be NULL: none. `with_csrf`: a field csrf may be there besides. LK_MALFORMED: *fault_out says why, and nothing
 * is owned. */
LK_MUST_CHECK enum lk_status web_form_fill(struct lk_arena *arena, const struct web_field *fields,
                                           const struct web_pairs *pairs, bool with_csrf, struct web_form *form_out,
                                           struct web_form_fault *fault_out);

/* Frees the secrets. */
void web_form_done(struct web_form *form);

#endif
