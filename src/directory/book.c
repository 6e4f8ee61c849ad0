/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/book.h"

#include "base/unicode.h"
#include "directory/filter.h"
#include "directory/people_internal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define STEPS_MOST     128 /* children of a part: blank, signs, digits, letters, other letters */
#define OTHERS_MOST    256
#define DEPTH_MOST     64 /* characters that are looked at */
#define SEARCHES_MOST  150
#define POSTPONED_MOST 8
#define CROWDED_DEPTH  2
#define SAMPLE_MOST    10

/* Steps first to last of a part, as they come in the direction of reading. */
struct range {
    const char *part;
    size_t first, last;
};

/* One reading of the book. Its parts are named by what their names begin with; a part's steps are the characters that may come
 * next, in order: step 0 a blank (or nothing more), the last one all other letters. */
struct book {
    struct directory *directory;
    const struct config *config;
    struct lk_arena *arena;
    const char *organization_dn;
    struct lk_trouble *trouble;
    const char *steps[STEPS_MOST]; /* folded; the first is a blank, the last stands for `others` */
    size_t step_count;
    const char *others[OTHERS_MOST]; /* of Latin script the first `latin_count` */
    size_t other_count, latin_count;
    bool backwards;
    size_t searches;
    const struct name_list *sample; /* of everybody; may be NULL */
    struct name_list page;
    struct range postponed
        [POSTPONED_MOST]; /* passed by unread, for nobody is expected there: read before anything is put down */
    size_t postponed_count;
    const char *opened, *stop; /* stop: where reading ended, NULL at the end of the book */
    bool is_full;
};

/* ---- names ---- */

static int by_key(const void *a, const void *b)
{
    const struct person_name *left = a, *right = b;
    const int order = strcmp(left->key, right->key);
    return order != 0 ? order : memcmp(left->id, right->id, sizeof left->id);
}

static const char *folded(struct lk_arena *arena, const char *text)
{
    char *key = NULL;
    return lk_unicode_fold(arena, text, strlen(text), &key) == LK_OK ? key : "";
}

/* With the profile, if `whole`. */
static enum lk_status name_from(const struct config *config, struct lk_arena *arena,
                                const struct directory_entry *entry, bool whole, struct person_name *name_out,
                                struct lk_trouble *trouble)
{
    const char *name = directory_first(entry, "displayName");
    if (name == NULL)
        name = directory_first(entry, "cn");
    *name_out = (struct person_name){ .key = folded(arena, name == NULL ? "" : name) };
    if (!whole)
        return people_id(config, entry, name_out->id, trouble);
    struct profile *profile = lk_arena_alloc(arena, sizeof *profile);
    const enum lk_status status = profile_from(config, arena, entry, profile, trouble);
    memcpy(name_out->id, profile->id, sizeof name_out->id);
    name_out->profile = profile;
    return status;
}

/* What to look for, whether to read the whole profiles, how many at most. */
struct wanted {
    const struct directory_filter *filter;
    bool whole;
    size_t most;
};

// NOLINTNEXTLINE(readability-function-size): the contract has seven inputs and outputs
static enum lk_status read_names(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                 const char *organization_dn, const struct wanted *wanted, struct name_list *list_out,
                                 struct lk_trouble *trouble)
{
    const struct people_attributes all = profile_attributes(config);
    const char *const few[] = { config->directory_unique_id, "displayName", "cn", NULL };
    const struct directory_search search = { .base = organization_dn,
                                             .scope = DIRECTORY_ONE_LEVEL,
                                             .filter = wanted->filter,
                                             .attributes = wanted->whole ? all.names : few,
                                             .most = wanted->most };
    struct directory_entry *entries = NULL;
    struct name_list list = { 0 };
    enum lk_status status = directory_search(directory, arena, &search, &entries, &list.count, &list.more, trouble);
    if (status != LK_OK)
        return status;
    list.items = lk_arena_array(arena, list.count, sizeof *list.items);
    for (size_t i = 0; i < list.count; i++) {
        status = name_from(config, arena, &entries[i], wanted->whole, &list.items[i], trouble);
        if (status != LK_OK)
            return status;
    }
    if (list.count > 1)
        qsort(list.items, list.count, sizeof *list.items, by_key);
    *list_out = list;
    return LK_OK;
}

