/* SPDX-License-Identifier: Apache-2.0 */
/* What an administrator does to one person with one press: invite, call the invite back, make or unmake administrator, remove
 * (S3, S4, S5). */
#include "web/pages/person.h"

#include "actions/invite.h"
#include "actions/keep_profile.h"

/* ---- invites ---- */

static const struct {
    unsigned status; /* 0: done */
    const char *outcome;
    const char *key;
} invite_words[] = {
    [INVITE_TROUBLE] = {503,  "trouble",              NULL               },
    [INVITE_DONE] = { 0,   "done",                 NULL               },
    [INVITE_UNDER_WAY] = { 409, "under_way",            "invite_under_way" },
    [INVITE_NO_ADDRESS] = { 409, "no_address",           "invite_no_address"},
    [INVITE_GONE] = { 404, "gone",                 "person_gone"      },
    [INVITE_BUSY] = { 503, "busy",                 "busy"             },
    [INVITE_DENIED] = { 403, "refused_by_directory", "not_allowed_there"},
    [INVITE_TOO_SOON] = { 429, "too_soon",             "too_many_requests"},
};

bool person_invite_answered(struct web_request *request, struct web_reply *reply, enum invite_outcome outcome,
                            const char *action)
{
    web_outcome(reply, action, invite_words[outcome].outcome);
    if (outcome == INVITE_DONE)
        return false;
    if (outcome == INVITE_TROUBLE) {
        page_trouble(request, reply);
        return true;
    }
    if (outcome == INVITE_DENIED)
        web_trouble(reply, &request->action.trouble);
    web_problem(reply, invite_words[outcome].status, invite_words[outcome].key, NULL);
    return true;
}

void page_person_invite(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    struct profile target;
    if (!page_target(request, reply, POLICY_SEND_INVITE, &acting, &target))
        return;
    if (!person_invite_answered(request, reply, send_invite(&request->action, &acting, &target), "send_invite"))
        person_redirect(request, reply, &target, "invited");
}

void page_person_cancel_invite(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    struct profile target;
    if (!page_target(request, reply, POLICY_CANCEL_INVITE, &acting, &target))
        return;
    if (!person_invite_answered(request, reply, cancel_invite(&request->action, &acting, &target), "cancel_invite"))
        person_redirect(request, reply, &target, "cancelled");
}

/* ---- the administrator's mark ---- */

void page_person_administrator(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    struct profile target;
    const bool make = web_box(request, "administrator");
    const enum policy_act act = make ? POLICY_MAKE_ADMINISTRATOR : POLICY_UNMAKE_ADMINISTRATOR;
    if (!page_target(request, reply, act, &acting, &target))
        return;
    const enum mark_outcome outcome = make ? make_administrator(&request->action, &acting, &target)
                                           : unmake_administrator(&request->action, &acting, &target);
    if (person_mark_answered(request, reply, &acting, &target, outcome))
        return;
    web_outcome(reply, policy_act_name(act), "done");
    if (!make && (acting.facts & FACT_TARGET_IS_ME) != 0)
        web_redirect(reply, "/");
    else
        person_redirect(request, reply, &target, "saved");
}

/* ---- removing ---- */

void page_person_remove(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    struct profile target;
    if (!page_target(request, reply, POLICY_REMOVE_PROFILE, &acting, &target))
        return;
    const struct person person = person_of(&request->action, &acting, &target);
    struct view_data *data = view_object();
    view_child(data, "organization", show_organization(&acting.organization, request->action.now));
    view_child(data, "person", show_person(&person));
    web_page(reply, 200, "page/person_remove", data);
}

void page_person_remove_submit(struct web_request *request, struct web_reply *reply)
{
    struct acting acting;
    struct profile target;
    if (!page_target(request, reply, POLICY_REMOVE_PROFILE, &acting, &target))
        return;
    switch (remove_profile(&request->action, &acting, &target)) {
    case REMOVE_DONE:
    case REMOVE_GONE:
        web_outcome(reply, "remove_profile", "done");
        web_redirect(reply, "/organization?done=removed");
        return;
    case REMOVE_LAST_ADMINISTRATOR:
        web_outcome(reply, "remove_profile", "last");
        web_problem(reply, 409, "only_administrator", NULL);
        return;
    case REMOVE_REFUSED:
        web_outcome(reply, "remove_profile", "refused_by_directory");
        web_trouble(reply, &request->action.trouble);
        web_problem(reply, 403, "not_allowed_there", NULL);
        return;
    case REMOVE_TROUBLE: break;
    }
    web_outcome(reply, "remove_profile", "trouble");
    page_trouble(request, reply);
}
