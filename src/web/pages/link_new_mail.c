/* SPDX-License-Identifier: Apache-2.0 */
/* Behind the link that confirms the new address of one's own profile. */
#include "web/pages/link_steps.h"

#include "actions/change_own_mail.h"

static struct view_data *show_view(const struct web_request *request, const struct new_mail_view *view)
{
    struct view_data *data = view_object();
    view_child(data, "account", show_account(&request->session->account));
    view_child(data, "target", show_profile(&view->profile));
    view_child(data, "organization", show_organization(&view->organization, request->action.now));
    view_text(data, "mail", view->mail);
    return data;
}

void link_show_new_mail(struct web_request *request, struct web_reply *reply, const char *token,
                        const struct link_claim *claim)
{
    struct new_mail_view view;
    const enum link_outcome outcome = open_new_mail(&request->action, request->session, claim, &view);
    if (outcome != LINK_LIVE && outcome != LINK_ALREADY) {
        link_show_dead(request, reply, outcome);
        return;
    }
    struct view_data *data = show_view(request, &view);
    if (outcome == LINK_LIVE)
        view_text(data, "token", token);
    web_page(reply, 200, outcome == LINK_LIVE ? "page/link_new_mail" : "page/new_mail_confirmed", data);
}

void link_redeem_new_mail(struct web_request *request, struct web_reply *reply, const char *token,
                          const struct link_claim *claim)
{
    (void) token;
    struct new_mail_view view;
    const enum link_outcome outcome = redeem_new_mail(&request->action, request->session, claim, &view);
    if (outcome != LINK_LIVE && outcome != LINK_ALREADY) {
        link_show_dead(request, reply, outcome);
        return;
    }
    web_outcome(reply, "confirm_new_mail", outcome == LINK_LIVE ? "done" : "already");
    web_page(reply, 200, "page/new_mail_confirmed", show_view(request, &view));
}
