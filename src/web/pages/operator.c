/* SPDX-License-Identifier: Apache-2.0 */
/* The vendor's staff: the list of organisations, and a new one. */
#include "web/pages/operator.h"

#include "actions/create_organization.h"
#include "actions/set_plans.h"
#include "base/encoding.h"
#include "logging/log.h"

/* ---- shared ---- */

const char *operator_path(const struct web_request *request, const uint8_t id[static 16], const char *done)
{
    char text[LK_UUID_TEXT_LEN + 1];
    lk_uuid_format(id, text);
    return lk_arena_format(request->action.arena, "/operator/%s%s%s", text,
                           done == NULL ? "" : "?done=", done == NULL ? "" : done);
}

static const char *const outcome_names[] = {
    [OPERATE_TROUBLE] = "trouble",
    [OPERATE_DONE] = "done",
    [OPERATE_NOT_OPERATOR] = "not_operator",
    [OPERATE_NO_SECOND_FACTOR] = "no_second_factor",
    [OPERATE_ABSENT] = "absent",
    [OPERATE_CHANGED] = "changed",
    [OPERATE_TAKEN] = "taken",
    [OPERATE_LAST] = "last",
    [OPERATE_FORM] = "form",
    [OPERATE_REFUSED] = "refused",
};

void operator_note(const struct web_request *request, struct web_reply *reply, const struct operator_note *note)
{
    const enum log_level level = note->outcome == OPERATE_NOT_OPERATOR || note->outcome == OPERATE_NO_SECOND_FACTOR ||
                                         note->outcome == OPERATE_REFUSED
                                     ? LOG_LEVEL_WARNING
                                     : LOG_LEVEL_INFO;
    const char *why = note->outcome == OPERATE_REFUSED ? request->action.trouble.words : NULL;
    web_outcome(reply, note->action, outcome_names[note->outcome]);
    log_write(level, "operator", log_text("req", request->id), log_text("action", note->action),
              log_text("outcome", outcome_names[note->outcome]), log_text("actor", request->session->account.name),
              log_text("as", request->action.acting_as), log_text("organization", note->organization),
              log_text("what", note->what), log_text("former", note->former), log_text("reason", note->reason),
              log_text("why", why));
}

bool operator_answered(const struct web_request *request, struct web_reply *reply, enum operate_outcome outcome)
{
    switch (outcome) {
    case OPERATE_DONE:
    case OPERATE_CHANGED:
    case OPERATE_TAKEN:
    case OPERATE_LAST:
    case OPERATE_FORM:
    case OPERATE_REFUSED: return false;
    case OPERATE_NOT_OPERATOR: web_problem(reply, 403, "not_operator", NULL); return true;
    case OPERATE_NO_SECOND_FACTOR: page_second_factor_needed(request, reply); return true;
    case OPERATE_ABSENT: web_problem(reply, 404, "not_found", NULL); return true;
    case OPERATE_TROUBLE: break;
    }
    page_trouble(request, reply);
    return true;
}

void operator_form_error(const struct web_request *request, struct web_reply *reply, enum operate_outcome outcome)
{
    static const char *const KEYS[] = {
        [OPERATE_CHANGED] = "changed_meanwhile", [OPERATE_TAKEN] = "person_taken",
        [OPERATE_LAST] = "last_administrator",   [OPERATE_FORM] = "same_administrator",
        [OPERATE_REFUSED] = "directory_refused",
    };
    struct view_data *data = view_object();
    view_text(data, "words", request->action.trouble.words);
    web_form_error(reply, "main", KEYS[outcome], data);
}

void operator_plan_errors(struct web_reply *reply, unsigned faults)
{
    if ((faults & PLAN_NAME_MISSING) != 0)
        web_form_error(reply, "plan", "plan_missing", NULL);
    if ((faults & PLAN_NAME_BAD) != 0)
        web_form_error(reply, "plan", "plan_bad", NULL);
    if ((faults & PLAN_UNTIL_BAD) != 0)
        web_form_error(reply, "until", "day_bad", NULL);
}

/* ---- the list ---- */

