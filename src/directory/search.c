/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "directory/connection_internal.h"
#include "logging/log.h"

#include <limits.h>
#include <stddef.h>
#include <string.h>

static const struct directory_filter ANY = { "(objectClass=*)" };

struct search_input {
    struct lk_arena *arena;
    const char *base;
    int scope;
    const char *filter;
    const char *const *attributes;
    int most; /* size limit */
    int64_t seconds;
    bool one_session;
};

static int send_search(const struct connection *connection, const struct operation *operation, LDAPControl **controls,
                       int *message_out)
{
    const struct search_input *input = operation->input;

    union {
        const char *const *ours;
        char **theirs;
    } attributes = { .ours = translate_list(connection->config, input->arena, input->attributes) };

    const char *filter = translate_filter(connection->config, input->arena, input->filter);
    struct timeval seconds = { .tv_sec = input->seconds };
    return ldap_search_ext(connection->ldap, input->base, input->scope, filter, attributes.theirs, 0, controls, NULL,
                           &seconds, input->most, message_out);
}

/* Part of the tree lies with another server (RFC 4511 section 4.5.3), where nobody looks: what is there is missing. Told once a
 * session. */
static void tell_references(struct connection *connection, const struct answer *answer, const char *base)
{
    if (connection->told_reference || ldap_count_references(connection->ldap, answer->message) <= 0)
        return;
    connection->told_reference = true;
    log_write(LOG_LEVEL_WARNING, "referral", log_text("base", base),
              log_text("why", "the directory refers to another server for a part of the tree: it is not followed"));
}

static struct operation operation_of(const char *name, const struct search_input *input)
{
    return (struct operation){ .name = name,
                               .dn = input->base,
                               .repeatable = true,
                               .one_session = input->one_session,
                               .send = send_search,
                               .input = input };
}

static enum lk_status run_search(struct connection *connection, const char *actor, const char *name,
                                 const struct search_input *input, LDAPControl *const *controls,
                                 struct answer *answer_out, struct lk_trouble *trouble)
{
    const struct operation operation = operation_of(name, input);
    const enum lk_status status = operation_run(connection, actor, &operation, controls, answer_out, trouble);
    if (status == LK_OK)
        tell_references(connection, answer_out, input->base);
    return status;
}

/* The entries of an answer, in the arena. */
static enum lk_status read_entries(const struct connection *connection, const struct answer *answer,
                                   struct lk_arena *arena, struct search_page *page_out, struct lk_trouble *trouble)
{
    LDAP *ldap = connection->ldap;
    const int held = ldap_count_entries(ldap, answer->message);
    if (held < 0)
        return lk_fail(trouble, LK_BROKEN, "search: the answer cannot be read");
    struct search_page page = { .entries = lk_arena_array(arena, (size_t) held, sizeof *page.entries) };
    for (LDAPMessage *message = ldap_first_entry(ldap, answer->message); message != NULL;
         message = ldap_next_entry(ldap, message)) {
        if (entry_from_message(connection, message, arena, &page.entries[page.count++]) != LK_OK)
            return lk_fail(trouble, LK_BROKEN, "search: an entry of the answer cannot be read");
    }
    *page_out = page;
    return LK_OK;
}

static enum lk_status read_one(struct directory *directory, struct lk_arena *arena, const struct search_input *input,
                               struct directory_entry *entry_out, struct lk_trouble *trouble)
{
    LK_CLEANUP(answer_cleanup) struct answer answer = { 0 };
    const char *actor = NULL;
    enum lk_status status = directory_actor(directory, &actor, trouble);
    if (status == LK_OK)
        status = run_search(&directory->own, actor, "read", input, NULL, &answer, trouble);
    if (status != LK_OK)
        return status;
    status = result_status(answer.code);
    if (status != LK_OK)
        return result_fail(trouble, status, "read", answer.code, answer.words, input->base);
    struct search_page page = { 0 };
    status = read_entries(&directory->own, &answer, arena, &page, trouble);
    if (status != LK_OK)
        return status;
    if (page.count == 0)
        return lk_fail(trouble, LK_ABSENT, "read: the entry is not of the kind asked for; entry %s", input->base);
    *entry_out = page.entries[0];
    return LK_OK;
}

enum lk_status directory_read(struct directory *directory, struct lk_arena *arena, const char *dn,
                              const struct directory_filter *filter, const char *const *attributes,
                              struct directory_entry *entry_out, struct lk_trouble *trouble)
{
    const int64_t began = lk_clock_monotonic();
    const struct search_input input = { .arena = arena,
                                        .base = dn,
                                        .scope = LDAP_SCOPE_BASE,
                                        .filter = (filter == NULL ? &ANY : filter)->text,
                                        .attributes = attributes,
                                        .most = 1,
                                        .seconds = directory->own.config->directory_timeout };
    if (filter != NULL && filter_matches_nothing(filter))
        return lk_fail(trouble, LK_ABSENT, "read: nothing can match");
    return operation_counted("read", began, read_one(directory, arena, &input, entry_out, trouble));
}

