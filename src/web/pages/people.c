/* SPDX-License-Identifier: Apache-2.0 */
/* The people of the organisation that somebody administers: list, search, pages (S3). */
#include "web/pages/pages.h"

#include "base/cleanup.h"
#include "base/encoding.h"

#include <string.h>

#define PAGES_MOST ((PEOPLE_FOUND_MOST + PEOPLE_ON_PAGE - 1) / PEOPLE_ON_PAGE)

/* What a person types there is no error: it is the first page, or the last. */
static size_t page_number(const char *text)
{
    size_t number = 0;
    for (; *text >= '0' && *text <= '9' && number <= PAGES_MOST; text++)
        number = number * 10 + (size_t) (*text - '0');
    return number < 1 ? 1 : number;
}

static void show_way(struct view_data *data, const char *name, const char *words, size_t page)
{
    struct lk_text way LK_CLEANUP(lk_text_done) = LK_TEXT(2048);
    lk_text_literal(&way, "/organization?search=");
    lk_percent_encode(&way, words, strlen(words), "");
    lk_text_format(&way, "&page=%zu", page);
    if (lk_text_ok(&way))
        view_text(data, name, lk_text_string(&way));
}

static void show_place(struct view_data *data, const struct people *people, const char *words)
{
    view_number(data, "found", (int64_t) people->found);
    view_flag(data, "more", people->more);
    view_number(data, "most", PEOPLE_FOUND_MOST);
    view_number(data, "page", (int64_t) people->page);
    view_number(data, "pages", (int64_t) people->pages);
    view_flag(data, "several_pages", people->pages > 1);
    if (people->page > 1)
        show_way(data, "previous", words, people->page - 1);
    if (people->page < people->pages)
        show_way(data, "next", words, people->page + 1);
}

void page_people(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    struct people people;
    const char *words = web_value(request, "search");
    const enum acting_outcome outcome = list_people(&request->action, request->session, words,
                                                    page_number(web_value(request, "page")), &acting, &people);
    if (page_acting_answered(request, reply, outcome, "see_people"))
        return;
    struct view_data *list = view_list();
    for (size_t i = 0; i < people.count; i++)
        view_append(list, show_person(&people.persons[i]));
    struct view_data *data = view_object();
    view_child(data, "organization", show_organization(&acting.organization, request->action.now));
    view_child(data, "people", list);
    view_text(data, "search", words);
    view_text(data, "done", web_value(request, "done"));
    show_place(data, &people, words);
    if (people.search_is_short)
        web_form_error(reply, "search", "search_short", NULL);
    web_page(reply, people.search_is_short ? 422 : 200, "page/people", data);
}
