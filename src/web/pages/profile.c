/* SPDX-License-Identifier: Apache-2.0 */
/* One's own profile: seen and kept up (S17), and moved to another account by an invite to oneself (S16). The address is the
 * administrator's to change: it is what the profile is found by. */
#include "web/pages/person.h"
#include "web/pages/profile_form.h"

#include "actions/invite.h"

#include <string.h>

static void show_own(struct web_request *request, struct web_reply *reply, unsigned status, const struct acting *acting,
                     const struct profile *target, const struct profile_form *form, const struct profile_form *was)
{
    const struct person person = person_of(&request->action, acting, target);
    struct view_data *data = view_object();
    view_child(data, "account", show_account(&request->session->account));
    view_child(data, "organization", show_organization(&acting->organization, request->action.now));
    view_child(data, "person", show_person(&person));
    profile_form_show(data, "form", form);
    profile_form_show(data, "was", was);
    if (strcmp(request->route->method, "GET") == 0)
        view_text(data, "done", web_value(request, "done"));
    web_page(reply, status, "page/profile", data);
}

static bool act_on_own(struct web_request *request, struct web_reply *reply, enum policy_act act,
                       struct acting *acting_out, struct profile *target_out)
{
    const enum acting_outcome outcome =
        act_upon_oneself(&request->action, request->session, act, acting_out, target_out);
    return !page_acting_answered(request, reply, outcome, policy_act_name(act));
}

void page_profile(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    struct profile target;
    if (!act_on_own(request, reply, POLICY_EDIT_OWN_PROFILE, &acting, &target))
        return;
    const struct profile_form form = profile_form_of(request->action.arena, &target);
    show_own(request, reply, 200, &acting, &target, &form, &form);
}

void page_profile_save(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    struct profile target;
    struct keep_result result;
    if (!act_on_own(request, reply, POLICY_EDIT_OWN_PROFILE, &acting, &target))
        return;
    struct profile_form form = profile_form_sent(request);
    struct profile_form was =
        profile_form_has_was(request) ? profile_form_was(request) : profile_form_of(request->action.arena, &target);
    form.values[PROFILE_MAIL] = was.values[PROFILE_MAIL] = "";
    const enum keep_outcome outcome = edit_profile(&request->action, &acting, &target, &was, &form, &result);
    if (outcome == KEEP_FAULTY || outcome == KEEP_CONFLICT) {
        const struct profile_form now = profile_form_of(request->action.arena, &result.profile);
        web_outcome(reply, "edit_own_profile", outcome == KEEP_FAULTY ? "faulty" : "conflict");
        profile_form_conflict(reply, &result, &now);
        profile_form_faults(reply, &result);
        if (outcome == KEEP_CONFLICT) {
            form = profile_form_merged(&was, &form, &now);
            was = now;
        }
        show_own(request, reply, outcome == KEEP_CONFLICT ? 409 : 422, &acting, &result.profile, &form, &was);
        return;
    }
    if (outcome != KEEP_DONE) {
        profile_form_failed(request, reply, outcome, "edit_own_profile");
        return;
    }
    web_outcome(reply, "edit_own_profile", "done");
    web_redirect(reply, "/profile?done=saved");
}

void page_profile_invite(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    struct profile target;
    if (!act_on_own(request, reply, POLICY_SEND_INVITE, &acting, &target))
        return;
    if (!person_invite_answered(request, reply, send_invite(&request->action, &acting, &target), "send_invite"))
        web_redirect(reply, "/profile?done=invited");
}
