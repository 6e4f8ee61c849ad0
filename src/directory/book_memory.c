/* SPDX-License-Identifier: Apache-2.0 */
/* How a page was cut the last time, so that one search reads it now. Like a sample it is never believed: the search asks for all
 * that stands from the place on, and what has changed meanwhile is found as if nothing had been known. */
#include "base/clock.h"
#include "directory/book_internal.h"

#include <pthread.h>
#include <string.h>

#define PAGES_MOST   64 /* some 8 KiB each; the one that was opened least recently gives way */
#define LINES_MOST   64 /* of one page */
#define REMEMBER_FOR (3600 * LK_CLOCK_SECOND)

struct line {
    const char *part;
    size_t first, last;
    bool is_read;  /* it was on the page, or proved to be empty */
    size_t people; /* so many were in it; of what was not read: were met there */
};

struct page {
    struct lk_arena *arena; /* its own, for all that it points to; NULL: a free slot */
    const struct line *lines;
    size_t count;
    const char *key;
    uint64_t mark;  /* of the watch before it was read, if all on it had displayName; else BOOK_UNWATCHED */
    int64_t opened; /* monotonic */
    int64_t cut;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct page pages[PAGES_MOST];

/* All that the cutting follows from: two books with the same key have the same parts. */
static const char *key_of(struct lk_arena *arena, const char *organization_dn, const struct book_place *wish,
                          const char *at, bool backwards)
{
    return lk_arena_format(arena, "%s\n%c\n%s\n%s\n%s", at, backwards ? '-' : '+', organization_dn, wish->words,
                           wish->alphabet);
}

static const char *key_of_book(const struct book *book)
{
    return key_of(book->arena, book->organization_dn, book->wish, book->at, book->backwards);
}

static struct page *find(const char *key, int64_t now)
{
    for (size_t i = 0; i < PAGES_MOST; i++)
        if (pages[i].arena != NULL && pages[i].cut > now - REMEMBER_FOR && strcmp(pages[i].key, key) == 0)
            return &pages[i];
    return NULL;
}

static size_t slot_for(const char *key)
{
    size_t oldest = 0;
    for (size_t i = 0; i < PAGES_MOST; i++) {
        if (pages[i].arena == NULL || strcmp(pages[i].key, key) == 0)
            return i;
        if (pages[i].opened < pages[oldest].opened)
            oldest = i;
    }
    return oldest;
}

/* `is_named`: all who were read had displayName, and have it still. */
static struct book_range *range_of(struct lk_arena *arena, const struct line *line, bool is_named)
{
    struct book_range *range = lk_arena_alloc(arena, sizeof *range);
    *range = (struct book_range){ .part = lk_arena_words(arena, line->part),
                                  .first = line->first,
                                  .last = line->last,
                                  .sampled = line->people,
                                  .is_named = is_named && line->is_read };
    if (line->is_read) {
        range->sample = lk_arena_alloc(arena, sizeof *range->sample);
        *range->sample = (struct book_sample){ .each = 1 };
    }
    return range;
}

bool book_is_known(struct lk_arena *arena, const char *organization_dn, const struct book_place *place)
{
    const char *at = book_part_of_place(arena, place->place);
    const char *key = key_of(arena, organization_dn, place, at, place->backwards);
    (void) pthread_mutex_lock(&lock);
    const bool is_known = find(key, lk_clock_monotonic()) != NULL;
    (void) pthread_mutex_unlock(&lock);
    return is_known;
}

bool book_recall(struct book *book)
{
    const char *key = key_of_book(book);
    const int64_t now = lk_clock_monotonic();
    struct book_range **end = &book->pending;
    (void) pthread_mutex_lock(&lock);
    struct page *page = find(key, now);
    book->known_mark = page == NULL ? BOOK_UNWATCHED : page->mark;
    const bool is_named = book->mark != BOOK_UNWATCHED && book->known_mark == book->mark;
    for (size_t i = 0; page != NULL && i < page->count; i++) {
        *end = range_of(book->arena, &page->lines[i], is_named);
        end = &(*end)->next;
    }
    if (page != NULL)
        page->opened = now;
    (void) pthread_mutex_unlock(&lock);
    return page != NULL;
}

/* ---- remembering ---- */

static bool goes_on(const struct line *line, const struct book_range *range)
{
    return line->last + 1 == range->first && strcmp(line->part, range->part) == 0;
}

/* What was read lies side by side in the same part as a rule, and so does that of which nothing is known: one line. False: too many. */
static bool add_lines(struct line lines[static LINES_MOST], size_t *count, const struct book_range *range, bool is_read)
{
    for (; range != NULL; range = range->next) {
        struct line *last = *count == 0 ? NULL : &lines[*count - 1];
        const bool is_alike =
            last != NULL && last->is_read == is_read && (is_read || last->people + range->sampled == 0);
        if (is_alike && goes_on(last, range)) {
            last->last = range->last;
            last->people += range->sampled;
            continue;
        }
        if (*count == LINES_MOST)
            return false;
        lines[(*count)++] = (struct line){ range->part, range->first, range->last, is_read, range->sampled };
    }
    return true;
}

static struct page make_page(const struct book *book, const struct line *lines, size_t count)
{
    struct lk_arena *arena = lk_arena_new();
    const int64_t now = lk_clock_monotonic();
    struct line *kept = lk_arena_array(arena, count, sizeof *kept);
    for (size_t i = 0; i < count; i++) {
        kept[i] = lines[i];
        kept[i].part = lk_arena_words(arena, lines[i].part);
    }
    return (struct page){ .arena = arena,
                          .lines = kept,
                          .count = count,
                          .key = lk_arena_words(arena, key_of_book(book)),
                          .mark = book->has_unnamed ? BOOK_UNWATCHED : book->mark,
                          .opened = now,
                          .cut = now };
}

void book_remember(const struct book *book)
{
    struct line lines[LINES_MOST];
    size_t count = 0;
    if (!add_lines(lines, &count, book->read, true) || !add_lines(lines, &count, book->pending, false) || count == 0)
        return;
    const struct page page = make_page(book, lines, count);
    (void) pthread_mutex_lock(&lock);
    const size_t slot = slot_for(page.key);
    lk_arena_free(pages[slot].arena);
    pages[slot] = page;
    (void) pthread_mutex_unlock(&lock);
}
