/* SPDX-License-Identifier: Apache-2.0 */
/* One person of the organisation: added, seen, edited (S2, S3, S4, S5). */
#include "web/pages/person.h"

#include "web/pages/profile_form.h"

#include "actions/administrator_mark.h"
#include "base/encoding.h"

#include <string.h>

void person_redirect(struct web_request *request, struct web_reply *reply, const struct profile *target,
                     const char *done)
{
    char id[LK_UUID_TEXT_LEN + 1];
    lk_uuid_format(target->id, id);
    web_redirect(reply, lk_arena_format(request->action.arena, "/organization/people/%s?done=%s", id, done));
}

/* ---- adding ---- */

static void show_new(struct web_request *request, struct web_reply *reply, unsigned status, const struct acting *acting,
                     const struct profile_form *form)
{
    struct view_data *data = view_object();
    view_child(data, "organization", show_organization(&acting->organization, request->action.now));
    profile_form_show(data, "form", form);
    const bool is_first = form->values[PROFILE_SURNAME] == NULL;
    view_flag(data, "invite", is_first || web_box(request, "invite"));
    view_flag(data, "administrator", !is_first && web_box(request, "administrator"));
    web_page(reply, status, "page/person_new", data);
}

void page_person_new(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    const struct profile_form empty = { { NULL } };
    const enum acting_outcome outcome = act_as_profile(&request->action, request->session, POLICY_ADD_PROFILE, &acting);
    if (!page_acting_answered(request, reply, outcome, "add_profile"))
        show_new(request, reply, 200, &acting, &empty);
}

/* The person is there by now; whether the mark was given is another matter, and said so. */
static void add_mark(struct web_request *request, struct web_reply *reply, const struct acting *acting,
                     const struct profile *target)
{
    const enum mark_outcome outcome = make_administrator(&request->action, acting, target);
    if (outcome != MARK_DONE)
        web_trouble(reply, &request->action.trouble);
    person_redirect(request, reply, target, outcome == MARK_DONE ? "added" : "added_unmarked");
}

void page_person_add(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    const enum acting_outcome allowed = act_as_profile(&request->action, request->session, POLICY_ADD_PROFILE, &acting);
    if (page_acting_answered(request, reply, allowed, "add_profile"))
        return;
    struct keep_result result;
    const struct profile_form form = profile_form_sent(request);
    const enum keep_outcome outcome =
        add_profile(&request->action, &acting, &form, web_box(request, "invite"), &result);
    if (outcome == KEEP_FAULTY) {
        web_outcome(reply, "add_profile", "faulty");
        profile_form_faults(reply, &result);
        show_new(request, reply, 422, &acting, &form);
        return;
    }
    if (outcome != KEEP_DONE) {
        profile_form_failed(request, reply, outcome, "add_profile");
        return;
    }
    web_outcome(reply, "add_profile", "done");
    if (web_box(request, "administrator"))
        add_mark(request, reply, &acting, &result.profile);
    else
        person_redirect(request, reply, &result.profile, "added");
}

/* ---- seeing ---- */

/* What the form shows, and what it says that it was. */
struct shown {
    struct profile_form form, was;
    bool administrator, was_administrator;
};

static void show_person_page(struct web_request *request, struct web_reply *reply, unsigned status,
                             const struct acting *acting, const struct profile *target, const struct shown *shown)
{
    const struct person person = person_of(&request->action, acting, target);
    struct view_data *data = view_object();
    view_child(data, "organization", show_organization(&acting->organization, request->action.now));
    view_child(data, "person", show_person(&person));
    profile_form_show(data, "form", &shown->form);
    profile_form_show(data, "was", &shown->was);
    view_flag(data, "administrator", shown->administrator);
    view_flag(data, "was_administrator", shown->was_administrator);
    if (strcmp(request->route->method, "GET") == 0)
        view_text(data, "done", web_value(request, "done"));
    web_page(reply, status, "page/person", data);
}

