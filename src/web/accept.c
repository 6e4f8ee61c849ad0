/* SPDX-License-Identifier: Apache-2.0 */
#include "web/accept.h"

#include <string.h>
#include <strings.h>

#define LOOKED_AT 1024

/* Which face a media range asks for, and how exactly it says so: a range more exact overrules one that is less. */
struct range_row {
    const char *range;
    bool json;
    bool html;
    int exactness;
};

static const struct range_row RANGES[] = {
    {"application/json",          true,  false, 3},
    { "application/problem+json", true,  false, 3},
    { "text/html",                false, true,  3},
    { "application/xhtml+xml",    false, true,  3},
    { "application/*",            true,  false, 2},
    { "text/*",                   false, true,  2},
    { "*/*",                      true,  true,  1},
};

struct face {
    int exactness;
    int quality; /* thousandths */
};

static size_t skip_blanks(const char *text, size_t at, size_t end)
{
    while (at < end && (text[at] == ' ' || text[at] == '\t'))
        at++;
    return at;
}

/* "0", "0.5", "1.000" as thousandths; what is not one counts as 0. */
static int read_quality(const char *text, size_t len)
{
    int quality = 0;
    int weight = 1000;
    for (size_t i = 0; i < len && text[i] != ' ' && text[i] != ';'; i++) {
        if (text[i] == '.' && i == 1)
            continue;
        if (text[i] < '0' || text[i] > '9' || weight == 0)
            return 0;
        quality += (text[i] - '0') * weight;
        weight /= 10;
    }
    return quality > 1000 ? 1000 : quality;
}

/* The q parameter among ";a=b;q=0.5". */
static int quality_of(const char *parameters, size_t len)
{
    for (size_t at = 0; at < len;) {
        at = skip_blanks(parameters, at + 1, len);
        const char *end = at < len ? memchr(parameters + at, ';', len - at) : NULL;
        const size_t part = end == NULL ? len - at : (size_t) (end - (parameters + at));
        if (part > 2 && (parameters[at] == 'q' || parameters[at] == 'Q') && parameters[at + 1] == '=')
            return read_quality(parameters + at + 2, part - 2);
        at += part;
    }
    return 1000;
}

static void weigh(struct face *face, bool concerns, int exactness, int quality)
{
    if (!concerns || exactness < face->exactness)
        return;
    if (exactness > face->exactness || quality > face->quality)
        face->quality = quality;
    face->exactness = exactness;
}

static void read_range(const char *text, size_t len, struct face *json, struct face *html)
{
    const size_t start = skip_blanks(text, 0, len);
    const char *semicolon = memchr(text + start, ';', len - start);
    size_t end = semicolon == NULL ? len : (size_t) (semicolon - text);
    const int quality = semicolon == NULL ? 1000 : quality_of(text + end, len - end);
    while (end > start && (text[end - 1] == ' ' || text[end - 1] == '\t'))
        end--;
    for (size_t i = 0; i < sizeof RANGES / sizeof RANGES[0]; i++) {
        const struct range_row *row = &RANGES[i];
        if (strlen(row->range) == end - start && strncasecmp(row->range, text + start, end - start) == 0) {
            weigh(json, row->json, row->exactness, quality);
            weigh(html, row->html, row->exactness, quality);
            return;
        }
    }
}

bool web_accept_wants_json(const char *accept)
{
    struct face json = { 0, 0 };
    struct face html = { 0, 0 };
    if (accept == NULL)
        return false;
    const size_t len = strnlen(accept, LOOKED_AT);
    for (size_t at = 0; at < len;) {
        const char *end = memchr(accept + at, ',', len - at);
        const size_t part = end == NULL ? len - at : (size_t) (end - (accept + at));
        if (part > 0)
            read_range(accept + at, part, &json, &html);
        at += part + 1;
    }
    return json.quality > html.quality;
}

bool web_media_type_is(const char *header, const char *type)
{
    if (header == NULL)
        return false;
    const size_t len = strlen(type);
    if (strncasecmp(header, type, len) != 0)
        return false;
    const char next = header[len];
    return next == '\0' || next == ';' || next == ' ' || next == '\t';
}
