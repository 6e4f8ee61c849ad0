/* SPDX-License-Identifier: Apache-2.0 */
/* The vendor's staff: one organisation, its plans, its main contact, and who administers it. */
#include "web/pages/operator.h"

#include "actions/declare_administrator.h"
#include "actions/set_plans.h"
#include "base/clock.h"
#include "base/encoding.h"

#include <string.h>

/* ---- what is shown ---- */

/* YYYY-MM-DD, as the form has it. */
static const char *day_of(struct lk_arena *arena, int64_t when)
{
    char text[LK_CLOCK_GENERALIZED_LEN + 1];
    lk_clock_generalized(when, text);
    return lk_arena_format(arena, "%.4s-%.2s-%.2s", text, text + 4, text + 6);
}

static struct view_data *show_plans(const struct web_request *request, const struct organization *organization)
{
    struct view_data *list = view_list();
    for (size_t i = 0; i < organization->plan_count; i++) {
        const struct service_plan *plan = &organization->plans[i];
        struct view_data *item = show_plan(plan);
        if (plan->ends != INT64_MAX)
            view_text(item, "day", day_of(request->action.arena, plan->ends));
        view_flag(item, "ended", plan->ends <= request->action.now);
        view_append(list, item);
    }
    return list;
}

static struct view_data *show_administrators(const struct organization_view *view)
{
    struct view_data *list = view_list();
    for (size_t i = 0; i < view->administrator_count; i++) {
        const struct administrator_view *administrator = &view->administrators[i];
        struct view_data *item = administrator->is_missing ? view_object() : show_profile(&administrator->profile);
        view_text(item, "dn", administrator->dn);
        view_flag(item, "missing", administrator->is_missing);
        if (administrator->is_missing)
            view_text(item, "name", administrator->name);
        view_append(list, item);
    }
    return list;
}

static struct view_data *show_people(const struct organization_view *view)
{
    struct view_data *list = view_list();
    for (size_t i = 0; i < view->people.count; i++) {
        const struct profile *profile = &view->people.items[i];
        struct view_data *item = show_profile(profile);
        view_flag(item, "administrator", organization_has_administrator(&view->organization, profile->dn));
        view_flag(item, "contact",
                  view->has_main_contact && memcmp(view->main_contact.id, profile->id, sizeof profile->id) == 0);
        view_append(list, item);
    }
    return list;
}

/* The first administrator without a profile, whom the form below offers to add. */
static const char *missing_name(const struct organization_view *view)
{
    for (size_t i = 0; i < view->administrator_count; i++) {
        if (view->administrators[i].is_missing && view->administrators[i].name != NULL)
            return view->administrators[i].name;
    }
    return NULL;
}

static struct view_data *show_view(const struct web_request *request, const struct organization_view *view)
{
    struct view_data *organization = show_organization(&view->organization, request->action.now);
    char id[LK_UUID_TEXT_LEN + 1];
    lk_uuid_format(view->organization.id, id);
    view_text(organization, "id", id);
    struct view_data *data = view_object();
    view_child(data, "organization", organization);
    view_child(data, "plans", show_plans(request, &view->organization));
    if (view->has_main_contact)
        view_child(data, "contact", show_profile(&view->main_contact));
    view_child(data, "administrators", show_administrators(view));
    view_flag(data, "more_administrators", view->more_administrators);
    view_child(data, "people", show_people(view));
    view_flag(data, "more_people", view->people.more);
    view_text(data, "missing", missing_name(view));
    return data;
}

static bool read_organization_id(const struct web_request *request, struct web_reply *reply, uint8_t id[static 16])
{
    if (lk_uuid_parse(request->segment, strlen(request->segment), id) == LK_OK)
        return true;
    web_problem(reply, 404, "not_found", NULL);
    return false;
}

/* Whatever of these the request's form has is shown again; `search` is what the list of people was searched for. */
static void show(struct web_request *request, struct web_reply *reply, unsigned status, const char *search)
{
    static const char *const FIELDS[] = { "plan", "until", "name", "mail", "reason" };
    uint8_t id[16];
    struct organization_view view;
    if (!read_organization_id(request, reply, id))
        return;
    const enum operate_outcome outcome = open_organization(&request->action, request->session, id, search, &view);
    if (outcome == OPERATE_NOT_OPERATOR)
        web_outcome(reply, "open_organization", "not_operator");
    if (operator_answered(request, reply, outcome))
        return;
    struct view_data *data = show_view(request, &view);
    struct view_data *form = view_object();
    view_text(form, "q", search);
    for (size_t i = 0; status != 200 && i < sizeof FIELDS / sizeof *FIELDS; i++)
        view_text(form, FIELDS[i], web_value(request, FIELDS[i]));
    view_child(data, "form", form);
    if (status == 200)
        view_text(data, "done", web_value(request, "done"));
    web_page(reply, status, "page/operator_organization", data);
}

void page_operator_organization(struct web_request *request, struct web_reply *reply)
{
    show(request, reply, 200, web_value(request, "q"));
}

/* ---- what is done ---- */