/* ---- pages ---- */

void search_pages_cleanup(struct search_pages *pages)
{
    ber_memfree(pages->cookie.bv_val);
    pages->cookie = (struct berval){ 0, NULL };
}

static void control_cleanup(LDAPControl **control)
{
    if (*control != NULL)
        ldap_control_free(*control);
}

/* Keeps the server's place for the next page. A server that left the control out has told everything. */
static void keep_place(const struct connection *connection, const struct answer *answer, struct search_pages *pages)
{
    search_pages_cleanup(pages);
    pages->session = connection->sessions;
    pages->over = true;
    LDAPControl *control = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, answer->controls, NULL);
    ber_int_t estimate = 0;
    if (control == NULL ||
        ldap_parse_pageresponse_control(connection->ldap, control, &estimate, &pages->cookie) != LDAP_SUCCESS)
        return;
    pages->over = pages->cookie.bv_len == 0;
}

static enum lk_status take_page(const struct connection *connection, const struct answer *answer,
                                struct lk_arena *arena, const struct directory_search *search,
                                struct search_page *page_out, struct lk_trouble *trouble)
{
    const bool cut = answer->code == LDAP_SIZELIMIT_EXCEEDED;
    const enum lk_status status = cut ? LK_OK : result_status(answer->code);
    if (status != LK_OK)
        return result_fail(trouble, status, "search", answer->code, answer->words, search->base);
    const enum lk_status read = read_entries(connection, answer, arena, page_out, trouble);
    if (read == LK_OK)
        page_out->cut = cut;
    return read;
}

static struct search_input input_of(const struct connection *connection, struct lk_arena *arena,
                                    const struct directory_search *search)
{
    return (struct search_input){ .arena = arena,
                                  .base = search->base,
                                  .scope =
                                      search->scope == DIRECTORY_ONE_LEVEL ? LDAP_SCOPE_ONELEVEL : LDAP_SCOPE_SUBTREE,
                                  .filter = (search->filter == NULL ? &ANY : search->filter)->text,
                                  .attributes = search->attributes,
                                  .seconds = connection->config->directory_timeout };
}

/* A place dies with its session: a page that goes on from one is asked for there or not at all. */
enum lk_status search_next_page(struct connection *connection, const char *actor, struct lk_arena *arena,
                                struct search_pages *pages, struct search_page *page_out, struct lk_trouble *trouble)
{
    const enum lk_status ready = connection_ready(connection, connection_deadline(connection), trouble);
    if (ready != LK_OK)
        return ready;
    if (pages->cookie.bv_len > 0 && pages->session != connection->sessions)
        return lk_fail(trouble, LK_BROKEN, "search: the connection broke between two pages");
    LK_CLEANUP(control_cleanup) LDAPControl *control = NULL;
    const int size = pages->wanted < SEARCH_PAGE ? (int) pages->wanted : SEARCH_PAGE;
    if (ldap_create_page_control(connection->ldap, size, &pages->cookie, 0, &control) != LDAP_SUCCESS)
        return lk_fail(trouble, LK_BROKEN, "search: the paged results control cannot be written");
    LDAPControl *const controls[] = { control, NULL };
    struct search_input input = input_of(connection, arena, pages->search);
    input.one_session = pages->cookie.bv_len > 0;
    LK_CLEANUP(answer_cleanup) struct answer answer = { 0 };
    enum lk_status status = run_search(connection, actor, "search", &input, controls, &answer, trouble);
    if (status != LK_OK)
        return status;
    keep_place(connection, &answer, pages);
    status = take_page(connection, &answer, arena, pages->search, page_out, trouble);
    if (status != LK_OK || page_out->cut)
        pages->over = true;
    return status;
}

/* ---- searching ---- */

static enum lk_status search_at_once(struct directory *directory, struct lk_arena *arena,
                                     const struct directory_search *search, struct search_page *found,
                                     struct lk_trouble *trouble)
{
    LK_CLEANUP(answer_cleanup) struct answer answer = { 0 };
    struct search_input input = input_of(&directory->own, arena, search);
    input.most = (int) search->most;
    const char *actor = NULL;
    enum lk_status status = directory_actor(directory, &actor, trouble);
    if (status == LK_OK)
        status = run_search(&directory->own, actor, "search", &input, NULL, &answer, trouble);
    if (status != LK_OK)
        return status;
    return take_page(&directory->own, &answer, arena, search, found, trouble);
}

static void append(struct lk_arena *arena, struct search_page *found, const struct search_page *page)
{
    found->cut = page->cut;
    if (page->count == 0)
        return;
    struct directory_entry *all = lk_arena_array(arena, found->count + page->count, sizeof *all);
    if (found->count > 0)
        memcpy(all, found->entries, found->count * sizeof *all);
    memcpy(all + found->count, page->entries, page->count * sizeof *all);
    found->entries = all;
    found->count += page->count;
}

