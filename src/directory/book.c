/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/book_internal.h"
#include "directory/filter.h"
#include "directory/people_internal.h"

#include <string.h>

#define NOWHERE       BOOK_STEPS_MOST
#define SEARCHES_MOST 150
#define TOGETHER_MOST 32

/* ---- what is known of a range ---- */

/* The step of the part in which a name is. One that the server compares otherwise than we do is in none. */
static size_t step_of_name(const struct book *book, const char *part, const char *key)
{
    size_t step = 0;
    return book_step_in(book, part, key, &step) ? step : NOWHERE;
}

static bool is_leaf(const struct book *book, const struct book_range *range)
{
    return range->first == range->last && book_is_leaf(book, range->part, book_turned(book, range->first));
}

/* How many people to expect. SIZE_MAX: who knows. A leaf is read as it is, whatever is known of it. */
static size_t expected_in(const struct book *book, const struct book_range *range)
{
    const size_t each = range->sample == NULL ? 0 : range->sample->each;
    const bool is_known = range->sample != NULL && (each > 0 || range->sampled == 0);
    if (!is_known)
        return is_leaf(book, range) ? range->sampled * 2 : SIZE_MAX;
    return range->sampled * each;
}

static struct book_range *put_behind(struct book *book, struct book_range *range)
{
    struct book_range *behind = lk_arena_alloc(book->arena, sizeof *behind);
    *behind = *range;
    return range->next = behind;
}

/* Each step of which there are people in the sample becomes a range of its own, and so does what lies between two of them. How many
 * of the sample are in all of them. */
static size_t split(struct book *book, struct book_range *range, struct book_sample *sample)
{
    const size_t last = range->last;
    size_t counts[BOOK_STEPS_MOST + 1] = { 0 }, sampled = 0;
    for (size_t i = 0; i < sample->names.count; i++)
        counts[step_of_name(book, range->part, sample->names.items[i].key)]++;
    for (size_t at = range->first;; at++, range = put_behind(book, range)) {
        range->first = range->last = at;
        range->sample = sample;
        range->sampled = counts[at];
        while (at < last && counts[at] == 0 && counts[at + 1] == 0)
            range->last = ++at;
        sampled += range->sampled;
        if (at == last)
            return sampled;
    }
}

/* All steps of the part that a single step leads to. */
static void step_into(struct book *book, struct book_range *range)
{
    const char *step = book->steps[book_turned(book, range->first)];
    range->part = lk_arena_format(book->arena, "%s%s", range->part, step);
    range->first = 0;
    range->last = book_others_step(book);
}

static bool are_signs(const struct book *book, size_t first, size_t last)
{
    return book_turned(book, first) < BOOK_SIGN_COUNT && book_turned(book, last) < BOOK_SIGN_COUNT;
}

static bool are_letters(const struct book *book, const struct book_range *range)
{
    return !book->is_small && *range->part == '\0' && range->first != range->last &&
           !are_signs(book, range->first, range->last);
}

/* Of the beginnings of names each letter by itself, and the signs: a search for several letters would have to gather a great part of
 * everybody first, where it looks them up. In which of them somebody was met is not known. */
static void split_letters(struct book *book, struct book_range *range)
{
    const size_t last = range->last;
    range->sample = NULL;
    range->sampled = 0;
    for (size_t at = range->first;; at++, range = put_behind(book, range)) {
        range->first = at;
        while (at < last && are_signs(book, at, at + 1))
            at++;
        range->last = at;
        if (at == last)
            return;
    }
}

/* Cheaply: to see how the range is to be cut before it is read. Where all of a good sample goes the same way, no other is needed. */
static enum lk_status look_into(struct book *book, struct book_range *range)
{
    const bool is_step = range->first == range->last;
    if (are_letters(book, range)) {
        split_letters(book, range);
        return LK_OK;
    }
    struct book_sample *known = range->sample, *sample = known;
    const bool is_crowd =
        is_step && known != NULL && range->sampled >= BOOK_PART_MOST && range->sampled == known->names.count;
    if (!is_crowd) {
        sample = lk_arena_alloc(book->arena, sizeof *sample);
        const enum lk_status status = book_find_sample(book, range, &sample->names);
        if (status != LK_OK)
            return status;
        sample->each = sample->names.more ? 0 : 1;
        if (known != NULL && range->sampled > 0)
            known->each = sample->names.count / range->sampled + 1;
    }
    if (is_crowd || (is_step && sample->names.more))
        step_into(book, range);
    split(book, range, sample);
    return LK_OK;
}

/* ---- reading ---- */

/* The part of the pending range that has the name. */
static const char *part_of_name(const struct book *book, const char *key)
{
    for (const struct book_range *range = book->pending; range != NULL; range = range->next) {
        const size_t step = step_of_name(book, range->part, key);
        if (step >= range->first && step <= range->last)
            return range->part;
    }
    return "";
}

