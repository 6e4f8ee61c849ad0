/* SPDX-License-Identifier: Apache-2.0 */
/* web/problem.h - an error as people and as machines read it (RFC 9457). */
#ifndef LATCHKEY_WEB_PROBLEM_H
#define LATCHKEY_WEB_PROBLEM_H

#include "base/text.h"
#include "views/data.h"
#include "views/views.h"

#include <stdbool.h>

struct web_problem {
    const struct views *views;
    const char *language;
    const char *id; /* of the request; NULL: an answer made ahead for many */
    unsigned status;
    const char *key;               /* message KEY is the detail, KEY_title the title */
    const struct view_data *data;  /* values within the words; may be NULL */
    const char *field;             /* JSON only: which field is meant, or NULL */
    const struct view_data *extra; /* JSON only: the errors list, or NULL. Not owned */
};

/* {"type":"about:blank#KEY","title":…,"status":…,"detail":…,"instance":…}, with `errors` where there are some. */
void web_problem_json(const struct web_problem *problem, struct lk_text *text);

/* page/problem.html with status, key, title, detail, id. Shows nobody's account or profile: the directory may be what has failed.
 * Falls back on bare HTML where the template cannot be rendered, so that an error is never answered by another. */
void web_problem_html(const struct web_problem *problem, struct lk_text *text);

/* 429 and 503 ask to come back later; 0 for the rest. Seconds. */
int web_problem_retry_after(unsigned status);

#endif
