/* SPDX-License-Identifier: Apache-2.0 */
/* The people of the organisation that somebody administers: list, search, pages, the alphabet (S3). */
#include "web/pages/pages.h"

#include "base/cleanup.h"
#include "base/encoding.h"
#include "base/unicode.h"

#include <string.h>

#define PAGES_MOST    ((PEOPLE_COUNTED_MOST + PEOPLE_ON_PAGE - 1) / PEOPLE_ON_PAGE)
#define STRIP_DEPTH   2 /* letters in front of those that the alphabet shows */
#define ALPHABET_MOST 1024

/* What a person types there is no error: it is the first page, or the last. */
static size_t page_number(const char *text)
{
    size_t number = 0;
    for (; *text >= '0' && *text <= '9' && number <= PAGES_MOST; text++)
        number = number * 10 + (size_t) (*text - '0');
    return number < 1 ? 1 : number;
}

static const char *alphabet_of(const struct web_request *request)
{
    struct lk_text words LK_CLEANUP(lk_text_done) = LK_TEXT(ALPHABET_MOST);
    views_message(request->views, "alphabet", request->language, NULL, &words);
    return lk_arena_words(request->action.arena, lk_text_ok(&words) ? lk_text_string(&words) : "");
}

static struct people_wish wish_of(const struct web_request *request)
{
    const char *from = web_value(request, "from");
    const char *before = web_value(request, "before");
    return (struct people_wish){
        .page = page_number(web_value(request, "page")),
        .book = {.words = web_value(request, "search"),
                 .alphabet = alphabet_of(request),
                 .place = *before != '\0' ? before : from,
                 .backwards = *before != '\0'}
    };
}

/* ---- ways to other pages ---- */

/* The list as `fields` say: a name, a value, a name, …, NULL; an empty value is left out. */
static void show_way(struct view_data *data, const char *name, const char *const *fields)
{
    struct lk_text way LK_CLEANUP(lk_text_done) = LK_TEXT(2048);
    lk_text_literal(&way, "/organization");
    for (const char *sign = "?"; *fields != NULL; fields += 2) {
        if (*fields[1] == '\0')
            continue;
        lk_text_format(&way, "%s%s=", sign, fields[0]);
        lk_percent_encode(&way, fields[1], strlen(fields[1]), "");
        sign = "&";
    }
    if (lk_text_ok(&way))
        view_text(data, name, lk_text_string(&way));
}

static void show_page_way(const struct web_request *request, struct view_data *data, const char *name, size_t page)
{
    const char *number = lk_arena_format(request->action.arena, "%zu", page);
    const char *const ways[] = { "search", web_value(request, "search"), "page", number, NULL };
    show_way(data, name, ways);
}

static void show_book_way(const struct web_request *request, struct view_data *data, const char *name,
                          const char *field, const char *place)
{
    const char *const ways[] = { "search", web_value(request, "search"), field, place, NULL };
    if (place != NULL)
        show_way(data, name, ways);
}

/* ---- the alphabet ---- */

static const char *folded(struct lk_arena *arena, const char *text)
{
    char *key = NULL;
    return lk_unicode_fold(arena, text, strlen(text), &key) == LK_OK ? key : "";
}

/* The letters that the place and the names there begin with alike, STRIP_DEPTH at most: so thick is the book there. */
static const char *strip_prefix(struct lk_arena *arena, const char *place, const char *opened)
{
    size_t len = 0, next = 0;
    for (size_t i = 0; i < STRIP_DEPTH && place[next] != '\0' && strchr("_*", place[next]) == NULL; i++) {
        next++;
        while (((unsigned char) place[next] & 0xc0U) == 0x80)
            next++;
        if (strncmp(place, opened, next) != 0)
            break;
        len = next;
    }
    return lk_arena_copy(arena, place, len);
}

/* "M" before "a" is "Ma". */
static const char *label_of(struct lk_arena *arena, const char *prefix, const char *letter)
{
    return *prefix == '\0' ? letter : lk_arena_format(arena, "%s%s", prefix, folded(arena, letter));
}

/* As the alphabet writes its capitals: "ma" is "Ma". */
static const char *capital(struct lk_arena *arena, const char *alphabet, const char *prefix)
{
    for (const char *letter = alphabet; *letter != '\0';) {
        const size_t len = strcspn(letter, " ");
        const char *small = folded(arena, lk_arena_copy(arena, letter, len));
        if (*small != '\0' && strncmp(prefix, small, strlen(small)) == 0)
            return lk_arena_format(arena, "%.*s%s", (int) len, letter, prefix + strlen(small));
        letter += len + (letter[len] == ' ');
    }
    return prefix;
}