// NOLINTNEXTLINE(readability-function-size): the contract has seven inputs and outputs
enum lk_status names_search(struct directory *directory, const struct config *config, struct lk_arena *arena,
                            const char *organization_dn, const struct people_search *search, struct name_list *list_out,
                            struct lk_trouble *trouble)
{
    const struct wanted wanted = { people_filter(config, arena, search->text), false, search->most };
    return read_names(directory, config, arena, organization_dn, &wanted, list_out, trouble);
}

static const struct profile *profile_with(const struct profile_list *list, const uint8_t id[static 16])
{
    for (size_t i = 0; i < list->count; i++)
        if (memcmp(list->items[i].id, id, sizeof list->items[i].id) == 0)
            return &list->items[i];
    return NULL;
}

// NOLINTNEXTLINE(readability-function-size): the contract has seven inputs and outputs
enum lk_status profiles_of_names(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                 const struct person_name *names, size_t count, struct profile_list *list_out,
                                 struct lk_trouble *trouble)
{
    const struct people_attributes attributes = profile_attributes(config);
    const struct directory_filter *filters[BOOK_PAGE_MOST];
    for (size_t i = 0; i < count && i < BOOK_PAGE_MOST; i++)
        filters[i] = filter_equals_uuid(arena, config->directory_unique_id, names[i].id);
    const struct directory_search search = { .base = config->directory_organizations_base,
                                             .scope = DIRECTORY_SUBTREE,
                                             .filter = filter_any(arena, filters, count),
                                             .attributes = attributes.names,
                                             .most = BOOK_PAGE_MOST };
    struct profile_list found = { 0 };
    struct profile_list list = { .items = lk_arena_array(arena, count, sizeof *list.items) };
    const enum lk_status status = profiles_from_search(directory, config, arena, &search, &found, trouble);
    if (status != LK_OK)
        return status;
    for (size_t i = 0; i < count; i++) {
        const struct profile *profile = profile_with(&found, names[i].id);
        if (profile != NULL)
            list.items[list.count++] = *profile;
    }
    *list_out = list;
    return LK_OK;
}

/* ---- the alphabet, and what is next to a part ---- */

static bool is_step(const struct book *book, const char *text)
{
    for (size_t i = 0; i < book->step_count; i++)
        if (strcmp(book->steps[i], text) == 0)
            return true;
    return false;
}

static void add_step(struct book *book, const char *text)
{
    if (*text != '\0' && book->step_count < STEPS_MOST - 1 && !is_step(book, text))
        book->steps[book->step_count++] = text;
}

static const char SIGNS[] = " '-.0123456789";
#define SIGN_COUNT (sizeof SIGNS - 1)

static void add_signs(struct book *book)
{
    for (size_t i = 0; i < SIGN_COUNT; i++)
        book->steps[book->step_count++] = lk_arena_copy(book->arena, &SIGNS[i], 1);
}

static void add_letters(struct book *book, const char *alphabet)
{
    for (const char *letter = alphabet; *letter != '\0';) {
        const size_t len = strcspn(letter, " ");
        if (len > 0)
            add_step(book, folded(book->arena, lk_arena_copy(book->arena, letter, len)));
        letter += len + (letter[len] == ' ');
    }
}

/* Small letters by their code points: Latin; then Greek, Cyrillic. What case folding takes away is not among them. */
struct letters {
    unsigned first, last, each;
};

static const struct letters LATIN[] = {
    {'a',    'z',   1},
    { 0xe0,  0xf6,  1},
    { 0xf8,  0xff,  1},
    { 0xdf,  0xdf,  1},
    { 0x101, 0x137, 2},
    { 0x13a, 0x148, 2},
    { 0x14b, 0x177, 2},
    { 0x17a, 0x17e, 2}
};

static const struct letters BEYOND[] = {
    {0x3ac,  0x3af, 1},
    { 0x3b1, 0x3c1, 1},
    { 0x3c3, 0x3ce, 1},
    { 0x430, 0x45f, 1},
    { 0x491, 0x491, 1}
};

