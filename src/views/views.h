/* SPDX-License-Identifier: Apache-2.0 */
/* views/views.h - templates and words.
 *
 * Templates are files: NAME.html (every value escaped for HTML) and NAME.txt (values as they are, controls but line ends
 * removed). All words that people read stand in them and in templates/messages.txt, in English; a gettext catalogue
 * (LANGUAGE/latchkey.mo, made from src/views/po) translates them. An operator's folder (pages.templates) replaces single
 * files. Everything is read, parsed, translated and checked at start: a template with a fault is a fault of the start, not of a
 * request.
 *
 * In a template:
 *   {{name}} {{a.b}}          the value; a missing one is nothing
 *   {{#name}}…{{/name}}       for each item of a list, or once if it is true / not empty / an object (which is then the scope);
 *                             {{.}} is the item itself
 *   {{?name}}…{{/name}}       once, if it is true or not empty; the scope stays
 *   {{^name}}…{{/name}}       if it is missing, false, or empty
 *   {{#name=text}} {{?name=text}} {{^name=text}}  the same, if it is (not) exactly this text; closed by {{/name=text}}
 *   {{>part/head}}            another template of the same kind (.html or .txt); nesting is bounded
 *   {{_ Words to be read}}    words, looked up in the catalogue; {name}, {*name} (emphasised in HTML) and {time name} inside
 *                             them are values (escaped)
 *   {{time name}}             a view_time, written for people in the language ("22 November 2026, 19:41 UTC")
 *   {{! comment}}             nothing
 * A name is looked up in the innermost scope first, then outwards; outermost are the names that every template knows:
 * `language` (the tag), and from the configuration `service`, `notice`, `home_url`, `password_url`, `people_elsewhere`, `support` with name, address and url
 * (no `support` where none of the three is set). There is no way to insert a value unescaped. Sections, comments and
 * partials that stand alone on a line take the line with them; indentation and empty lines of .html files are not sent;
 * .txt files come out wrapped at 72 columns.
 *
 * Owns:    all templates in all languages, constant after loading.
 * Threads: any may render. */
#ifndef LATCHKEY_VIEWS_VIEWS_H
#define LATCHKEY_VIEWS_VIEWS_H

#include "base/status.h"
#include "base/text.h"
#include "config/config.h"
#include "views/data.h"

#include <stdbool.h>
#include <stddef.h>

struct views;

/* Reads everything below `share`/templates, pages.templates over it, and the catalogues below `share`/locale and
 * pages.catalogues (which go before). The override folder has the same shape: FOLDER/NAME.html and .txt replace files or
 * add new ones, static/ likewise, and its messages.txt replaces the words of single keys. LK_MALFORMED: all faults,
 * FILE:LINE: words, are in `faults`. LK_BROKEN: a folder or file could not be read; `faults` says which. */
LK_MUST_CHECK enum lk_status views_load(const struct config *config, const char *share, struct views **views_out,
                                        struct lk_text *faults);
void views_free(struct views *views);

/* The best of the loaded languages for an Accept-Language header (RFC 9110 section 12.5.4; at most 1 KiB is looked at), or
 * for a single tag; the configured one where nothing fits or `wanted` is NULL. The result lives as long as `views`. */
const char *views_language(const struct views *views, const char *wanted);

/* Renders "page/sign_in.html", "letter/associate.txt", … `data` may be NULL; an unknown language is the configured one.
 * LK_ABSENT: no such template. LK_MALFORMED: the text's ceiling. */
LK_MUST_CHECK enum lk_status views_render(const struct views *views, const char *name, const char *language,
                                          const struct view_data *data, struct lk_text *text);

/* The words of templates/messages.txt for `key` (one `key = Words with {name}.` a line), translated, values filled in as
 * plain text, never with a line end in it. An unknown key gives the key itself, so that nothing is ever silent. */
void views_message(const struct views *views, const char *key, const char *language, const struct view_data *data,
                   struct lk_text *text);

/* A file that is served as it is: "style.css", "latchkey.js", an image; the
 * files of templates/static. NULL if there is none. Bytes live as long as views. */
const char *views_static(const struct views *views, const char *name, size_t *len_out);

#endif