static struct view_data *show_letter(const struct web_request *request, const char *prefix, const char *letter,
                                     const char *first)
{
    struct lk_arena *arena = request->action.arena;
    struct view_data *data = view_object();
    const char *label = label_of(arena, prefix, letter);
    const char *place = folded(arena, label);
    view_text(data, "label", label);
    view_flag(data, "here", *first != '\0' && strncmp(first, place, strlen(place)) == 0);
    show_book_way(request, data, "way", "from", place);
    return data;
}

/* One letter less each, the shortest first. */
static struct view_data *show_ways_back(const struct web_request *request, const char *prefix)
{
    struct lk_arena *arena = request->action.arena;
    struct view_data *list = view_list();
    for (size_t len = 0; prefix[len] != '\0';) {
        struct view_data *back = view_object();
        const char *label = lk_arena_copy(arena, prefix, len);
        view_text(back, "label", label);
        show_book_way(request, back, "way", "from", folded(arena, label));
        view_append(list, back);
        do
            len++;
        while (((unsigned char) prefix[len] & 0xc0U) == 0x80);
    }
    return list;
}

/* letters [{label, way, here}], letters_of, letters_back [{label, way}], other_letters */
static void show_alphabet(const struct web_request *request, struct view_data *data, const struct people_wish *wish,
                          const struct people *people)
{
    struct lk_arena *arena = request->action.arena;
    const char *alphabet = wish->book.alphabet;
    const char *at = people->book.before != NULL ? people->book.before : "";
    const char *small = strip_prefix(arena, at, people->book.opened);
    const char *prefix = capital(arena, alphabet, small);
    const char *first = people->book.names.count > 0 ? people->book.names.items[0].key : "";
    struct view_data *letters = view_list();
    for (const char *letter = alphabet; *letter != '\0';) {
        const size_t len = strcspn(letter, " ");
        if (len > 0)
            view_append(letters, show_letter(request, prefix, lk_arena_copy(arena, letter, len), first));
        letter += len + (letter[len] == ' ');
    }
    view_child(data, "letters", letters);
    view_text(data, "letters_of", *prefix != '\0' ? prefix : NULL);
    view_child(data, "letters_back", show_ways_back(request, prefix));
    show_book_way(request, data, "other_letters", "from", lk_arena_format(arena, "%s*", small));
}

/* ---- the page ---- */

/* This very page; and with everybody on it chosen. */
static void show_here(const struct web_request *request, struct view_data *data)
{
    const bool all = web_box(request, "all");
    const char *ways[] = { "search", web_value(request, "search"),
                           "page",   web_value(request, "page"),
                           "from",   web_value(request, "from"),
                           "before", web_value(request, "before"),
                           "all",    "",
                           NULL };
    view_flag(data, "all", all);
    show_way(data, "here", ways);
    ways[9] = "yes";
    show_way(data, "choose_all", ways);
}

static void show_place(const struct web_request *request, struct view_data *data, const struct people_wish *wish,
                       const struct people *people)
{
    view_flag(data, "more", people->more);
    view_flag(data, "book", people->is_book);
    if (people->is_book) {
        show_alphabet(request, data, wish, people);
        show_book_way(request, data, "previous", "before", people->book.before);
        show_book_way(request, data, "next", "from", people->book.after);
        return;
    }
    view_number(data, "found", (int64_t) people->found);
    view_number(data, "page", (int64_t) people->page);
    view_number(data, "pages", (int64_t) people->pages);
    view_flag(data, "several_pages", people->pages > 1);
    if (people->page > 1)
        show_page_way(request, data, "previous", people->page - 1);
    if (people->page < people->pages)
        show_page_way(request, data, "next", people->page + 1);
}

static struct view_data *show_numbered(const struct person *person, size_t number)
{
    struct view_data *data = show_person(person);
    view_number(data, "number", (int64_t) number);
    return data;
}

void page_people(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    struct people people;
    const struct people_wish wish = wish_of(request);
    const enum acting_outcome outcome = list_people(&request->action, request->session, &wish, &acting, &people);
    if (page_acting_answered(request, reply, outcome, "see_people"))
        return;
    struct view_data *list = view_list();
    for (size_t i = 0; i < people.count; i++)
        view_append(list, show_numbered(&people.persons[i], i + 1));
    struct view_data *data = view_object();
    view_child(data, "organization", show_organization(&acting.organization, request->action.now));
    view_child(data, "people", list);
    view_text(data, "search", wish.book.words);
    view_text(data, "done", web_value(request, "done"));
    if (people.sending > 0)
        view_number(data, "sending", (int64_t) people.sending);
    view_flag(data, "sending_more", people.sending_more);
    show_here(request, data);
    show_place(request, data, &wish, &people);
    if (people.search_is_short)
        web_form_error(reply, "search", "search_short", NULL);
    web_page(reply, people.search_is_short ? 422 : 200, "page/people", data);
}