/* Asks for one entry more than wanted: only so can it be known that there are others. */
static enum lk_status search_in_pages(struct directory *directory, struct lk_arena *arena,
                                      const struct directory_search *search, struct search_page *found,
                                      struct lk_trouble *trouble)
{
    LK_CLEANUP(search_pages_cleanup) struct search_pages pages = { .search = search };
    while (!pages.over && found->count <= search->most) {
        pages.wanted = search->most - found->count + 1;
        struct search_page page = { 0 };
        const char *actor = NULL;
        enum lk_status status = directory_actor(directory, &actor, trouble);
        if (status == LK_OK)
            status = search_next_page(&directory->own, actor, arena, &pages, &page, trouble);
        if (status != LK_OK)
            return status;
        append(arena, found, &page);
    }
    if (found->count > search->most) {
        found->count = search->most;
        found->cut = true;
    }
    return LK_OK;
}

static enum lk_status search_checked(struct directory *directory, struct lk_arena *arena,
                                     const struct directory_search *search, struct search_page *found,
                                     struct lk_trouble *trouble)
{
    if (search->most == 0 || search->most >= INT_MAX)
        return lk_fail(trouble, LK_MALFORMED, "search: no size limit");
    if (search->filter != NULL && filter_matches_nothing(search->filter))
        return LK_OK;
    if (search->most > SEARCH_PAGE)
        return search_in_pages(directory, arena, search, found, trouble);
    return search_at_once(directory, arena, search, found, trouble);
}

enum lk_status directory_search(struct directory *directory, struct lk_arena *arena,
                                const struct directory_search *search, struct directory_entry **entries_out,
                                size_t *count_out, bool *more_out, struct lk_trouble *trouble)
{
    const int64_t began = lk_clock_monotonic();
    struct search_page found = { 0 };
    const enum lk_status status =
        operation_counted("search", began, search_checked(directory, arena, search, &found, trouble));
    if (status != LK_OK)
        return status;
    *entries_out = found.entries;
    *count_out = found.count;
    if (more_out != NULL)
        *more_out = found.cut;
    return LK_OK;
}

/* ---- several at once ---- */

static void answers_cleanup(struct answer (*answers)[OPERATIONS_TOGETHER])
{
    for (size_t i = 0; i < OPERATIONS_TOGETHER; i++)
        answer_cleanup(&(*answers)[i]);
}

/* LK_ABSENT: it did not go smoothly, or a base is not there. */
static enum lk_status search_together(struct directory *directory, struct lk_arena *arena,
                                      const struct directory_search *searches, size_t count, struct search_page *found,
                                      struct lk_trouble *trouble)
{
    struct connection *own = &directory->own;
    LK_CLEANUP(answers_cleanup) struct answer answers[OPERATIONS_TOGETHER] = { { 0 } };
    struct search_input inputs[OPERATIONS_TOGETHER];
    struct operation operations[OPERATIONS_TOGETHER];
    const char *actor = NULL;
    enum lk_status status = directory_actor(directory, &actor, trouble);
    if (status != LK_OK)
        return status;
    for (size_t i = 0; i < count; i++) {
        inputs[i] = input_of(own, arena, &searches[i]);
        inputs[i].most = (int) searches[i].most;
        operations[i] = operation_of("search", &inputs[i]);
    }
    status = operations_run_together(own, actor, operations, count, answers, trouble);
    for (size_t i = 0; i < count && status == LK_OK; i++) {
        tell_references(own, &answers[i], searches[i].base);
        status = take_page(own, &answers[i], arena, &searches[i], &found[i], trouble);
    }
    return status;
}

static bool may_go_together(const struct directory_search *searches, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct directory_search *search = &searches[i];
        if (search->most == 0 || search->most > SEARCH_PAGE ||
            (search->filter != NULL && filter_matches_nothing(search->filter)))
            return false;
    }
    return count > 1 && count <= OPERATIONS_TOGETHER;
}

static enum lk_status search_each(struct directory *directory, struct lk_arena *arena,
                                  const struct directory_search *searches, size_t count,
                                  struct directory_found *found_out, struct lk_trouble *trouble)
{
    enum lk_status status = LK_OK;
    for (size_t i = 0; i < count && status == LK_OK; i++)
        status = directory_search(directory, arena, &searches[i], &found_out[i].entries, &found_out[i].count,
                                  &found_out[i].more, trouble);
    return status;
}

enum lk_status directory_search_all(struct directory *directory, struct lk_arena *arena,
                                    const struct directory_search *searches, size_t count,
                                    struct directory_found *found_out, struct lk_trouble *trouble)
{
    if (!may_go_together(searches, count))
        return search_each(directory, arena, searches, count, found_out, trouble);
    const int64_t began = lk_clock_monotonic();
    struct search_page found[OPERATIONS_TOGETHER] = { { 0 } };
    const enum lk_status status = search_together(directory, arena, searches, count, found, trouble);
    if (status == LK_ABSENT)
        return search_each(directory, arena, searches, count, found_out, trouble);
    for (size_t i = 0; i < count; i++) {
        (void) operation_counted("search", began, status);
        found_out[i] = (struct directory_found){ found[i].entries, found[i].count, found[i].cut };
    }
    return status;
}
