/* SPDX-License-Identifier: Apache-2.0 */
/* One's own profile: seen and kept up (S17), and moved to another account by an invite to oneself (S16). The address has a form of its
 * own: it is what the profile is found by, and changes only when a link sent to the new one has been opened. */
#include "web/pages/person.h"
#include "web/pages/profile_form.h"

#include "actions/change_own_mail.h"
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
    view_text(data, "new_mail", web_value(request, "mail"));
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

/* ---- the address ---- */

static void show_mail_faults(struct web_request *request, struct web_reply *reply, const struct acting *acting,
                             unsigned faults)
{
    const struct keep_result result = { .faults = faults };
    const struct profile_form form = profile_form_of(request->action.arena, &acting->profile);
    profile_form_faults(reply, &result);
    show_own(request, reply, 422, acting, &acting->profile, &form, &form);
}

static const struct {
    unsigned status; /* 0: done */
    const char *outcome;
    const char *key; /* of the problem; or where to go */
} change_words[] = {
    [CHANGE_MAIL_TROUBLE] = {503,  "trouble",              NULL                      },
    [CHANGE_MAIL_ASKED] = { 0,   "asked",                "/profile?done=mail_asked"},
    [CHANGE_MAIL_KEPT] = { 0,   "kept",                 "/profile?done=mail_kept" },
    [CHANGE_MAIL_FAULTY] = { 422, "faulty",               NULL                      },
    [CHANGE_MAIL_NO_ADDRESS] = { 409, "no_address",           "own_mail_missing"        },
    [CHANGE_MAIL_TOO_MANY] = { 429, "too_many",             "own_mail_too_many"       },
    [CHANGE_MAIL_GONE] = { 404, "gone",                 "person_gone"             },
    [CHANGE_MAIL_REFUSED] = { 403, "refused_by_directory", "not_allowed_there"       },
};

void page_profile_mail(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    struct profile target;
    unsigned faults = 0;
    if (!act_on_own(request, reply, POLICY_CHANGE_OWN_MAIL, &acting, &target))
        return;
    const char *mail = web_value(request, "mail");
    const enum change_mail_outcome outcome =
        change_own_mail(&request->action, request->session, &acting, mail == NULL ? "" : mail, &faults);
    web_outcome(reply, "change_own_mail", change_words[outcome].outcome);
    if (outcome == CHANGE_MAIL_FAULTY) {
        show_mail_faults(request, reply, &acting, faults);
        return;
    }
    if (outcome == CHANGE_MAIL_TROUBLE) {
        page_trouble(request, reply);
        return;
    }
    if (change_words[outcome].status == 0) {
        web_redirect(reply, change_words[outcome].key);
        return;
    }
    if (outcome == CHANGE_MAIL_REFUSED)
        web_trouble(reply, &request->action.trouble);
    web_problem(reply, change_words[outcome].status, change_words[outcome].key, NULL);
}

void page_profile_invite(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    struct profile target;
    if (!act_on_own(request, reply, POLICY_SEND_INVITE, &acting, &target))
        return;
    int64_t wait = 0;
    const enum invite_outcome outcome = invite_oneself(&request->action, request->session, &acting, &wait);
    if (outcome == INVITE_TOO_SOON) {
        const struct profile_form form = profile_form_of(request->action.arena, &target);
        web_outcome(reply, "send_invite", "too_soon");
        page_wait_for_message(reply, "invite", wait);
        show_own(request, reply, 429, &acting, &target, &form, &form);
        return;
    }
    if (!person_invite_answered(request, reply, outcome, "send_invite"))
        web_redirect(reply, "/profile?done=invited");
}
