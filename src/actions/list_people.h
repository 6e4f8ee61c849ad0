/* SPDX-License-Identifier: Apache-2.0 */
/* actions/list_people.h - the people of an administrator's own organisation (S3), or those searched for, in the order of their
 * names.
 *
 * Never everybody: up to PEOPLE_COUNTED_MOST are sorted and shown PEOPLE_ON_PAGE at a time; first only names are read, then the
 * entries of the page. More are read like a telephone book (directory/book.h), from any place in either direction. */
#ifndef LATCHKEY_ACTIONS_LIST_PEOPLE_H
#define LATCHKEY_ACTIONS_LIST_PEOPLE_H

#include "actions/acting.h"
#include "actions/invite_state.h"
#include "directory/book.h"

#define PEOPLE_COUNTED_MOST 100 /* more are read as a book */
#define PEOPLE_SENDING_MOST 200 /* to how many e-mail waits to be sent: counted so far */
#define PEOPLE_ON_PAGE      BOOK_PAGE_MOST
#define PEOPLE_SEARCH_LEAST 2 /* characters: what the indexes have */

struct person {
    struct profile profile;
    struct invite invite;
    bool is_administrator, is_me;
    int64_t
        disputed; /* when the administrators were told that the former tie was disputed; 0: never, or it is tied again */
};

/* What a profile of the acting organisation looks like now. */
struct person person_of(const struct action_context *context, const struct acting *acting,
                        const struct profile *profile);

/* What somebody wants to see. */
struct people_wish {
    struct book_place book; /* whom to search for, and where to open the book of them if they are many */
    size_t page;            /* from 1, if they are few; beyond the last is the last */
};

struct people {
    struct person *persons; /* those of the page */
    size_t count;
    bool more;            /* there are others of one name who are not listed */
    bool search_is_short; /* it was not searched for: fewer than PEOPLE_SEARCH_LEAST characters */
    bool is_book;         /* too many to count: book.before, .after, .opened instead of found, page, pages */
    size_t found;         /* on all pages */
    size_t page, pages;   /* from 1 */
    struct book_page book;
    size_t sending; /* to how many of the organisation e-mail is still to be sent, up to PEOPLE_SENDING_MOST */
    bool sending_more;
};

enum acting_outcome list_people(struct action_context *context, struct session *session, const struct people_wish *wish,
                                struct acting *acting_out, struct people *people_out);

#endif
