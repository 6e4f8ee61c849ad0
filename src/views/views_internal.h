/* SPDX-License-Identifier: Apache-2.0 */
/* views/views_internal.h - everything that has been loaded, and how the files of the room share it. */
#ifndef LATCHKEY_VIEWS_VIEWS_INTERNAL_H
#define LATCHKEY_VIEWS_VIEWS_INTERNAL_H

#include "views/template_internal.h"
#include "views/views.h"

#define VIEWS_LANGUAGES 32

/* {month} */
#define VIEWS_MONTHS 12

/* The parts of {{time …}}: keys of messages.txt. */
#define VIEWS_KEY_TIME   "time"
#define VIEWS_KEY_MONTHS "month_" /* month_1 to month_12 */

struct message {
    const char *key;
    uint32_t sentence;
};

struct static_file {
    const char *name;
    const char *bytes;
    size_t len;
};

struct language {
    const char *tag;
    const struct template_step **sentences; /* by number */
    struct view_data *outermost; /* what every template knows: the service's settings and the language itself */
};

struct views {
    struct lk_arena *arena;           /* owns all but `outermost` */
    const struct template *templates; /* sorted by name */
    size_t template_count;
    const struct message *messages; /* sorted by key */
    size_t message_count;
    const struct static_file *files;
    size_t file_count;
    struct language languages[VIEWS_LANGUAGES]; /* the configured one first */
    const char *tags[VIEWS_LANGUAGES];
    size_t language_count;
};

/* The steps of a message in a language; NULL where there is no such key. */
const struct template_step *views_find_message(const struct views *views, const char *key,
                                               const struct language *language);

/* Walks `steps`. */
struct rendering {
    const struct views *views;
    const struct language *language;
    const struct view_data *data;
    bool is_html;
};

void render_steps(const struct rendering *rendering, const struct template_step *steps, struct lk_text *text);

/* A time written for people: `rfc3339` is what view_time made. Anything else is shown as it is. */
void render_time(const struct rendering *rendering, const char *rfc3339, size_t len, struct lk_text *text);

/* Appends `lines`, those longer than WRAP_COLUMNS characters broken at blanks. */
#define WRAP_COLUMNS 72
void wrap_lines(struct lk_text *text, const char *lines, size_t len);

#endif