static void add_other(struct book *book, unsigned point)
{
    const char bytes[] = { (char) (point < 0x80 ? point : 0xc0U | point >> 6), (char) (0x80U | (point & 0x3fU)) };
    const char *letter = lk_arena_copy(book->arena, bytes, point < 0x80 ? 1 : 2);
    if (!is_step(book, letter) && book->other_count < OTHERS_MOST)
        book->others[book->other_count++] = letter;
}

static void add_others(struct book *book)
{
    for (size_t i = 0; i < sizeof LATIN / sizeof *LATIN; i++)
        for (unsigned point = LATIN[i].first; point <= LATIN[i].last; point += LATIN[i].each)
            add_other(book, point);
    book->latin_count = book->other_count;
    for (size_t i = 0; i < sizeof BEYOND / sizeof *BEYOND; i++)
        for (unsigned point = BEYOND[i].first; point <= BEYOND[i].last; point += BEYOND[i].each)
            add_other(book, point);
}

static void learn_alphabet(struct book *book, const char *alphabet)
{
    add_signs(book);
    add_letters(book, alphabet);
    add_others(book);
    book->steps[book->step_count++] = "*";
}

static size_t others_step(const struct book *book)
{
    return book->step_count - 1;
}

/* In the direction of reading; and back, for it is its own inverse. */
static size_t turned(const struct book *book, size_t step)
{
    return book->backwards ? others_step(book) - step : step;
}

static bool ends_in_blank(const char *part)
{
    const size_t len = strlen(part);
    return len > 0 && part[len - 1] == ' ';
}

/* The step that begins `text`, which is what follows in a name. */
static size_t step_of(const struct book *book, const char *text)
{
    if (*text == '\0')
        return 0;
    for (size_t i = 0; i < others_step(book); i++)
        if (strncmp(text, book->steps[i], strlen(book->steps[i])) == 0)
            return i;
    return others_step(book);
}

/* No further part: all of one name, or the other letters. */
static bool is_leaf(const struct book *book, const char *part, size_t step)
{
    return step == others_step(book) || (step == 0 && ends_in_blank(part)) || strlen(part) >= DEPTH_MOST;
}

/* ---- the search for a range ---- */

#define ALTERNATIVES_MOST ((size_t) POSTPONED_MOST * (STEPS_MOST + OTHERS_MOST))

struct alternatives {
    const struct directory_filter *filters[ALTERNATIVES_MOST];
    size_t count;
};

static void add_alternative(struct alternatives *all, const struct directory_filter *filter)
{
    if (all->count < ALTERNATIVES_MOST)
        all->filters[all->count++] = filter;
}

/* "ada" itself stands before "ada b" and after nothing else; of "ada " only that is left, for names have no two blanks. */
static void add_blank(const struct book *book, const char *attribute, const char *part, struct alternatives *all)
{
    struct lk_arena *arena = book->arena;
    const size_t len = strlen(part);
    if (ends_in_blank(part))
        add_alternative(all, filter_equals(arena, attribute, lk_arena_copy(arena, part, len - 1)));
    else if (len > 0) {
        add_alternative(all, filter_equals(arena, attribute, part));
        add_alternative(all, filter_begins(arena, attribute, lk_arena_format(arena, "%s ", part)));
    }
}

static void add_begin(const struct book *book, const char *attribute, const char *part, const char *next,
                      struct alternatives *all)
{
    add_alternative(all, filter_begins(book->arena, attribute, lk_arena_format(book->arena, "%s%s", part, next)));
}

/* Within a name, those of the script that it began in. */
static void add_other_letters(const struct book *book, const char *attribute, const char *part,
                              struct alternatives *all)
{
    const unsigned char begin = (unsigned char) *part;
    const bool is_latin = begin < 0xc6; /* up to U+017F, in UTF-8 */
    const size_t first = is_latin ? 0 : book->latin_count;
    const size_t end = is_latin && begin != 0 ? book->latin_count : book->other_count;
    for (size_t i = first; i < end; i++)
        add_begin(book, attribute, part, book->others[i], all);
}

