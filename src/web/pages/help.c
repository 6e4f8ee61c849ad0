/* SPDX-License-Identifier: Apache-2.0 */
/* "My administrator has gone" (S6): tells the vendor's staff. */
#include "web/pages/pages.h"

#include "actions/tell_operators.h"

static const char *const outcome_names[] = {
    [TELL_TROUBLE] = "trouble", [TELL_DONE] = "done",   [TELL_ALREADY] = "already", [TELL_NO_PROFILE] = "no_profile",
    [TELL_NOBODY] = "nobody",   [TELL_EMPTY] = "empty", [TELL_LONG] = "long",       [TELL_REFUSED] = "refused",
};

static void show(struct web_request *request, struct web_reply *reply, unsigned status, const char *typed)
{
    struct profile profile;
    struct organization organization;
    const enum tell_outcome outcome = may_tell_operators(&request->action, request->session, &profile, &organization);
    if (outcome == TELL_TROUBLE) {
        page_trouble(request, reply);
        return;
    }
    struct view_data *data = view_object();
    struct view_data *form = view_object();
    view_text(form, "reason", typed);
    view_child(data, "form", form);
    view_flag(data, "open", outcome == TELL_DONE);
    view_flag(data, "told", outcome == TELL_ALREADY);
    if (outcome != TELL_NO_PROFILE)
        view_child(data, "organization", show_organization(&organization, request->action.now));
    web_page(reply, status, "page/help_administrator", data);
}

void page_help_administrator(struct web_request *request, struct web_reply *reply)
{
    show(request, reply, 200, "");
}

void page_help_administrator_submit(struct web_request *request, struct web_reply *reply)
{
    const char *text = web_value(request, "reason");
    const enum tell_outcome outcome = tell_operators(&request->action, request->session, text);
    web_outcome(reply, "tell_operators", outcome_names[outcome]);
    switch (outcome) {
    case TELL_DONE:
    case TELL_ALREADY:
    case TELL_NOBODY: web_redirect(reply, "/help/administrator"); return;
    case TELL_NO_PROFILE: web_problem(reply, 403, "no_profile", NULL); return;
    case TELL_EMPTY: web_form_error(reply, "reason", "tell_missing", NULL); break;
    case TELL_LONG: web_form_error(reply, "reason", "tell_long", NULL); break;
    case TELL_REFUSED: web_problem(reply, 403, "forbidden", NULL); return;
    case TELL_TROUBLE: page_trouble(request, reply); return;
    }
    show(request, reply, 422, text);
}
