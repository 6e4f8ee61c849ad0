/* SPDX-License-Identifier: Apache-2.0 */
#include "web/pages/pages.h"

#include <string.h>

void page_select(struct web_request *request, struct web_reply *reply)
{
    struct profile_choice *choices = NULL;
    size_t count = 0;
    if (list_profiles(&request->action, request->session, &choices, &count) != LIST_DONE) {
        page_trouble(request, reply);
        return;
    }
    const struct session *session = request->session;
    struct view_data *list = view_list();
    for (size_t i = 0; i < count; i++) {
        struct view_data *item = show_profile(&choices[i].profile);
        view_child(item, "organization", show_organization(&choices[i].organization, request->action.now));
        view_flag(item, "selected", session->has_profile && memcmp(session->profile, choices[i].profile.id, 16) == 0);
        view_append(list, item);
    }
    struct view_data *data = view_object();
    view_child(data, "account", show_account(&session->account));
    view_child(data, "profiles", list);
    web_page(reply, 200, "page/select", data);
}

void page_select_submit(struct web_request *request, struct web_reply *reply)
{
    uint8_t id[16];
    if (web_identifier(request, "profile", id) != LK_OK) {
        web_problem(reply, 400, "field_bad", NULL);
        return;
    }
    web_actor(reply, request->session->account.name);
    switch (select_profile(&request->action, request->session, id)) {
    case SELECT_DONE:
        web_outcome(reply, "select_profile", "done");
        web_redirect(reply, "/");
        return;
    case SELECT_NOT_YOURS:
        web_outcome(reply, "select_profile", "not_yours");
        web_problem(reply, 404, "not_found", NULL);
        return;
    case SELECT_SIGNED_OUT: web_problem(reply, 401, "not_signed_in", NULL); return;
    case SELECT_TROUBLE: break;
    }
    page_trouble(request, reply);
}