static void put_on_page(struct book *book, const struct name_list *found)
{
    struct name_list *page = &book->page;
    if (found->count == 0)
        return;
    if (page->count == 0 || book->backwards)
        book->opened = part_of_name(book, found->items[0].key);
    const size_t at = book->backwards ? 0 : page->count;
    memmove(page->items + at + found->count, page->items + at, (page->count - at) * sizeof *page->items);
    memcpy(page->items + at, found->items, found->count * sizeof *page->items);
    page->count += found->count;
    page->more = page->more || found->more;
}

static void halve(struct book *book, struct book_range *range)
{
    if (range->first == range->last)
        step_into(book, range);
    const size_t middle = (range->first + range->last) / 2;
    put_behind(book, range)->first = middle + 1;
    range->last = middle;
}

/* More were in these ranges than was expected, which their sample now says as well. If most of it is in none of them, that is of no
 * use: smaller ranges, and fewer at once. */
static void narrow(struct book *book, size_t count, const struct name_list *found)
{
    struct book_sample *sample = lk_arena_alloc(book->arena, sizeof *sample);
    *sample = (struct book_sample){ .names = *found };
    struct book_range *range = book->pending;
    size_t sampled = 0;
    for (size_t i = 0; i < count; i++) {
        struct book_range *next = range->next;
        sampled += split(book, range, sample);
        range = next;
    }
    if (sampled > found->count / 2)
        return;
    book->together = (count + 1) / 2;
    if (count == 1 && !is_leaf(book, book->pending))
        halve(book, book->pending);
}

/* The first of the pending ranges has been read. */
static void take_first(struct book *book, const struct name_list *found)
{
    struct book_range *range = book->pending;
    range->sampled = 0;
    for (size_t i = 0; i < found->count; i++) {
        const size_t step = step_of_name(book, range->part, found->items[i].key);
        range->sampled += step >= range->first && step <= range->last;
    }
    book->pending = range->next;
    range->next = NULL;
    *book->read_end = range;
    book->read_end = &range->next;
}

/* A crowd that cannot be cut any further begins a page. */
static enum lk_status read_first(struct book *book, size_t count)
{
    struct name_list found;
    const enum lk_status status = book_find_first(book, count, BOOK_PAGE_MOST - book->page.count, &found);
    const bool is_crowd = found.more && count == 1 && is_leaf(book, book->pending);
    if (status != LK_OK)
        return status;
    if (found.more && !is_crowd) {
        narrow(book, count, &found);
        return LK_OK;
    }
    book->is_full = is_crowd && book->page.count > 0;
    if (book->is_full)
        return LK_OK;
    put_on_page(book, &found);
    for (size_t i = 0; i < count; i++)
        take_first(book, &found);
    book->together = TOGETHER_MOST;
    return LK_OK;
}

/* Of a medium organisation a letter of which nothing is known fits a page as a rule: then it is read, without looking first. */
static bool may_fit(const struct book *book, const struct book_range *range)
{
    const bool is_medium = !book->is_small && !book->is_large;
    return is_medium && *range->part == '\0' && range->first == range->last && range->sample == NULL;
}

/* One search: for all whom the page has room for and needs; but into the first range there of which too little is known. */
static enum lk_status read_on(struct book *book)
{
    const size_t room = BOOK_PAGE_MOST - book->page.count;
    size_t count = 0, expected = 0;
    for (struct book_range *range = book->pending; range != NULL && count < book->together; range = range->next) {
        const size_t more = expected_in(book, range);
        const bool is_tried = may_fit(book, range);
        if (is_tried && count == 0)
            return read_first(book, 1);
        if (more > room && !is_leaf(book, range) && !is_tried)
            return look_into(book, range);
        if (more > room - expected)
            break;
        expected += more;
        count++;
        if (book->page.count + expected > BOOK_PAGE_MOST - BOOK_PART_MOST)
            break;
    }
    return read_first(book, count == 0 ? 1 : count);
}

/* ---- whether anybody follows ---- */

static bool is_somebody_expected(const struct book *book)
{
    for (const struct book_range *range = book->pending; range != NULL; range = range->next)
        if (range->sampled > 0)
            return true;
    return false;
}

/* What is left of the part that comes next, as far as one search asks for it; of the beginnings of names each by itself. */
static size_t count_of_part(const struct book *book)
{
    const char *part = book->pending->part;
    size_t count = 0;
    if (*part == '\0' && !book->is_small)
        return 1;
    for (const struct book_range *range = book->pending; range != NULL && count < TOGETHER_MOST; range = range->next) {
        if (strcmp(range->part, part) != 0)
            break;
        count++;
    }
    return count;
}

/* A full page ends the reading, but may be the last one. What is left of it is asked for part by part from the deepest on, until
 * somebody is found or, at the end of the book, nothing is pending. */
static enum lk_status look_beyond(struct book *book)
{
    bool is_somebody_there = is_somebody_expected(book);
    enum lk_status status = LK_OK;
    while (status == LK_OK && book->pending != NULL && !is_somebody_there && book->searches < SEARCHES_MOST) {
        if (are_letters(book, book->pending))
            split_letters(book, book->pending);
        const size_t count = count_of_part(book);
        struct name_list found;
        status = book_find_anybody(book, count, &found);
        is_somebody_there = status == LK_OK && found.count > 0;
        if (is_somebody_there)
            book->pending->sampled = 1;
        for (size_t i = 0; status == LK_OK && !is_somebody_there && i < count; i++)
            take_first(book, &found);
    }
    return status;
}

