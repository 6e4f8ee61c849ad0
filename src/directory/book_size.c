/* SPDX-License-Identifier: Apache-2.0 */
/* How large an organisation is. An index holds everybody in the directory whose name begins with a letter, a hundred thousand of a
 * million, and several such lists cost slapd more than to look at a few hundred people, or at those of them who begin so. Counted once
 * an hour: whoever has become a little more than few by then costs a little more. */
#include "base/clock.h"
#include "directory/book_internal.h"
#include "directory/filter.h"
#include "directory/people_internal.h"

#include <pthread.h>
#include <string.h>

#define SMALL_MOST         500  /* people */
#define COUNTED_MOST       2000 /* more are large */
#define ORGANIZATIONS_MOST 256  /* the one that was counted first gives way */
#define DN_MOST            511  /* bytes; one with a longer name is counted each time */
#define REMEMBER_FOR       (3600 * LK_CLOCK_SECOND)

struct size {
    char organization_dn[DN_MOST + 1]; /* empty: a free slot */
    bool is_small, is_large;
    int64_t counted; /* monotonic */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct size sizes[ORGANIZATIONS_MOST];

/* Its slot, or the one to take for it. Holds the lock. */
static struct size *slot_of(const char *organization_dn)
{
    struct size *oldest = &sizes[0];
    for (size_t i = 0; i < ORGANIZATIONS_MOST; i++) {
        struct size *size = &sizes[i];
        if (*size->organization_dn == '\0' || strcmp(size->organization_dn, organization_dn) == 0)
            return size;
        if (size->counted < oldest->counted)
            oldest = size;
    }
    return oldest;
}

static bool recall(struct book *book)
{
    (void) pthread_mutex_lock(&lock);
    const struct size *size = slot_of(book->organization_dn);
    const bool is_known = strcmp(size->organization_dn, book->organization_dn) == 0 &&
                          size->counted > lk_clock_monotonic() - REMEMBER_FOR;
    if (is_known) {
        book->is_small = size->is_small;
        book->is_large = size->is_large;
    }
    (void) pthread_mutex_unlock(&lock);
    return is_known;
}

static void remember(const struct book *book)
{
    const size_t len = strlen(book->organization_dn);
    if (len > DN_MOST)
        return;
    (void) pthread_mutex_lock(&lock);
    struct size *size = slot_of(book->organization_dn);
    memcpy(size->organization_dn, book->organization_dn, len + 1);
    size->is_small = book->is_small;
    size->is_large = book->is_large;
    size->counted = lk_clock_monotonic();
    (void) pthread_mutex_unlock(&lock);
}

enum lk_status book_learn_size(struct book *book)
{
    static const char *const nothing[] = { "1.1", NULL };
    if (recall(book))
        return LK_OK;
    const struct directory_search search = { .base = book->organization_dn,
                                             .scope = DIRECTORY_ONE_LEVEL,
                                             .filter =
                                                 filter_tested(book->arena, profiles_filter(book->config, book->arena)),
                                             .attributes = nothing,
                                             .most = COUNTED_MOST };
    struct directory_entry *entries = NULL;
    size_t count = 0;
    bool more = false;
    const enum lk_status status =
        directory_search(book->directory, book->arena, &search, &entries, &count, &more, book->trouble);
    if (status != LK_OK)
        return status;
    book->is_small = !more && count <= SMALL_MOST; /* a server may cut it by a limit of its own */
    book->is_large = more;
    remember(book);
    return LK_OK;
}