static void add_range(const struct book *book, const char *attribute, const struct range *range,
                      struct alternatives *all)
{
    for (size_t i = range->first; i <= range->last; i++) {
        const size_t step = turned(book, i);
        if (step == 0)
            add_blank(book, attribute, range->part, all);
        else if (step < others_step(book))
            add_begin(book, attribute, range->part, book->steps[step], all);
        else
            add_other_letters(book, attribute, range->part, all);
    }
}

static const struct directory_filter *called(const struct book *book, const char *attribute, const struct range *ranges,
                                             size_t count)
{
    struct alternatives *all = lk_arena_alloc(book->arena, sizeof *all);
    all->count = 0;
    for (size_t i = 0; i < count; i++)
        add_range(book, attribute, &ranges[i], all);
    return filter_any(book->arena, all->filters, all->count);
}

/* displayName, or cn where there is none. */
static const struct directory_filter *range_filter(const struct book *book, const struct range *ranges, size_t count)
{
    struct lk_arena *arena = book->arena;
    const struct directory_filter *unnamed = filter_not(arena, filter_present(arena, "displayName"));
    const struct directory_filter *any = filter_or(arena, called(book, "displayName", ranges, count),
                                                   filter_and(arena, called(book, "cn", ranges, count), unnamed));
    return filter_and(arena, filter_equals(arena, "objectClass", book->config->directory_profile_class), any);
}

static enum lk_status find(struct book *book, const struct wanted *wanted, struct name_list *found)
{
    book->searches++;
    *found = (struct name_list){ .count = 0 };
    return read_names(book->directory, book->config, book->arena, book->organization_dn, wanted, found, book->trouble);
}

/* Everybody in these ranges, or, cut short, a sample of them. */
static enum lk_status find_ranges(struct book *book, const struct range *ranges, size_t count, struct name_list *found)
{
    const struct wanted wanted = { range_filter(book, ranges, count), true, BOOK_PART_MOST };
    return find(book, &wanted, found);
}

/* Some of those in the range who have a displayName: no more than a guide. */
static enum lk_status find_sample(struct book *book, const struct range *range, struct name_list *found)
{
    const struct directory_filter *called_so =
        filter_begins(book->arena, "displayName",
                      lk_arena_format(book->arena, "%s%s", range->part, book->steps[turned(book, range->first)]));
    const struct wanted wanted = { called_so, false, SAMPLE_MOST };
    return find(book, &wanted, found);
}

/* Near the beginning of names a part is a crowd, as a rule: a few are enough to see that. */
static bool is_crowd_expected(const struct book *book, const struct range *range)
{
    const size_t step = turned(book, range->first);
    return range->first == range->last && strlen(range->part) < CROWDED_DEPTH && step != 0 && step < others_step(book);
}

static enum lk_status find_range(struct book *book, const struct range *range, struct name_list *found)
{
    if (is_crowd_expected(book, range)) {
        const enum lk_status status = find_sample(book, range, found);
        if (status != LK_OK || found->more)
            return status;
    }
    return find_ranges(book, range, 1, found);
}

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
                         size_t counts[static STEPS_MOST])
{
    const size_t len = strlen(part);
    memset(counts, 0, STEPS_MOST * sizeof *counts);
    for (size_t i = 0; i < sample->count; i++) {
        const char *key = sample->items[i].key;
        if (strncmp(key, part, len) == 0)
            counts[turned(book, step_of(book, key + len))]++;
        else if (ends_in_blank(part) && strlen(key) == len - 1 && strncmp(key, part, len - 1) == 0)
            counts[turned(book, 0)]++;
    }
}

static const char *with_marks(char *part)
{
    for (char *blank = strchr(part, ' '); blank != NULL; blank = strchr(blank, ' '))
        *blank = '_';
    return part;
}

static const char *place_of(const struct book *book, const char *part, size_t step)
{
    return with_marks(lk_arena_format(book->arena, "%s%s", part, book->steps[step]));
}

