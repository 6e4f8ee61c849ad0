/* SPDX-License-Identifier: Apache-2.0 */
/* Home: who one is here, and the way on. Somebody without a profile is asked for the registered address first (S1), somebody
 * with several chooses (S15). */
#include "web/pages/pages.h"

#include "actions/operate.h"

/* Does the plan that lasts longest end so soon that its people are told? */
static bool ends_soon(const struct web_request *request, const struct service_plan *plan)
{
    return plan != NULL && plan->ends != INT64_MAX &&
           plan->ends - request->action.now <= request->action.config->pages_plan_warning;
}

/* Whom to ask about the plan: the organisation's main contact, if there is one. */
static struct view_data *show_contact(struct web_request *request, const struct organization *organization)
{
    struct action_context *action = &request->action;
    struct profile contact;
    if (organization->main_contact == NULL || profile_by_dn(action->directory, action->config, action->arena,
                                                            organization->main_contact, &contact, NULL) != LK_OK)
        return NULL;
    struct view_data *data = view_object();
    view_text(data, "name", contact.display_name);
    view_text(data, "mail", contact.mail);
    return data;
}

static void show_home(struct web_request *request, struct web_reply *reply, const struct reach *reach, bool allowed)
{
    struct view_data *data = view_object();
    view_child(data, "account", show_account(&request->session->account));
    view_child(data, "profile", show_profile(&reach->profile));
    view_child(data, "organization", show_organization(&reach->organization, request->action.now));
    view_flag(data, "allowed", allowed);
    const bool is_ending = allowed && ends_soon(request, reach->plan);
    view_flag(data, "ending", is_ending);
    struct view_data *contact = allowed && !is_ending ? NULL : show_contact(request, &reach->organization);
    if (contact != NULL)
        view_child(data, "contact", contact);
    web_page(reply, 200, "page/home", data);
}

/* Operators need no profile. */
static void redirect_without_profile(struct web_request *request, struct web_reply *reply)
{
    const char *name = NULL;
    const bool is_operator = operator_name(&request->action, request->session->account.dn, NULL, &name) == LK_OK;
    web_redirect(reply, is_operator ? "/operator" : "/associate");
}

void page_home(struct web_request *request, struct web_reply *reply)
{
    struct reach reach;
    switch (reach_service(&request->action, request->session, &reach)) {
    case REACH_ALLOWED: show_home(request, reply, &reach, true); return;
    case REACH_NO_PLAN: show_home(request, reply, &reach, false); return;
    case REACH_NO_PROFILE: redirect_without_profile(request, reply); return;
    case REACH_UNDECIDED: web_redirect(reply, "/select"); return;
    case REACH_TROUBLE: break;
    }
    page_trouble(request, reply);
}