void person_show(struct web_request *request, struct web_reply *reply, unsigned status, const struct acting *acting,
                 const struct profile *target)
{
    const bool is_administrator = organization_has_administrator(&acting->organization, target->dn);
    const struct profile_form form = profile_form_of(request->action.arena, target);
    const struct shown shown = { form, form, is_administrator, is_administrator };
    show_person_page(request, reply, status, acting, target, &shown);
}

void page_person(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    struct profile target;
    if (page_target(request, reply, POLICY_EDIT_PROFILE, &acting, &target))
        person_show(request, reply, 200, &acting, &target);
}

/* ---- saving ---- */

static void show_again(struct web_request *request, struct web_reply *reply, const struct acting *acting,
                       const struct shown *sent, const struct keep_result *result)
{
    struct shown shown = *sent;
    if (result->changed != 0) {
        const struct profile_form now = profile_form_of(request->action.arena, &result->profile);
        profile_form_conflict(reply, result, &now);
        shown.form = profile_form_merged(&sent->was, &sent->form, &now);
        shown.was = now;
    }
    profile_form_faults(reply, result);
    show_person_page(request, reply, result->changed != 0 ? 409 : 422, acting, &result->profile, &shown);
}

/* True: there is nothing to say about the mark. */
static bool save_mark(struct web_request *request, struct web_reply *reply, const struct acting *acting,
                      const struct shown *sent, const struct profile *target)
{
    if (sent->administrator == sent->was_administrator)
        return true;
    const enum mark_outcome outcome = sent->administrator ? make_administrator(&request->action, acting, target)
                                                          : unmake_administrator(&request->action, acting, target);
    return !person_mark_answered(request, reply, acting, target, outcome);
}

bool person_mark_answered(struct web_request *request, struct web_reply *reply, const struct acting *acting,
                          const struct profile *target, enum mark_outcome outcome)
{
    switch (outcome) {
    case MARK_DONE: return false;
    case MARK_LAST:
        web_outcome(reply, "unmake_administrator", "last");
        web_form_error(reply, "administrator", "only_administrator", NULL);
        person_show(request, reply, 409, acting, target);
        return true;
    case MARK_REFUSED:
        web_outcome(reply, "make_administrator", "refused_by_directory");
        web_trouble(reply, &request->action.trouble);
        web_problem(reply, 403, "not_allowed_there", NULL);
        return true;
    case MARK_TROUBLE: break;
    }
    page_trouble(request, reply);
    return true;
}

/* Without was_..., a program's form: it counts as read just now, and a box that it leaves out unmakes nobody. */
static struct shown read_sent(struct web_request *request, const struct acting *acting, const struct profile *target)
{
    const bool compares = profile_form_has_was(request);
    struct shown sent = { .form = profile_form_sent(request), .administrator = web_box(request, "administrator") };
    sent.was = compares ? profile_form_was(request) : profile_form_of(request->action.arena, target);
    sent.was_administrator = compares ? web_box(request, "was_administrator") : false;
    if (!compares && organization_has_administrator(&acting->organization, target->dn))
        sent.was_administrator = sent.administrator = true;
    return sent;
}

void page_person_save(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    struct profile target;
    struct keep_result result;
    if (!page_target(request, reply, POLICY_EDIT_PROFILE, &acting, &target))
        return;
    const struct shown sent = read_sent(request, &acting, &target);
    const enum keep_outcome outcome = edit_profile(&request->action, &acting, &target, &sent.was, &sent.form, &result);
    if (outcome == KEEP_FAULTY || outcome == KEEP_CONFLICT) {
        web_outcome(reply, "edit_profile", outcome == KEEP_FAULTY ? "faulty" : "conflict");
        show_again(request, reply, &acting, &sent, &result);
        return;
    }
    if (outcome != KEEP_DONE) {
        profile_form_failed(request, reply, outcome, "edit_profile");
        return;
    }
    web_outcome(reply, "edit_profile", "done");
    if (!save_mark(request, reply, &acting, &sent, &target))
        return;
    if (!sent.administrator && sent.was_administrator && (acting.facts & FACT_TARGET_IS_ME) != 0)
        web_redirect(reply, "/"); /* no longer theirs to see */
    else
        person_redirect(request, reply, &target, "saved");
}
