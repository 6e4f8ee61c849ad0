/* SPDX-License-Identifier: Apache-2.0 */
/* actions/list_people.h - the people of an administrator's own organisation (S3), searched in the directory.
 *
 * Never everybody: at most PEOPLE_FOUND_MOST are read, sorted by name and shown PEOPLE_ON_PAGE at a time; whoever looks for
 * somebody among more types the beginning of a name or an address. */
#ifndef LATCHKEY_ACTIONS_LIST_PEOPLE_H
#define LATCHKEY_ACTIONS_LIST_PEOPLE_H

#include "actions/acting.h"
#include "actions/invite_state.h"

#define PEOPLE_FOUND_MOST   200
#define PEOPLE_ON_PAGE      50
#define PEOPLE_SEARCH_LEAST 2 /* characters: what the indexes have */

struct person {
    struct profile profile;
    struct invite invite;
    bool is_administrator, is_me;
};

/* What a profile of the acting organisation looks like now. */
struct person person_of(const struct action_context *context, const struct acting *acting,
                        const struct profile *profile);

struct people {
    struct person *persons; /* those of the page */
    size_t count;
    size_t found;         /* on all pages */
    bool more;            /* there are others that were not read */
    bool search_is_short; /* it was not searched for: fewer than PEOPLE_SEARCH_LEAST characters */
    size_t page, pages;   /* from 1 */
};

/* `words`: "" for all. `page` from 1; beyond the last is the last. */
enum acting_outcome list_people(struct action_context *context, struct session *session, const char *words, size_t page,
                                struct acting *acting_out, struct people *people_out);

#endif
