/* SPDX-License-Identifier: Apache-2.0 */
#include "views/language.h"

#include <string.h>
#include <strings.h>

#define HEADER_MOST ((size_t) 1024)
#define RANGES_MOST 32

struct range {
    const char *tag;
    size_t len;
    int quality; /* thousandths */
};

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool language_is_tag(const char *tag, size_t len)
{
    if (len < 2 || len > LANGUAGE_MOST)
        return false;
    size_t part = 0;
    for (size_t i = 0; i < len; i++) {
        if (tag[i] == '-' && part > 0)
            part = 0;
        else if (is_letter_or_digit(tag[i]) && part < 8)
            part++;
        else
            return false;
    }
    return part > 0;
}

static void skip_blanks(const char **at, const char *end)
{
    while (*at < end && (**at == ' ' || **at == '\t'))
        (*at)++;
}

/* "q=0.8" as 800; what is no quality counts as 0, so that it chooses nothing. */
static int quality_read(const char *at, const char *end)
{
    if (end - at < 3 || (at[0] != 'q' && at[0] != 'Q') || at[1] != '=' || (at[2] != '0' && at[2] != '1'))
        return 0;
    int quality = (at[2] - '0') * 1000;
    if (end - at == 3)
        return quality;
    if (at[3] != '.')
        return 0;
    int weight = 100;
    for (at += 4; at < end && weight > 0; at++, weight /= 10) {
        if (*at < '0' || *at > '9')
            return 0;
        quality += (*at - '0') * weight;
    }
    return at < end || quality > 1000 ? 0 : quality;
}

/* One "de-AT;q=0.8"; false where it is no range. */
static bool range_read(const char *at, const char *end, struct range *range)
{
    skip_blanks(&at, end);
    while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    const char *semicolon = memchr(at, ';', (size_t) (end - at));
    const char *tag_end = semicolon == NULL ? end : semicolon;
    while (tag_end > at && (tag_end[-1] == ' ' || tag_end[-1] == '\t'))
        tag_end--;
    *range = (struct range){ .tag = at, .len = (size_t) (tag_end - at), .quality = 1000 };
    if (semicolon != NULL) {
        at = semicolon + 1;
        skip_blanks(&at, end);
        range->quality = quality_read(at, end);
    }
    return (range->len == 1 && range->tag[0] == '*') || language_is_tag(range->tag, range->len);
}

static size_t ranges_read(const char *wanted, struct range *ranges)
{
    const char *end = wanted + strnlen(wanted, HEADER_MOST);
    size_t count = 0;
    while (wanted < end && count < RANGES_MOST) {
        const char *comma = memchr(wanted, ',', (size_t) (end - wanted));
        const char *range_end = comma == NULL ? end : comma;
        if (range_read(wanted, range_end, &ranges[count]))
            count++;
        wanted = comma == NULL ? end : comma + 1;
    }
    return count;
}

/* Does `tag` begin with `prefix`, part by part? */
static bool begins_with(const char *tag, size_t tag_len, const char *prefix, size_t prefix_len)
{
    return prefix_len < tag_len && tag[prefix_len] == '-' && strncasecmp(tag, prefix, prefix_len) == 0;
}

static int exactness(const struct range *range, const char *tag)
{
    const size_t len = strlen(tag);
    if (range->len == len && strncasecmp(range->tag, tag, len) == 0)
        return 4;
    if (begins_with(tag, len, range->tag, range->len))
        return 3;
    if (begins_with(range->tag, range->len, tag, len))
        return 2;
    return range->len == 1 && range->tag[0] == '*' ? 1 : 0;
}

/* The range that says most about `tag`; `count` where none does. */
static size_t range_for(const struct range *ranges, size_t count, const char *tag)
{
    size_t found = count;
    for (size_t i = 0; i < count; i++) {
        const int exact = exactness(&ranges[i], tag);
        const int so_far = found == count ? 0 : exactness(&ranges[found], tag);
        if (exact > so_far || (exact == so_far && exact > 0 && ranges[i].quality > ranges[found].quality))
            found = i;
    }
    return found;
}

/* Does the first language fit better than the second, each by its range? */
static bool is_better(const struct range *ranges, size_t range, const char *tag, size_t other_range, const char *other)
{
    if (ranges[range].quality != ranges[other_range].quality)
        return ranges[range].quality > ranges[other_range].quality;
    if (range != other_range)
        return range < other_range;
    return exactness(&ranges[range], tag) > exactness(&ranges[range], other);
}

size_t language_best(const char *const *tags, size_t count, const char *wanted)
{
    struct range ranges[RANGES_MOST];
    const size_t range_count = wanted == NULL ? 0 : ranges_read(wanted, ranges);
    size_t best = count;
    size_t best_range = range_count;
    for (size_t i = 0; i < count; i++) {
        const size_t range = range_for(ranges, range_count, tags[i]);
        if (range == range_count || ranges[range].quality == 0)
            continue;
        if (best == count || is_better(ranges, range, tags[i], best_range, tags[best])) {
            best = i;
            best_range = range;
        }
    }
    return best;
}
