/* SPDX-License-Identifier: Apache-2.0 */
/* Do the slots of the indexes hold what is in the database? Up to so many entries back-mdb writes down in a slot one by one; of more it
 * keeps the first and the last, and a search then looks at every entry between them. */
#include "cli/init_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SLOT_EXPONENT      "olcBkMdbIdlExp"
#define EXPONENT_OTHERWISE 16 /* slapd-mdb(5), idlexp */
#define EXPONENT_MOST      30

/* What names of people begin with is looked for the most, and hardly a letter begins more of them than an eighth. */
#define LARGEST_PART 8

/* As slapd's monitor counts; 0: there is none, or it may not be read. */
static long long count_entries(const struct init *init)
{
    static const char *const ASKED[] = { "olmMDBEntries", NULL };
    struct directory_entry counted;
    const char *number = init->slapd.name + strcspn(init->slapd.name, "0123456789"); /* of "{1}mdb" */
    const char *dn = lk_arena_format(init->arena, "cn=Database %.*s,cn=Databases,cn=Monitor",
                                     (int) strspn(number, "0123456789"), number);
    if (directory_read(init->command->action.directory, init->arena, dn, NULL, ASKED, &counted, NULL) != LK_OK)
        return 0;
    const char *count = directory_first(&counted, ASKED[0]);
    return count == NULL ? 0 : strtoll(count, NULL, 10);
}

/* back-mdb's own entry; NULL: none. */
static const struct directory_entry *find_backend(const struct slapd *slapd)
{
    for (size_t i = 0; i < slapd->count; i++) {
        const char *name = directory_first(&slapd->entries[i], "olcBackend");
        if (name != NULL && strcasecmp(slapd_unnumbered(name), "mdb") == 0)
            return &slapd->entries[i];
    }
    return NULL;
}

static int exponent_of(const struct directory_entry *backend)
{
    const char *exponent = backend == NULL ? NULL : directory_first(backend, SLOT_EXPONENT);
    return exponent == NULL ? EXPONENT_OTHERWISE : (int) strtol(exponent, NULL, 10);
}

static int exponent_for(long long entries)
{
    int exponent = EXPONENT_OTHERWISE;
    while (exponent < EXPONENT_MOST && (1LL << exponent) < entries / LARGEST_PART)
        exponent++;
    return exponent;
}

void init_slots(struct init *init)
{
    const struct directory_entry *backend = find_backend(&init->slapd);
    const long long entries = count_entries(init);
    const int now = exponent_of(backend), enough = exponent_for(entries);
    if (now < enough)
        init_remark(init, INIT_INDEXES, false,
                    "%lld entries, and a slot of an index holds 2^%d of them: a search that finds more by it looks at "
                    "nearly all. With slapd stopped set " SLOT_EXPONENT
                    ": %d in %s (of the class olcMdbBkConfig; slapd-mdb(5), idlexp), and run slapindex",
                    entries, now, enough,
                    backend != NULL ? backend->dn : "olcBackend={0}mdb,cn=config, which is to be added");
}
