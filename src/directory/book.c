/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/book_internal.h"

#include <string.h>

#define SEARCHES_MOST 150

/* ---- reading ---- */

static void put_on_page(struct book *book, const char *part, const struct name_list *found)
{
    struct name_list *page = &book->page;
    page->more = page->more || found->more;
    if (found->count == 0)
        return;
    if (book->opened == NULL || book->backwards)
        book->opened = part;
    const size_t at = book->backwards ? 0 : page->count;
    memmove(page->items + at + found->count, page->items + at, (page->count - at) * sizeof *page->items);
    memcpy(page->items + at, found->items, found->count * sizeof *page->items);
    page->count += found->count;
    book->is_full = page->count > BOOK_PAGE_MOST - BOOK_PART_MOST;
}

/* How many of the sample have which step next. A name that the server compares otherwise than we do counts nowhere. */
static void count_sample(const struct book *book, const char *part, const struct name_list *sample,
                         size_t counts[static BOOK_STEPS_MOST])
{
    const size_t len = strlen(part);
    memset(counts, 0, BOOK_STEPS_MOST * sizeof *counts);
    for (size_t i = 0; i < sample->count; i++) {
        const char *key = sample->items[i].key;
        if (strncmp(key, part, len) == 0)
            counts[book_turned(book, book_step_of(book, key + len))]++;
        else if (book_ends_in_blank(part) && strlen(key) == len - 1 && strncmp(key, part, len - 1) == 0)
            counts[book_turned(book, 0)]++;
    }
}

/* Forwards the next page begins with the step that comes next; backwards this one begins behind it. */
static void stop_before(struct book *book, const struct book_range *range, size_t at)
{
    if (book->stop != NULL || at > range->last)
        return;
    if (book->postponed_count > 0) {
        range = &book->postponed[0];
        at = range->first;
    }
    if (!book->backwards)
        book->stop = book_place_of(book, range->part, book_turned(book, at));
    else
        book->stop = at == 0 ? book_place_behind(book, range->part)
                             : book_place_of(book, range->part, book_turned(book, at) + 1);
}

static enum lk_status read_crowd(struct book *book, const struct book_range *range, const struct name_list *sample);
static enum lk_status read_range(struct book *book, const struct book_range *range);

