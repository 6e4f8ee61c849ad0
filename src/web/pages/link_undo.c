/* SPDX-License-Identifier: Apache-2.0 */
/* "This was not me", behind the links of letters that tell of a change. Nobody need be signed in; what the pages show stood in the
 * letter. */
#include "web/pages/link_steps.h"

#include "actions/undo_mail.h"
#include "actions/undo_tie.h"

static struct view_data *show_what(const struct profile *profile, const struct organization *organization)
{
    struct view_data *data = view_object();
    struct view_data *target = view_object();
    struct view_data *house = view_object();
    view_text(target, "name", profile->display_name);
    view_text(target, "mail", profile->mail);
    view_child(data, "target", target);
    view_text(house, "name", organization->name);
    view_child(data, "organization", house);
    return data;
}

/* ---- a profile has moved to another account ---- */

void link_show_undo_tie(struct web_request *request, struct web_reply *reply, const char *token,
                        const struct link_claim *claim)
{
    struct undo_tie_view view;
    const enum link_outcome outcome = open_undo_tie(&request->action, claim, &view);
    if (outcome != LINK_LIVE) {
        link_show_dead(request, reply, outcome);
        return;
    }
    struct view_data *data = show_what(&view.profile, &view.organization);
    view_text(data, "token", token);
    view_time(data, "until", claim->expires);
    web_page(reply, 200, "page/link_undo_tie", data);
}

void link_redeem_undo_tie(struct web_request *request, struct web_reply *reply, const char *token,
                          const struct link_claim *claim)
{
    (void) token;
    struct undo_tie_view view;
    const enum link_outcome outcome = redeem_undo_tie(&request->action, claim, &view);
    if (outcome != LINK_LIVE) {
        link_show_dead(request, reply, outcome);
        return;
    }
    web_outcome(reply, "undo_tie", "done");
    struct view_data *data = show_what(&view.profile, &view.organization);
    view_text(data, "what", "tie");
    web_page(reply, 200, "page/undone", data);
}

/* ---- a profile's address is changing, or has changed ---- */

static struct view_data *show_mail(const struct undo_mail_view *view)
{
    struct view_data *data = show_what(&view->profile, &view->organization);
    view_text(data, "mail", view->mail);
    view_text(data, "wanted", view->wanted);
    view_flag(data, "replaced", view->is_replaced);
    return data;
}

void link_show_undo_mail(struct web_request *request, struct web_reply *reply, const char *token,
                         const struct link_claim *claim)
{
    struct undo_mail_view view;
    const enum link_outcome outcome = open_undo_mail(&request->action, claim, &view);
    if (outcome != LINK_LIVE) {
        link_show_dead(request, reply, outcome);
        return;
    }
    struct view_data *data = show_mail(&view);
    view_text(data, "token", token);
    view_time(data, "until", claim->expires);
    web_page(reply, 200, "page/link_undo_mail", data);
}

void link_redeem_undo_mail(struct web_request *request, struct web_reply *reply, const char *token,
                           const struct link_claim *claim)
{
    (void) token;
    struct undo_mail_view view;
    const enum link_outcome outcome = redeem_undo_mail(&request->action, claim, &view);
    if (outcome != LINK_LIVE) {
        link_show_dead(request, reply, outcome);
        return;
    }
    web_outcome(reply, "undo_mail", "done");
    struct view_data *data = show_mail(&view);
    view_text(data, "what", "mail");
    web_page(reply, 200, "page/undone", data);
}