/* What stands before the last character of `place`, and the step which that is. False: it is empty. */
static bool cut_last(const struct book *book, const char *place, const char **part_out, size_t *step_out)
{
    size_t len = strlen(place);
    if (len == 0)
        return false;
    do
        len--;
    while (len > 0 && ((unsigned char) place[len] & 0xc0U) == 0x80);
    *part_out = lk_arena_copy(book->arena, place, len);
    *step_out = step_of(book, place + len);
    return true;
}

/* The place behind all of a part: where the next one begins that is no deeper. NULL: the end of the book. */
static const char *place_behind(const struct book *book, const char *part)
{
    size_t step = 0;
    while (cut_last(book, part, &part, &step))
        if (step < others_step(book))
            return place_of(book, part, step + 1);
    return NULL;
}

/* Forwards the next page begins with the step that comes next; backwards this one begins behind it. */
static void stop_before(struct book *book, const struct range *range, size_t at)
{
    if (book->stop != NULL || at > range->last)
        return;
    if (book->postponed_count > 0) {
        range = &book->postponed[0];
        at = range->first;
    }
    if (!book->backwards)
        book->stop = place_of(book, range->part, turned(book, at));
    else
        book->stop = at == 0 ? place_behind(book, range->part) : place_of(book, range->part, turned(book, at) + 1);
}

static enum lk_status read_crowd(struct book *book, const struct range *range, const struct name_list *sample);
static enum lk_status read_range(struct book *book, const struct range *range);

