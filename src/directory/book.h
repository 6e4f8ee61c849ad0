/* SPDX-License-Identifier: Apache-2.0 */
/* directory/book.h - the people of an organisation, or those whom somebody searches for, in the order of their names, page by page,
 * however many there are.
 *
 * No directory server hands out names in order without sorting all of them first: slapd has no ordered index for text, its
 * sssvlv overlay sorts the whole result for each page, and the place in a paged result (RFC 2696) belongs to one connection.
 * What an index does answer at once is "some, up to a few, who begin like this". So the list is read like a telephone book. A few
 * names that begin with M are a sample: it says which letters come next, and that a page will end among those with Mar, so there a
 * few more are looked at, until it is seen that those with Marc Ba and Marc Be will fit. One search then reads them, and proves
 * that nobody stands between or before: it asks for all other beginnings as well, which the samples had nobody for. Where
 * somebody is there after all, that search was a better sample. A sample costs little, and is never believed.
 *
 * So a page of more than BOOK_PAGE_MOST - BOOK_PART_MOST people costs some four to seven small searches, whatever the size of the
 * organisation; and one, where the process still knows how it was cut the last time. docs/directory.md names the index that they need (olcIndexSubstrIfMinLen: 1).
 *
 * Where an organisation has no more than 500 people, the server is asked to look at each of them for the same questions instead of
 * looking up who in the whole directory begins so.
 *
 * A place in the book is text: what the names begin with from there on, "_" for a blank ("ada_b"), a last "*" for all letters
 * that the alphabet has not. It stays good whatever is added and removed. "" is the beginning.
 *
 * What people are called is displayName, or cn where there is none. Order: as folded (lk_unicode_fold), by code point.
 * Whoever's name has, within a crowded part, neither a letter of the alphabet, a digit, a blank, "'", "-" or ".", nor another
 * letter of Latin, Greek or Cyrillic script, is found by searching only (but where there are up to 500); and of more than BOOK_PAGE_MOST people of the very
 * same name so many are listed, and `more` says so. */
#ifndef LATCHKEY_DIRECTORY_BOOK_H
#define LATCHKEY_DIRECTORY_BOOK_H

#include "directory/people.h"

#define BOOK_PAGE_MOST 50
#define BOOK_PART_MOST (BOOK_PAGE_MOST / 2) /* for which a page must have room to be read on: if not, it is full */

struct person_name {
    uint8_t id[16];
    const char *key;               /* the name as it is sorted */
    bool is_unnamed;               /* it is the cn: there is no displayName */
    const struct profile *profile; /* NULL: only the name was read */
};

/* In the order of their names. */
struct name_list {
    struct person_name *items;
    size_t count;
    bool more;
};

/* As profiles_search, but only who they are. */
LK_MUST_CHECK enum lk_status names_search(struct directory *directory, const struct config *config,
                                          struct lk_arena *arena, const char *organization_dn,
                                          const struct people_search *search, struct name_list *list_out,
                                          struct lk_trouble *trouble);

/* The profiles of these people, in this order; whoever is gone meanwhile is left out. At most BOOK_PAGE_MOST. */
LK_MUST_CHECK enum lk_status profiles_of_names(struct directory *directory, const struct config *config,
                                               struct lk_arena *arena, const struct person_name *names, size_t count,
                                               struct profile_list *list_out, struct lk_trouble *trouble);

struct book_place {
    const char *words;    /* the book of those whom profiles_search finds for these; "": of everybody */
    const char *alphabet; /* its letters, with blanks between: "A B C" */
    const char *place;    /* anything that somebody typed is a place */
    bool backwards;       /* the page that ends before it, not the one that begins there */
    const struct name_list
        *sample; /* some of the people in the book, as names_search found them; NULL: none were read */
};

struct book_page {
    struct name_list names; /* with their profiles; more: there are others of the same name who are not listed */
    const char *before;     /* where the page begins: with `backwards` the page before it. NULL: nothing is there */
    const char *after;      /* where the next one begins. NULL: nothing follows */
    const char *opened;     /* what the first part's names have in common: how thick the book is there */
};

/* Beyond an end the page at that end is opened. */
LK_MUST_CHECK enum lk_status book_open(struct directory *directory, const struct config *config, struct lk_arena *arena,
                                       const char *organization_dn, const struct book_place *place,
                                       struct book_page *page_out, struct lk_trouble *trouble);

/* Was the book opened there by this process in the last hour? Then there were many. Asks nobody. */
bool book_is_known(struct lk_arena *arena, const char *organization_dn, const struct book_place *place);

#endif