/* Where nobody was expected, somebody is after all: seldom many. NOLINTNEXTLINE(misc-no-recursion): each list once */
static enum lk_status read_postponed(struct book *book)
{
    struct book_range ranges[BOOK_POSTPONED_MOST];
    const size_t count = book->postponed_count;
    struct name_list found;
    if (count == 0)
        return LK_OK;
    memcpy(ranges, book->postponed, count * sizeof *ranges);
    book->postponed_count = 0;
    enum lk_status status = book_find_ranges(book, ranges, count, &found);
    if (status == LK_OK && !found.more)
        put_on_page(book, ranges[0].part, &found);
    for (size_t i = 0; i < count && status == LK_OK && found.more; i++) {
        if (book->is_full)
            stop_before(book, &ranges[i], ranges[i].first);
        else
            status = read_range(book, &ranges[i]);
    }
    return status;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static enum lk_status postpone(struct book *book, const struct book_range *range)
{
    enum lk_status status = LK_OK;
    if (book->postponed_count == BOOK_POSTPONED_MOST)
        status = read_postponed(book);
    if (status == LK_OK && book->is_full)
        stop_before(book, range, range->first);
    else if (status == LK_OK)
        book->postponed[book->postponed_count++] = *range;
    return status;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static enum lk_status put_in_order(struct book *book, const struct book_range *chunk, const struct name_list *found)
{
    if (found->count == 0)
        return LK_OK;
    const enum lk_status status = read_postponed(book);
    if (status != LK_OK)
        return status;
    if (book->is_full)
        stop_before(book, chunk, chunk->first);
    else
        put_on_page(book, chunk->part, found);
    return LK_OK;
}

/* What was found in a chunk of a part, or, where that was cut short, its own smaller parts: each time a smaller range, or a longer
 * beginning up to BOOK_DEPTH_MOST. NOLINTNEXTLINE(misc-no-recursion) */
static enum lk_status read_chunk(struct book *book, const struct book_range *chunk, const struct name_list *found)
{
    const size_t step = book_turned(book, chunk->first);
    if (!found->more || (chunk->first == chunk->last && book_is_leaf(book, chunk->part, step)))
        return put_in_order(book, chunk, found);
    if (chunk->first < chunk->last)
        return read_crowd(book, chunk, found);
    const struct book_range inside = { .part = lk_arena_format(book->arena, "%s%s", chunk->part, book->steps[step]),
                                       .first = 0,
                                       .last = book_others_step(book) };
    return read_crowd(book, &inside, found);
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static enum lk_status read_range(struct book *book, const struct book_range *range)
{
    struct name_list found;
    const enum lk_status status = book_find_range(book, range, &found);
    return status == LK_OK ? read_chunk(book, range, &found) : status;
}

/* How far the sample lets us go with one search, given that so many people come on one of the sample (0: not known yet, and a
 * single step is enough to find out). */
static size_t chunk_end(const size_t counts[static BOOK_STEPS_MOST], const struct book_range *range, size_t at,
                        size_t each)
{
    size_t end = at, sampled = counts[at];
    if (*range->part == '\0')
        each = 0; /* the first letters differ too much */
    while (end < range->last && (sampled + counts[end + 1]) * (each == 0 ? BOOK_PART_MOST : each) < BOOK_PART_MOST)
        sampled += counts[++end];
    return end;
}

static size_t sum(const size_t counts[static BOOK_STEPS_MOST], const struct book_range *range)
{
    size_t sampled = 0;
    for (size_t i = range->first; i <= range->last; i++)
        sampled += counts[i];
    return sampled;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static enum lk_status read_expected(struct book *book, const struct book_range *chunk, size_t expected, size_t *each)
{
    struct name_list found;
    const enum lk_status status = book_find_range(book, chunk, &found);
    if (status != LK_OK)
        return status;
    if (!found.more && expected > 0)
        *each = found.count / expected + 1;
    return read_chunk(book, chunk, &found);
}

/* Step by step, knowing nothing. NOLINTNEXTLINE(misc-no-recursion) */
static enum lk_status read_steps(struct book *book, const struct book_range *range)
{
    size_t at = range->first;
    enum lk_status status = LK_OK;
    for (; status == LK_OK && at <= range->last && !book->is_full; at++)
        status = read_range(book, &(struct book_range){ range->part, at, at });
    if (book->is_full)
        stop_before(book, range, at);
    return status;
}

/* A range that is known not to fit, by its sample. NOLINTNEXTLINE(misc-no-recursion) */
static enum lk_status read_crowd(struct book *book, const struct book_range *range, const struct name_list *sample)
{
    size_t counts[BOOK_STEPS_MOST], each = 0;
    size_t at = range->first;
    enum lk_status status = LK_OK;
    count_sample(book, range->part, sample, counts);
    const size_t sampled = sum(counts, range);
    if (sampled == 0)
        return read_steps(book, range);
    while (status == LK_OK && at <= range->last && !book->is_full) {
        const struct book_range chunk = { range->part, at, chunk_end(counts, range, at, each) };
        const size_t expected = sum(counts, &chunk);
        if (expected == 0 && chunk.last < range->last)
            status = postpone(book, &chunk);
        else if (expected == sampled && !book_is_leaf(book, chunk.part, book_turned(book, at)))
            status = read_chunk(book, &(struct book_range){ chunk.part, chunk.last, chunk.last }, sample);
        else
            status = read_expected(book, &chunk, expected, &each);
        at = chunk.last + 1;
        book->is_full = book->is_full || book->searches >= SEARCHES_MOST;
    }
    if (book->is_full)
        stop_before(book, range, at);
    return status;
}

/* ---- from a place on ---- */

/* Letter by letter: a search for several at the beginning of names would have to gather a great part of everybody first. */
static enum lk_status read_letters(struct book *book, size_t at)
{
    const struct book_range all = { "", at, book_others_step(book) };
    enum lk_status status = LK_OK;
    while (status == LK_OK && at <= all.last && !book->is_full) {
        size_t end = at;
        while (end < all.last && book_turned(book, at) < BOOK_SIGN_COUNT &&
               book_turned(book, end + 1) < BOOK_SIGN_COUNT)
            end++;
        status = read_range(book, &(struct book_range){ "", at, end });
        at = end + 1;
    }
    if (book->is_full)
        stop_before(book, &all, at);
    return status;
}

/* All from the step `at` of a part on, of which nothing is known yet. */
static enum lk_status read_rest(struct book *book, const char *part, size_t at)
{
    const struct book_range range = { part, at, book_others_step(book) };
    if (at > range.last)
        return LK_OK;
    if (*part == '\0')
        return read_letters(book, at);
    if (book->is_full) {
        stop_before(book, &range, at);
        return LK_OK;
    }
    return read_range(book, &range);
}

static enum lk_status read_beginning(struct book *book)
{
    const struct book_range all = { "", 0, book_others_step(book) };
    return book->sample != NULL ? read_crowd(book, &all, book->sample) : read_letters(book, 0);
}

/* From the deepest part outwards: first what is left of it, then what is left of the part around it. At the place itself only its
 * own step: whoever asks for M is shown those with M, and a search for all behind it is dear. */
static enum lk_status read_from(struct book *book, const char *place)
{
    const char *part = "";
    size_t step = 0;
    if (*place == '\0')
        return book->backwards ? LK_OK : read_beginning(book);
    bool is_first = !book->backwards;
    for (const char *rest = place; book_cut_last(book, rest, &part, &step); rest = part) {
        const size_t at = book_turned(book, step);
        enum lk_status status = is_first ? read_range(book, &(struct book_range){ part, at, at }) : LK_OK;
        if (status == LK_OK)
            status = read_rest(book, part, at + 1);
        if (status != LK_OK)
            return status;
        is_first = false;
    }
    return LK_OK;
}

static enum lk_status read_page(struct book *book, const char *place, bool backwards)
{
    book->backwards = backwards;
    book->page = (struct name_list){ .items = lk_arena_array(book->arena, BOOK_PAGE_MOST, sizeof *book->page.items) };
    book->opened = book->stop = NULL;
    book->is_full = false;
    book->searches = 0;
    book->postponed_count = 0;
    const enum lk_status status = read_from(book, place);
    return status == LK_OK ? read_postponed(book) : status;
}

static struct book_page page_of(const struct book *book, const char *place)
{
    const char *beginning = *place == '\0' ? NULL : book_with_marks(lk_arena_format(book->arena, "%s", place));
    return (struct book_page){ .names = book->page,
                               .before = book->backwards ? book->stop : beginning,
                               .after = book->backwards ? beginning : book->stop,
                               .opened = book->opened == NULL ? "" : book->opened };
}

// NOLINTNEXTLINE(readability-function-size): the contract has seven inputs and outputs
enum lk_status book_open(struct directory *directory, const struct config *config, struct lk_arena *arena,
                         const char *organization_dn, const struct book_place *place, struct book_page *page_out,
                         struct lk_trouble *trouble)
{
    struct book *book = lk_arena_alloc(arena, sizeof *book);
    *book = (struct book){
        .directory = directory, .config = config, .arena = arena, .organization_dn = organization_dn, .trouble = trouble
    };
    book->sample = place->sample;
    book_learn_alphabet(book, place->alphabet);
    const char *at = book_part_of_place(arena, place->place);
    enum lk_status status = read_page(book, at, place->backwards);
    const bool is_beyond = status == LK_OK && book->page.count == 0 && book->stop == NULL;
    if (is_beyond)
        status = read_page(book, place->backwards ? "" : at, !place->backwards);
    if (status != LK_OK)
        return status;
    *page_out = page_of(book, is_beyond ? "" : at);
    return LK_OK;
}
