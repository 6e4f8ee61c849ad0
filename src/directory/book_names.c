/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/book_internal.h"
#include "directory/filter.h"
#include "directory/people_internal.h"

#include <stdlib.h>
#include <string.h>

#define GATHERED_LEAST 3 /* steps of a part that are looked up together */
#define GATHERED_LEFT  4 /* so many times as many people may be in the rest of it */

/* ---- names ---- */

static int by_key(const void *a, const void *b)
{
    const struct person_name *left = a, *right = b;
    const int order = strcmp(left->key, right->key);
    return order != 0 ? order : memcmp(left->id, right->id, sizeof left->id);
}

/* With the profile, if `whole`. */
static enum lk_status name_from(const struct config *config, struct lk_arena *arena,
                                const struct directory_entry *entry, bool whole, struct person_name *name_out,
                                struct lk_trouble *trouble)
{
    const char *name = directory_first(entry, "displayName");
    const bool is_unnamed = name == NULL;
    if (is_unnamed)
        name = directory_first(entry, "cn");
    *name_out = (struct person_name){ .key = book_folded(arena, name == NULL ? "" : name), .is_unnamed = is_unnamed };
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
    const struct directory_filter *other; /* nobody matches both; NULL: none */
    bool whole;
    size_t most;
};

static enum lk_status add_names(const struct config *config, struct lk_arena *arena,
                                const struct directory_found *found, bool whole, struct name_list *list,
                                struct lk_trouble *trouble)
{
    list->more = list->more || found->more;
    for (size_t i = 0; i < found->count; i++) {
        const enum lk_status status =
            name_from(config, arena, &found->entries[i], whole, &list->items[list->count++], trouble);
        if (status != LK_OK)
            return status;
    }
    return LK_OK;
}

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
    struct directory_search searches[] = { search, search };
    searches[1].filter = wanted->other;
    struct directory_found found[2] = { { 0 } };
    enum lk_status status =
        directory_search_all(directory, arena, searches, wanted->other == NULL ? 1 : 2, found, trouble);
    struct name_list list = { .items = lk_arena_array(arena, found[0].count + found[1].count, sizeof *list.items) };
    for (size_t i = 0; i < 2 && status == LK_OK; i++)
        status = add_names(config, arena, &found[i], wanted->whole, &list, trouble);
    if (status != LK_OK)
        return status;
    if (list.count > 1)
        qsort(list.items, list.count, sizeof *list.items, by_key);
    list.more = list.more || list.count > wanted->most;
    list.count = list.count < wanted->most ? list.count : wanted->most;
    *list_out = list;
    return LK_OK;
}

// NOLINTNEXTLINE(readability-function-size): the contract has seven inputs and outputs
enum lk_status names_search(struct directory *directory, const struct config *config, struct lk_arena *arena,
                            const char *organization_dn, const struct people_search *search, struct name_list *list_out,
                            struct lk_trouble *trouble)
{
    const struct wanted wanted = { people_filter(config, arena, search), NULL, false, search->most };
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

/* ---- the search for ranges ---- */

struct alternatives {
    const struct directory_filter **filters;
    size_t count;
};

/* A blank has two, the other letters many. */
static size_t alternatives_most(const struct book *book, const struct book_range *range, size_t count)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++, range = range->next)
        most += range->last - range->first + 2 + book->other_count;
    return most;
}

static void add_alternative(struct alternatives *all, const struct directory_filter *filter)
{
    all->filters[all->count++] = filter;
}

/* "ada" itself stands before "ada b" and after nothing else; of "ada " only that is left, for names have no two blanks. */
static void add_blank(const struct book *book, const char *attribute, const char *part, struct alternatives *all)
{
    struct lk_arena *arena = book->arena;
    const size_t len = strlen(part);
    if (book_ends_in_blank(part))
        add_alternative(all, filter_equals(arena, attribute, lk_arena_copy(arena, part, len - 1)));
    else if (len > 0) {
        add_alternative(all, filter_equals(arena, attribute, part));
        add_alternative(all, filter_begins(arena, attribute, lk_arena_format(arena, "%s ", part)));
    }
}