/* Notes it, and answers: back to the page, a problem, or the page with what is wrong. `error_status` of a form with faults. */
static void finish(struct web_request *request, struct web_reply *reply, const struct operator_note *note,
                   const char *done)
{
    uint8_t id[16];
    operator_note(request, reply, note);
    if (operator_answered(request, reply, note->outcome) || !read_organization_id(request, reply, id))
        return;
    if (note->outcome == OPERATE_DONE) {
        web_redirect(reply, operator_path(request, id, done));
        return;
    }
    if (!web_has_form_errors(reply))
        operator_form_error(request, reply, note->outcome);
    show(request, reply, note->outcome == OPERATE_CHANGED || note->outcome == OPERATE_LAST ? 409 : 422, "");
}

void page_operator_plan_submit(struct web_request *request, struct web_reply *reply)
{
    uint8_t id[16];
    unsigned faults = 0;
    if (!read_organization_id(request, reply, id))
        return;
    const char *plan = web_value(request, "plan");
    const enum operate_outcome outcome =
        set_plan(&request->action, request->session, id, plan, web_value(request, "until"), &faults);
    if (outcome == OPERATE_FORM)
        operator_plan_errors(reply, faults);
    const char *what = lk_arena_format(request->action.arena, "%s until %s", plan, web_value(request, "until"));
    finish(request, reply,
           &(struct operator_note){
               .action = "set_plan", .outcome = outcome, .organization = request->segment, .what = what },
           "plan");
}

void page_operator_plan_remove_submit(struct web_request *request, struct web_reply *reply)
{
    uint8_t id[16];
    if (!read_organization_id(request, reply, id))
        return;
    const char *plan = web_value(request, "plan");
    const enum operate_outcome outcome = remove_plan(&request->action, request->session, id, plan);
    finish(request, reply,
           &(struct operator_note){
               .action = "remove_plan", .outcome = outcome, .organization = request->segment, .what = plan },
           "plan_removed");
}

void page_operator_contact_submit(struct web_request *request, struct web_reply *reply)
{
    uint8_t id[16];
    uint8_t profile[16];
    if (!read_organization_id(request, reply, id))
        return;
    if (web_identifier(request, "profile", profile) != LK_OK) {
        web_problem(reply, 400, "field_bad", NULL);
        return;
    }
    const enum operate_outcome outcome = set_main_contact(&request->action, request->session, id, profile);
    finish(request, reply,
           &(struct operator_note){ .action = "set_main_contact",
                                    .outcome = outcome,
                                    .organization = request->segment,
                                    .what = web_value(request, "profile") },
           "contact");
}

/* Who gives rights, or takes them, says whose and why. */
static bool is_complete(struct web_request *request, struct web_reply *reply)
{
    if (*web_value(request, "profile") == '\0' && *web_value(request, "former") == '\0')
        web_form_error(reply, "main", "nobody_declared", NULL);
    if (*web_value(request, "reason") == '\0')
        web_form_error(reply, "reason", "reason_missing", NULL);
    if (!web_has_form_errors(reply))
        return true;
    show(request, reply, 422, "");
    return false;
}

/* Somebody new, in the place of another or besides; or nobody new, and only the other's rights end. */
void page_operator_administrator_submit(struct web_request *request, struct web_reply *reply)
{
    struct declaration declaration = { .former = web_value(request, "former") };
    const char *profile = web_value(request, "profile");
    const bool is_removal = *profile == '\0';
    if (!read_organization_id(request, reply, declaration.organization) || !is_complete(request, reply))
        return;
    if (!is_removal && web_identifier(request, "profile", declaration.profile) != LK_OK) {
        web_problem(reply, 400, "field_bad", NULL);
        return;
    }
    const enum operate_outcome outcome =
        is_removal
            ? remove_administrator(&request->action, request->session, declaration.organization, declaration.former)
            : declare_administrator(&request->action, request->session, &declaration);
    finish(request, reply,
           &(struct operator_note){ .action = is_removal ? "remove_administrator" : "declare_administrator",
                                    .outcome = outcome,
                                    .organization = request->segment,
                                    .what = is_removal ? NULL : profile,
                                    .former = *declaration.former == '\0' ? NULL : declaration.former,
                                    .reason = web_value(request, "reason") },
           is_removal ? "administrator_removed" : "administrator");
}

void page_operator_administrator_new_submit(struct web_request *request, struct web_reply *reply)
{
    uint8_t id[16];
    if (!read_organization_id(request, reply, id))
        return;
    const char *name = web_value(request, "name");
    const char *mail = web_value(request, "mail");
    if (*name == '\0')
        web_form_error(reply, "name", "person_name_missing", NULL);
    if (*mail == '\0' || web_field_is_bad(request, "mail"))
        web_form_error(reply, "mail", *mail == '\0' ? "mail_missing" : "mail_bad", NULL);
    if (web_has_form_errors(reply)) {
        show(request, reply, 422, "");
        return;
    }
    const enum operate_outcome outcome = add_administrator(&request->action, request->session, id, name, mail);
    finish(request, reply,
           &(struct operator_note){
               .action = "add_administrator", .outcome = outcome, .organization = request->segment, .what = name },
           "administrator_added");
}