/* Where nobody was expected, somebody is after all: seldom many. NOLINTNEXTLINE(misc-no-recursion): each list once */
static enum lk_status read_postponed(struct book *book)
{
    struct range ranges[POSTPONED_MOST];
    const size_t count = book->postponed_count;
    struct name_list found;
    if (count == 0)
        return LK_OK;
    memcpy(ranges, book->postponed, count * sizeof *ranges);
    book->postponed_count = 0;
    enum lk_status status = find_ranges(book, ranges, count, &found);
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
static enum lk_status postpone(struct book *book, const struct range *range)
{
    enum lk_status status = LK_OK;
    if (book->postponed_count == POSTPONED_MOST)
        status = read_postponed(book);
    if (status == LK_OK && book->is_full)
        stop_before(book, range, range->first);
    else if (status == LK_OK)
        book->postponed[book->postponed_count++] = *range;
    return status;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static enum lk_status put_in_order(struct book *book, const struct range *chunk, const struct name_list *found)
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
 * beginning up to DEPTH_MOST. NOLINTNEXTLINE(misc-no-recursion) */
static enum lk_status read_chunk(struct book *book, const struct range *chunk, const struct name_list *found)
{
    const size_t step = turned(book, chunk->first);
    if (!found->more || (chunk->first == chunk->last && is_leaf(book, chunk->part, step)))
        return put_in_order(book, chunk, found);
    if (chunk->first < chunk->last)
        return read_crowd(book, chunk, found);
    const struct range inside = { .part = lk_arena_format(book->arena, "%s%s", chunk->part, book->steps[step]),
                                  .first = 0,
                                  .last = others_step(book) };
    return read_crowd(book, &inside, found);
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static enum lk_status read_range(struct book *book, const struct range *range)
{
    struct name_list found;
    const enum lk_status status = find_range(book, range, &found);
    return status == LK_OK ? read_chunk(book, range, &found) : status;
}

/* How far the sample lets us go with one search, given that so many people come on one of the sample (0: not known yet, and a
 * single step is enough to find out). */
static size_t chunk_end(const size_t counts[static STEPS_MOST], const struct range *range, size_t at, size_t each)
{
    size_t end = at, sampled = counts[at];
    if (*range->part == '\0')
        each = 0; /* the first letters differ too much */
    while (end < range->last && (sampled + counts[end + 1]) * (each == 0 ? BOOK_PART_MOST : each) < BOOK_PART_MOST)
        sampled += counts[++end];
    return end;
}

static size_t sum(const size_t counts[static STEPS_MOST], const struct range *range)
{
    size_t sampled = 0;
    for (size_t i = range->first; i <= range->last; i++)
        sampled += counts[i];
    return sampled;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static enum lk_status read_expected(struct book *book, const struct range *chunk, size_t expected, size_t *each)
{
    struct name_list found;
    const enum lk_status status = find_range(book, chunk, &found);
    if (status != LK_OK)
        return status;
    if (!found.more && expected > 0)
        *each = found.count / expected + 1;
    return read_chunk(book, chunk, &found);
}

/* Step by step, knowing nothing. NOLINTNEXTLINE(misc-no-recursion) */
static enum lk_status read_steps(struct book *book, const struct range *range)
{
    size_t at = range->first;
    enum lk_status status = LK_OK;
    for (; status == LK_OK && at <= range->last && !book->is_full; at++)
        status = read_range(book, &(struct range){ range->part, at, at });
    if (book->is_full)
        stop_before(book, range, at);
    return status;
}

/* A range that is known not to fit, by its sample. NOLINTNEXTLINE(misc-no-recursion) */
static enum lk_status read_crowd(struct book *book, const struct range *range, const struct name_list *sample)
{
    size_t counts[STEPS_MOST], each = 0;
    size_t at = range->first;
    enum lk_status status = LK_OK;
    count_sample(book, range->part, sample, counts);
    const size_t sampled = sum(counts, range);
    if (sampled == 0)
        return read_steps(book, range);
    while (status == LK_OK && at <= range->last && !book->is_full) {
        const struct range chunk = { range->part, at, chunk_end(counts, range, at, each) };
        const size_t expected = sum(counts, &chunk);
        if (expected == 0 && chunk.last < range->last)
            status = postpone(book, &chunk);
        else if (expected == sampled && !is_leaf(book, chunk.part, turned(book, at)))
            status = read_chunk(book, &(struct range){ chunk.part, chunk.last, chunk.last }, sample);
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
    const struct range all = { "", at, others_step(book) };
    enum lk_status status = LK_OK;
    while (status == LK_OK && at <= all.last && !book->is_full) {
        size_t end = at;
        while (end < all.last && turned(book, at) < SIGN_COUNT && turned(book, end + 1) < SIGN_COUNT)
            end++;
        status = read_range(book, &(struct range){ "", at, end });
        at = end + 1;
    }
    if (book->is_full)
        stop_before(book, &all, at);
    return status;
}

/* All from the step `at` of a part on, of which nothing is known yet. */
static enum lk_status read_rest(struct book *book, const char *part, size_t at)
{
    const struct range range = { part, at, others_step(book) };
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
    const struct range all = { "", 0, others_step(book) };
    return book->sample != NULL ? read_crowd(book, &all, book->sample) : read_letters(book, 0);
}

static const char *place_as_part(struct lk_arena *arena, const char *place)
{
    const size_t blanks = strspn(place, "_");
    char *part = lk_arena_copy(arena, place + blanks, strlen(place + blanks));
    for (char *blank = strchr(part, '_'); blank != NULL; blank = strchr(blank, '_'))
        *blank = ' ';
    return part;
}

static const char *small(struct lk_arena *arena, const char *part)
{
    const char *key = folded(arena, part);
    const size_t len = strlen(part);
    size_t blanks = 0;
    while (blanks < len && part[len - 1 - blanks] == ' ')
        blanks++;
    return lk_arena_format(arena, "%s%.*s", key, (int) blanks, "  ");
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
    for (const char *rest = place; cut_last(book, rest, &part, &step); rest = part) {
        const size_t at = turned(book, step);
        enum lk_status status = is_first ? read_range(book, &(struct range){ part, at, at }) : LK_OK;
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
    const char *beginning = *place == '\0' ? NULL : with_marks(lk_arena_format(book->arena, "%s", place));
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
    learn_alphabet(book, place->alphabet);
    const char *at = small(arena, place_as_part(arena, place->place));
    enum lk_status status = read_page(book, at, place->backwards);
    const bool is_beyond = status == LK_OK && book->page.count == 0 && book->stop == NULL;
    if (is_beyond)
        status = read_page(book, place->backwards ? "" : at, !place->backwards);
    if (status != LK_OK)
        return status;
    *page_out = page_of(book, is_beyond ? "" : at);
    return LK_OK;
}