/* By the hundred: without printf. */
static void add_begin(const struct book *book, const char *attribute, const char *part, const char *next,
                      struct alternatives *all)
{
    char *begin = lk_arena_alloc(book->arena, strlen(part) + strlen(next) + 1);
    stpcpy(stpcpy(begin, part), next);
    add_alternative(all, filter_begins(book->arena, attribute, begin));
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

/* All but the other letters. */
static void add_range(const struct book *book, const char *attribute, const struct book_range *range,
                      struct alternatives *all)
{
    for (size_t i = range->first; i <= range->last; i++) {
        const size_t step = book_turned(book, i);
        if (step == 0)
            add_blank(book, attribute, range->part, all);
        else if (step < book_others_step(book))
            add_begin(book, attribute, range->part, book->steps[step], all);
    }
}

/* Those in which people are expected, or those in which none are. */
static void add_ranges(const struct book *book, const char *attribute, const struct book_range *range, size_t count,
                       bool is_expected, struct alternatives *all)
{
    for (size_t i = 0; i < count; i++, range = range->next)
        if ((range->sampled > 0) == is_expected)
            add_range(book, attribute, range, all);
}

/* Of those who begin with the part: whoever goes on with none of its other steps. */
static const struct directory_filter *beyond_alphabet(const struct book *book, const char *attribute, const char *part)
{
    struct lk_arena *arena = book->arena;
    const struct book_range whole = { .part = part, .last = book_others_step(book) };
    struct alternatives all = { .filters = lk_arena_array(arena, alternatives_most(book, &whole, 1),
                                                          sizeof(const struct directory_filter *)) };
    add_range(book, attribute, &whole, &all);
    const struct directory_filter *beyond = filter_not(arena, filter_any(arena, all.filters, all.count));
    return filter_and(arena, *part == '\0' ? filter_present(arena, attribute) : filter_begins(arena, attribute, part),
                      beyond);
}

static void add_others(const struct book *book, const char *attribute, const struct book_range *range, size_t count,
                       struct alternatives *all)
{
    const size_t others = book_turned(book, book_others_step(book));
    for (size_t i = 0; i < count; i++, range = range->next) {
        if (others < range->first || range->last < others)
            continue;
        if (book->is_small)
            add_alternative(all, beyond_alphabet(book, attribute, range->part));
        else
            add_other_letters(book, attribute, range->part, all);
    }
}

/* slapd compares each entry with one alternative after the other: those that will fit stand first, the many of other letters last. */
static const struct directory_filter *called_in_part(const struct book *book, const char *attribute,
                                                     const struct book_range *range, size_t count)
{
    struct lk_arena *arena = book->arena;
    struct alternatives all = { .filters = lk_arena_array(arena, alternatives_most(book, range, count),
                                                          sizeof(const struct directory_filter *)) };
    add_ranges(book, attribute, range, count, true, &all);
    add_ranges(book, attribute, range, count, false, &all);
    add_others(book, attribute, range, count, &all);
    return filter_any(arena, all.filters, all.count);
}

static bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Are these ranges of one part, from its beginning on, a good share of all who are in it? As far as the samples tell; what they do not tell of
 * stands behind what is asked for, never before. */
static bool are_most_of_part(const struct book_range *range, size_t count)
{
    const char *part = range->part;
    if (*part == '\0' || book_ends_in_blank(part) || range->first != 0)
        return false;
    size_t steps = 0, asked = 0, left = 0;
    for (; count > 0; count--, range = range->next) {
        steps += range->sampled > 0 ? range->last - range->first + 1 : 0;
        asked += range->sampled;
    }
    for (; range != NULL && begins_with(range->part, part); range = range->next)
        left += range->sampled;
    return steps >= GATHERED_LEAST && left <= GATHERED_LEFT * asked;
}

/* slapd unites the lists of several beginnings one by one, and copies what it has each time. Of a part that is asked for nearly whole
 * the one list of all who are in it is taken, and each of the organisation's looked at. */
static const struct directory_filter *called(const struct book *book, const char *attribute,
                                             const struct book_range *range, size_t count)
{
    struct lk_arena *arena = book->arena;
    const struct directory_filter **parts = lk_arena_array(arena, count, sizeof(const struct directory_filter *));
    size_t part_count = 0;
    while (count > 0) {
        const char *part = range->part;
        const struct book_range *first = range;
        size_t same = 0;
        for (; same < count && strcmp(range->part, part) == 0; same++)
            range = range->next;
        const struct directory_filter *those = called_in_part(book, attribute, first, same);
        if (!book->is_small && !book->is_large && are_most_of_part(first, same))
            those = filter_and(arena, filter_begins(arena, attribute, part), filter_tested(arena, those));
        parts[part_count++] = those;
        count -= same;
    }
    return filter_any(arena, parts, part_count);
}

/* Those who are called by displayName, and those who are by cn for want of one: two searches at once, for each asks the index for
 * hundreds of beginnings. What narrows most stands first: where nobody is called so, slapd looks no further. */
static struct wanted people_called(const struct book *book, const struct directory_filter *named,
                                   const struct directory_filter *unnamed, bool whole, size_t most)
{
    struct lk_arena *arena = book->arena;
    const struct directory_filter *lacking = filter_not(arena, filter_present(arena, "displayName"));
    if (book->is_small) {
        const struct directory_filter *either =
            unnamed == NULL ? named : filter_or(arena, named, filter_and(arena, lacking, unnamed));
        return (struct wanted){ filter_and(arena, book->everybody, filter_tested(arena, either)), NULL, whole, most };
    }
    return (struct wanted){ .filter = filter_and(arena, named, book->everybody),
                            .other = unnamed == NULL
                                         ? NULL
                                         : filter_and(arena, unnamed, filter_and(arena, lacking, book->everybody)),
                            .whole = whole,
                            .most = most };
}

static enum lk_status find(struct book *book, const struct wanted *wanted, struct name_list *found)
{
    book->searches++;
    *found = (struct name_list){ .count = 0 };
    const enum lk_status status =
        read_names(book->directory, book->config, book->arena, book->organization_dn, wanted, found, book->trouble);
    for (size_t i = 0; i < found->count; i++)
        book->has_unnamed = book->has_unnamed || found->items[i].is_unnamed;
    return status;
}

/* Not where it was looked for? Of a name that the server compares otherwise than we do nobody can say. */
static bool is_elsewhere(const struct book *book, size_t count, const char *key)
{
    const struct book_range *range = book->pending;
    bool is_known = false;
    for (size_t i = 0; i < count; i++, range = range->next) {
        size_t step = 0;
        if (!book_step_in(book, range->part, key, &step))
            continue;
        if (range->first <= step && step <= range->last)
            return false;
        is_known = true;
    }
    return is_known;
}

/* 389 Directory Server takes the blank away that a beginning ends in: of those who begin with "o " it gives all with "o". Where they
 * are all there, that is; of too many, the strays show as well as the others that less has to be asked for. */
static void drop_strays(const struct book *book, size_t count, struct name_list *found)
{
    size_t kept = 0;
    for (size_t i = 0; i < found->count; i++)
        if (!is_elsewhere(book, count, found->items[i].key))
            found->items[kept++] = found->items[i];
    found->count = kept;
}

static bool are_named(const struct book_range *range, size_t count)
{
    for (; count > 0 && range->is_named; count--)
        range = range->next;
    return count == 0;
}

enum lk_status book_find_first(struct book *book, size_t count, size_t most, struct name_list *found)
{
    const struct directory_filter *named = called(book, "displayName", book->pending, count);
    const struct directory_filter *unnamed =
        are_named(book->pending, count) ? NULL : called(book, "cn", book->pending, count);
    const struct wanted wanted = people_called(book, named, unnamed, true, most);
    const enum lk_status status = find(book, &wanted, found);
    if (status == LK_OK && !found->more)
        drop_strays(book, count, found);
    return status;
}

/* Those with displayName first: as a rule that settles it. */
enum lk_status book_find_anybody(struct book *book, size_t count, struct name_list *found)
{
    const struct directory_filter *named = called(book, "displayName", book->pending, count);
    const struct directory_filter *unnamed = called(book, "cn", book->pending, count);
    const struct wanted both = people_called(book, named, unnamed, false, 1);
    const struct directory_filter *const filters[] = { both.filter, both.other };
    enum lk_status status = LK_OK;
    *found = (struct name_list){ .count = 0 };
    for (size_t i = 0; status == LK_OK && found->count == 0 && i < 2 && filters[i] != NULL; i++) {
        const struct wanted one = { filters[i], NULL, false, 1 };
        status = find(book, &one, found);
        if (status == LK_OK && !found->more)
            drop_strays(book, count, found);
    }
    return status;
}

/* The rest of a part has too many steps to look for each: those of the whole part show as well how it goes on. */
static const struct directory_filter *called_about(const struct book *book, const char *attribute,
                                                   const struct book_range *range)
{
    if (range->first == range->last)
        return called(book, attribute, range, 1);
    if (*range->part != '\0')
        return filter_begins(book->arena, attribute, range->part);
    return book->is_small ? filter_present(book->arena, attribute) : called(book, attribute, range, 1);
}

enum lk_status book_find_sample(struct book *book, const struct book_range *range, struct name_list *found)
{
    const struct directory_filter *named = called_about(book, "displayName", range);
    const struct directory_filter *unnamed = book->has_unnamed ? called_about(book, "cn", range) : NULL;
    const struct wanted wanted = people_called(book, named, unnamed, false, BOOK_PAGE_MOST);
    return find(book, &wanted, found);
}