void page_operator(struct web_request *request, struct web_reply *reply)
{
    const char *text = web_value(request, "q");
    struct organization_list found = { 0 };
    const enum operate_outcome outcome = list_organizations(&request->action, request->session, text, &found);
    if (operator_answered(request, reply, outcome)) {
        web_outcome(reply, "list_organizations", outcome_names[outcome]);
        return;
    }
    struct view_data *list = view_list();
    for (size_t i = 0; i < found.count; i++) {
        struct view_data *item = show_organization(&found.items[i], request->action.now);
        char id[LK_UUID_TEXT_LEN + 1];
        lk_uuid_format(found.items[i].id, id);
        view_text(item, "id", id);
        view_append(list, item);
    }
    struct view_data *form = view_object();
    view_text(form, "q", text);
    struct view_data *data = view_object();
    view_child(data, "form", form);
    view_child(data, "organizations", list);
    view_flag(data, "more", found.more);
    view_number(data, "most", OPERATE_ORGANIZATIONS_MOST);
    web_page(reply, 200, "page/operator", data);
}

/* ---- a new one ---- */

static const char *const new_fields[] = { "name", "plan", "until", "person", "mail" };

static void show_new(struct web_request *request, struct web_reply *reply, unsigned status, bool is_typed)
{
    struct view_data *data = view_object();
    struct view_data *form = view_object();
    for (size_t i = 0; is_typed && i < sizeof new_fields / sizeof *new_fields; i++)
        view_text(form, new_fields[i], web_value(request, new_fields[i]));
    view_child(data, "form", form);
    web_page(reply, status, "page/operator_new", data);
}

void page_operator_new(struct web_request *request, struct web_reply *reply)
{
    const char *as = NULL;
    const enum operate_outcome outcome =
        operate_as(&request->action, request->session, POLICY_CREATE_ORGANIZATION, &as);
    if (outcome == OPERATE_NOT_OPERATOR)
        web_outcome(reply, "create_organization", "not_operator");
    if (!operator_answered(request, reply, outcome))
        show_new(request, reply, 200, false);
}

static const struct {
    unsigned fault;
    const char *field;
    const char *key;
} new_errors[] = {
    {ORGANIZATION_NAME_MISSING,    "name",   "organization_name_missing"},
    { ORGANIZATION_NAME_LONG,      "name",   "organization_name_long"   },
    { ORGANIZATION_PERSON_MISSING, "person", "person_name_missing"      },
    { ORGANIZATION_PERSON_LONG,    "person", "person_name_long"         },
    { ORGANIZATION_MAIL_MISSING,   "mail",   "mail_missing"             },
};

static void show_new_again(struct web_request *request, struct web_reply *reply, enum operate_outcome outcome,
                           unsigned faults)
{
    for (size_t i = 0; i < sizeof new_errors / sizeof *new_errors; i++) {
        if ((faults & new_errors[i].fault) != 0)
            web_form_error(reply, new_errors[i].field, new_errors[i].key, NULL);
    }
    operator_plan_errors(reply, faults);
    if (outcome == OPERATE_TAKEN)
        web_form_error(reply, "name", "organization_taken", NULL);
    else if (outcome != OPERATE_FORM)
        operator_form_error(request, reply, outcome);
    show_new(request, reply, outcome == OPERATE_TAKEN ? 409 : 422, true);
}

void page_operator_new_submit(struct web_request *request, struct web_reply *reply)
{
    const bool mail_is_bad = web_field_is_bad(request, "mail");
    const struct organization_form form = { .name = web_value(request, "name"),
                                            .plan = web_value(request, "plan"),
                                            .until = web_value(request, "until"),
                                            .person = web_value(request, "person"),
                                            .mail = mail_is_bad ? "" : web_value(request, "mail") };
    struct creation creation;
    const enum operate_outcome outcome = create_organization(&request->action, request->session, &form, &creation);
    operator_note(
        request, reply,
        &(struct operator_note){
            .action = "create_organization", .outcome = outcome, .organization = form.name, .what = form.person });
    if (creation.has_organization) {
        web_redirect(reply,
                     operator_path(request, creation.organization.id, outcome == OPERATE_DONE ? "created" : NULL));
        return;
    }
    if (operator_answered(request, reply, outcome))
        return;
    if (mail_is_bad && (creation.faults & ORGANIZATION_MAIL_MISSING) != 0) {
        web_form_error(reply, "mail", "mail_bad", NULL);
        creation.faults &= ~(unsigned) ORGANIZATION_MAIL_MISSING;
    }
    show_new_again(request, reply, outcome, creation.faults);
}
