/* SPDX-License-Identifier: Apache-2.0 */
/* "This was not me", behind the links of letters that tell of a change. Nobody need be signed in; what the pages show stood in the
 * letter. */
#include "web/pages/link_steps.h"

#include "actions/undo_tie.h"

static struct view_data *show_what(const struct web_request *request, const struct profile *profile,
                                   const struct organization *organization)
{
    struct view_data *data = view_object();
    view_child(data, "target", show_profile(profile));
    view_child(data, "organization", show_organization(organization, request->action.now));
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
    struct view_data *data = show_what(request, &view.profile, &view.organization);
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
    struct view_data *data = show_what(request, &view.profile, &view.organization);
    view_text(data, "what", "tie");
    web_page(reply, 200, "page/undone", data);
}
