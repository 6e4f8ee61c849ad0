/* SPDX-License-Identifier: Apache-2.0 */
/* My account: what is known of it, where it is signed in, and the ways to change both. */
#include "web/pages/account.h"

#include "web/pages/device.h"

#include "actions/delete_account.h"
#include "actions/end_sessions.h"
#include "web/names.h"

#include <string.h>

/* ---- what is shown ---- */

static struct view_data *show_session(const struct web_request *request, const struct session_view *session)
{
    struct view_data *data = view_object();
    const struct device device = device_of(session->agent);
    view_text(data, "id", session->id);
    view_text(data, "browser", device.browser);
    view_text(data, "system", device.system);
    view_text(data, "address", session->address);
    view_time(data, "begun", session->begun);
    view_time(data, "seen", session->seen);
    view_time(data, "ends", session->ends);
    view_flag(data, "kept", session->kept);
    view_flag(data, "current", strcmp(session->id, request->session->id) == 0);
    return data;
}

static struct view_data *show_sessions(const struct web_request *request)
{
    const struct action_context *action = &request->action;
    const struct session_view *sessions = NULL;
    struct view_data *list = view_list();
    const size_t count =
        session_list(action->config, action->arena, &request->session->account, action->now, &sessions);
    for (size_t i = 0; i < count; i++)
        view_append(list, show_session(request, &sessions[i]));
    return list;
}

void page_account(struct web_request *request, struct web_reply *reply)
{
    struct view_data *data = view_object();
    view_child(data, "account", show_account(&request->session->account));
    view_child(data, "sessions", show_sessions(request));
    view_text(data, "done", web_value(request, "done"));
    web_page(reply, 200, "page/account", data);
}

/* ---- what every change may come to ---- */

unsigned account_form_status(enum own_outcome outcome)
{
    return outcome == OWN_TOO_SOON ? 429 : 422;
}

bool account_answered(struct web_request *request, struct web_reply *reply, enum own_outcome outcome,
                      const char *action)
{
    switch (outcome) {
    case OWN_DONE: web_outcome(reply, action, "done"); return false;
    case OWN_FAULTY: web_outcome(reply, action, "faulty"); return false;
    case OWN_WRONG_PASSWORD:
        web_outcome(reply, action, "wrong_password");
        web_form_error(reply, "password_now", "wrong_password", NULL);
        return false;
    case OWN_TOO_SOON:
        web_outcome(reply, action, "too_many");
        page_wait(reply, "password_now", request->action.wait);
        return false;
    case OWN_LOCKED:
        web_outcome(reply, action, "locked");
        web_form_error(reply, "password_now", "account_locked", NULL);
        return false;
    case OWN_SIGNED_OUT: web_problem(reply, 401, "not_signed_in", NULL); break;
    case OWN_REFUSED:
        web_trouble(reply, &request->action.trouble);
        web_problem(reply, 403, "account_refused", NULL);
        break;
    case OWN_ELSEWHERE: web_problem(reply, 403, "password_elsewhere", NULL); break;
    case OWN_BUSY: web_failed(reply, LK_BUSY, &request->action.trouble); break;
    case OWN_TROUBLE: page_trouble(request, reply); break;
    }
    web_outcome(reply, action, "failed");
    return true;
}

/* ---- sessions ---- */

void page_account_session_end(struct web_request *request, struct web_reply *reply)
{
    const char *id = web_value(request, "session");
    const bool is_mine = strcmp(id, request->session->id) == 0;
    if (account_answered(request, reply, end_sessions(&request->action, request->session, id), "end_session"))
        return;
    if (is_mine)
        web_session_cookie(reply, NULL, 0);
    web_redirect(reply, is_mine ? "/signed-out" : "/account?done=session");
}

void page_account_sessions_end(struct web_request *request, struct web_reply *reply)
{
    if (account_answered(request, reply, end_sessions(&request->action, request->session, NULL), "end_sessions"))
        return;
    web_session_cookie(reply, NULL, 0);
    web_redirect(reply, "/signed-out");
}

/* ---- the end of it ---- */

static void show_delete(struct web_request *request, struct web_reply *reply, unsigned status)
{
    struct view_data *data = view_object();
    view_child(data, "account", show_account(&request->session->account));
    web_page(reply, status, "page/account_delete", data);
}

void page_account_delete(struct web_request *request, struct web_reply *reply)
{
    show_delete(request, reply, 200);
}

void page_account_delete_submit(struct web_request *request, struct web_reply *reply)
{
    const enum own_outcome outcome =
        delete_account(&request->action, request->session, web_secret(request, "password_now"));
    if (account_answered(request, reply, outcome, "delete_account"))
        return;
    if (outcome != OWN_DONE) {
        show_delete(request, reply, account_form_status(outcome));
        return;
    }
    web_session_cookie(reply, NULL, 0);
    web_names_cookie(reply, web_names_without(request, request->session->account.name));
    web_redirect(reply, "/account/deleted");
}

void page_account_deleted(struct web_request *request, struct web_reply *reply)
{
    (void) request;
    web_page(reply, 200, "page/account_deleted", view_object());
}
