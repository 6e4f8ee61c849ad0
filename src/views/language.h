/* SPDX-License-Identifier: Apache-2.0 */
/* views/language.h - which of the languages we have does a person want? Pure. */
#ifndef LATCHKEY_VIEWS_LANGUAGE_H
#define LATCHKEY_VIEWS_LANGUAGE_H

#include <stdbool.h>
#include <stddef.h>

#define LANGUAGE_MOST 35 /* bytes of a tag */

/* "de", "pt-BR": letters and digits, parts of at most eight, "-" between them. */
bool language_is_tag(const char *tag, size_t len);

/* The index of the language in `tags` that fits an Accept-Language header (RFC 9110 section 12.5.4) best; at most 1 KiB of
 * it and 32 ranges are looked at. For each language the most exact range counts: the same tag, then a range that it
 * is a special case of ("de" for de-AT), then one that is a special case of it ("de-AT" for de), then "*". The greatest
 * quality wins, then the range named first, then the more exact, then the lower index. `count` where nothing fits. */
size_t language_best(const char *const *tags, size_t count, const char *wanted);

#endif