/* ---- from a place on ---- */

static struct book_range **put_last(struct book *book, struct book_range **end, const char *part, size_t first,
                                    size_t last)
{
    struct book_range *range = lk_arena_alloc(book->arena, sizeof *range);
    *range = (struct book_range){ .part = part, .first = first, .last = last };
    *end = range;
    return &range->next;
}

/* From the deepest part outwards: first what is left of it, then what is left of the part around it. The place's own step, which
 * only forwards is read, is by itself: whoever asks for M is shown those with M. */
static void put_from(struct book *book, const char *place)
{
    const size_t last = book_others_step(book);
    struct book_range **end = &book->pending;
    const char *part = "";
    size_t step = 0;
    for (const char *rest = place; book_cut_last(book, rest, &part, &step); rest = part) {
        const size_t at = book_turned(book, step);
        if (strlen(part) > BOOK_DEPTH_MOST)
            continue;
        if (book->pending == NULL && !book->backwards)
            end = put_last(book, end, part, at, at);
        if (at < last)
            end = put_last(book, end, part, at + 1, last);
    }
}

static void put_all(struct book *book, const struct name_list *names)
{
    put_last(book, &book->pending, "", 0, book_others_step(book));
    if (names == NULL)
        return;
    struct book_sample *sample = lk_arena_alloc(book->arena, sizeof *sample);
    *sample = (struct book_sample){ .names = *names, .each = names->more ? 0 : 1 };
    split(book, book->pending, sample);
}

static void put_unknown(struct book *book, const struct name_list *sample)
{
    if (*book->at != '\0')
        put_from(book, book->at);
    else if (!book->backwards)
        put_all(book, sample);
}

static enum lk_status read_page(struct book *book, const char *place, bool backwards, const struct name_list *sample)
{
    book->backwards = backwards;
    book->page = (struct name_list){ .items = lk_arena_array(book->arena, BOOK_PAGE_MOST, sizeof *book->page.items) };
    book->opened = "";
    book->is_full = false;
    book->searches = 0;
    book->together = TOGETHER_MOST;
    book->pending = book->read = NULL;
    book->read_end = &book->read;
    book->at = place;
    book->mark = book_watch_mark();
    if (!book_recall(book))
        put_unknown(book, sample);
    enum lk_status status = LK_OK;
    while (status == LK_OK && book->pending != NULL && !book->is_full) {
        status = read_on(book);
        book->is_full =
            book->is_full || book->page.count > BOOK_PAGE_MOST - BOOK_PART_MOST || book->searches >= SEARCHES_MOST;
    }
    if (status == LK_OK)
        status = look_beyond(book);
    if (status == LK_OK && (book->searches > 1 || book->known_mark != book->mark))
        book_remember(book);
    return status;
}

/* Where reading stopped: forwards the next page begins with the step that comes next; backwards this one begins behind it. NULL: at
 * the end of the book. */
static const char *stop_of(const struct book *book)
{
    const struct book_range *range = book->pending;
    if (range == NULL)
        return NULL;
    if (!book->backwards)
        return book_place_of(book, range->part, book_turned(book, range->first));
    return range->first == 0 ? book_place_behind(book, range->part)
                             : book_place_of(book, range->part, book_turned(book, range->first) + 1);
}

static struct book_page page_of(const struct book *book, const char *place)
{
    const char *beginning = *place == '\0' ? NULL : book_with_marks(lk_arena_format(book->arena, "%s", place));
    return (struct book_page){ .names = book->page,
                               .before = book->backwards ? stop_of(book) : beginning,
                               .after = book->backwards ? beginning : stop_of(book),
                               .opened = book->opened };
}

// NOLINTNEXTLINE(readability-function-size): the contract has seven inputs and outputs
enum lk_status book_open(struct directory *directory, const struct config *config, struct lk_arena *arena,
                         const char *organization_dn, const struct book_place *place, struct book_page *page_out,
                         struct lk_trouble *trouble)
{
    struct book *book = lk_arena_alloc(arena, sizeof *book);
    const struct people_search wanted = { .text = place->words };
    *book = (struct book){ .directory = directory,
                           .config = config,
                           .arena = arena,
                           .organization_dn = organization_dn,
                           .trouble = trouble,
                           .wish = place,
                           .everybody = *place->words == '\0' ? filter_tested(arena, profiles_filter(config, arena))
                                                              : people_filter(config, arena, &wanted) };
    book_learn_alphabet(book, place->alphabet);
    const char *at = book_part_of_place(arena, place->place);
    enum lk_status status = book_learn_size(book);
    if (status == LK_OK)
        status = read_page(book, at, place->backwards, place->sample);
    const bool is_beyond = status == LK_OK && book->page.count == 0 && book->pending == NULL;
    if (is_beyond)
        status = read_page(book, place->backwards ? "" : at, !place->backwards, NULL);
    if (status != LK_OK)
        return status;
    *page_out = page_of(book, is_beyond ? "" : at);
    return LK_OK;
}
