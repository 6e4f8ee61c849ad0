/* SPDX-License-Identifier: Apache-2.0 */
/* Home: who one is here, and the way on. Somebody without a profile is asked for the registered address first (S1), somebody
 * with several chooses (S15). */
#include "web/pages/pages.h"

static void show_home(struct web_request *request, struct web_reply *reply, const struct reach *reach, bool allowed)
{
    struct view_data *data = view_object();
    view_child(data, "account", show_account(&request->session->account));
    view_child(data, "profile", show_profile(&reach->profile));
    view_child(data, "organization", show_organization(&reach->organization, request->action.now));
    view_flag(data, "allowed", allowed);
    web_page(reply, 200, "page/home", data);
}

void page_home(struct web_request *request, struct web_reply *reply)
{
    struct reach reach;
    switch (reach_service(&request->action, request->session, &reach)) {
    case REACH_ALLOWED: show_home(request, reply, &reach, true); return;
    case REACH_NO_PLAN: show_home(request, reply, &reach, false); return;
    case REACH_NO_PROFILE: web_redirect(reply, "/associate"); return;
    case REACH_UNDECIDED: web_redirect(reply, "/select"); return;
    case REACH_TROUBLE: break;
    }
    page_trouble(request, reply);
}

void page_account(struct web_request *request, struct web_reply *reply)
{
    struct view_data *data = view_object();
    view_child(data, "account", show_account(&request->session->account));
    struct view_data *session = view_object();
    view_time(session, "begun", request->session->begun);
    view_time(session, "ends", request->session->ends);
    view_flag(session, "kept", request->session->kept);
    view_child(data, "session", session);
    web_page(reply, 200, "page/account", data);
}
