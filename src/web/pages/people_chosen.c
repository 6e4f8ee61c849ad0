/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator does to several people of a page with one press; before they are removed, whether that is meant. */
#include "web/pages/pages.h"

#include "actions/bulk.h"
#include "base/encoding.h"
#include "logging/log.h"

#include <string.h>

struct chosen {
    struct bulk_person people[BULK_MOST];
    size_t count;
};

static void choose(struct chosen *chosen, const uint8_t id[static LK_UUID_LEN])
{
    for (size_t i = 0; i < chosen->count; i++)
        if (memcmp(chosen->people[i].id, id, LK_UUID_LEN) == 0)
            return;
    struct bulk_person *one = &chosen->people[chosen->count++];
    *one = (struct bulk_person){ .outcome = BULK_TROUBLE };
    memcpy(one->id, id, LK_UUID_LEN);
}

/* Fields person_1, person_2, …: the numbers mean nothing but that no field comes twice. False: one is no identifier. */
static bool read_chosen(const struct web_request *request, struct chosen *chosen)
{
    chosen->count = 0;
    for (size_t i = 1; i <= BULK_MOST; i++) {
        uint8_t id[LK_UUID_LEN];
        const char *name = lk_arena_format(request->action.arena, "person_%zu", i);
        if (*web_value(request, name) == '\0')
            continue;
        if (web_identifier(request, name, id) != LK_OK)
            return false;
        choose(chosen, id);
    }
    return true;
}

/* ---- what has become of each ---- */

static struct view_data *show_one(const struct bulk_person *one, size_t number)
{
    char id[LK_UUID_TEXT_LEN + 1];
    struct view_data *data = one->is_known ? show_person(&one->person) : view_object();
    lk_uuid_format(one->id, id);
    if (!one->is_known)
        view_text(data, "id", id);
    view_number(data, "number", (int64_t) number);
    view_text(data, "outcome", bulk_outcome_name(one->outcome));
    return data;
}

static struct view_data *show_chosen(const struct web_request *request, const struct acting *acting,
                                     const struct chosen *chosen)
{
    struct view_data *list = view_list();
    struct view_data *data = view_object();
    const char *back = web_continue(request, web_value(request, "continue"));
    for (size_t i = 0; i < chosen->count; i++)
        view_append(list, show_one(&chosen->people[i], i + 1));
    view_child(data, "organization", show_organization(&acting->organization, request->action.now));
    view_child(data, "people", list);
    view_text(data, "act", web_value(request, "act"));
    view_text(data, "back", back != NULL ? back : "/organization");
    return data;
}

static int64_t count_done(const struct chosen *chosen)
{
    int64_t count = 0;
    for (size_t i = 0; i < chosen->count; i++)
        count += chosen->people[i].outcome == BULK_DONE;
    return count;
}

/* One line for each person: who did what to whom is looked up later. */
static void note(const struct web_request *request, struct web_reply *reply, enum bulk_act act,
                 const struct chosen *chosen)
{
    bool is_refused = false;
    for (size_t i = 0; i < chosen->count; i++) {
        const struct bulk_person *one = &chosen->people[i];
        char id[LK_UUID_TEXT_LEN + 1];
        lk_uuid_format(one->id, id);
        const bool is_suspect = one->outcome == BULK_NOT_FOUND || one->outcome == BULK_DENIED;
        is_refused = is_refused || is_suspect;
        log_write(is_suspect ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "person", log_text("req", request->id),
                  log_text("action", bulk_act_name(act)),
                  log_text("outcome", is_suspect ? "refused" : bulk_outcome_name(one->outcome)),
                  log_text("actor", request->session->account.name), log_text("as", request->action.acting_as),
                  log_text("person", id));
    }
    web_outcome(reply, bulk_act_name(act), is_refused ? "refused" : "done");
}

static void ask_first(struct web_request *request, struct web_reply *reply, struct chosen *chosen)
{
    struct acting acting;
    const enum acting_outcome outcome =
        bulk_look(&request->action, request->session, chosen->people, chosen->count, &acting);
    if (page_acting_answered(request, reply, outcome, bulk_act_name(BULK_REMOVE)))
        return;
    web_outcome(reply, bulk_act_name(BULK_REMOVE), "asked");
    struct view_data *data = show_chosen(request, &acting, chosen);
    view_number(data, "count", count_done(chosen));
    web_page(reply, 200, "page/people_remove", data);
}

void page_people_chosen(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    struct chosen *chosen = lk_arena_alloc(request->action.arena, sizeof *chosen);
    const enum bulk_act act = bulk_act_named(web_value(request, "act"));
    if (!read_chosen(request, chosen)) {
        web_problem(reply, 400, "field_malformed", NULL);
        return;
    }
    if (act == BULK_ACTS || chosen->count == 0) {
        web_problem(reply, 422, act == BULK_ACTS ? "no_such_act" : "nobody_chosen", NULL);
        return;
    }
    if (act == BULK_REMOVE && !web_box(request, "confirmed")) {
        ask_first(request, reply, chosen);
        return;
    }
    const enum acting_outcome outcome =
        bulk_carry_out(&request->action, request->session, act, chosen->people, chosen->count, &acting);
    if (page_acting_answered(request, reply, outcome, bulk_act_name(act)))
        return;
    note(request, reply, act, chosen);
    struct view_data *data = show_chosen(request, &acting, chosen);
    const int64_t done = count_done(chosen);
    view_number(data, "done", done);
    view_flag(data, "all_done", done == (int64_t) chosen->count);
    web_page(reply, 200, "page/people_chosen", data);
}
