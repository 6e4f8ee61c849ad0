/* SPDX-License-Identifier: Apache-2.0 */
/* Signing in with a password that the directory wants replaced: a new one is set right there. The state is a sealed text in the form. */
#include "actions/sign_in_password.h"

#include "web/pages/password_form.h"

#include "web/names.h"

#include <string.h>

void page_ask_new_password(struct web_request *request, struct web_reply *reply, unsigned status, const char *step,
                           const char *why)
{
    struct view_data *data = view_object();
    view_flag(data, "new_password", true);
    view_text(data, "why", why);
    view_text(data, "step", step);
    view_text(data, "continue", web_continue(request, web_value(request, "continue")));
    view_number(data, "password_least", request->action.config->accounts_password_least);
    web_page(reply, status, "page/sign_in_password", data);
}

/* By its address there is nothing here: back to the first step. */
void page_sign_in_password(struct web_request *request, struct web_reply *reply)
{
    (void) request;
    web_redirect(reply, "/signin");
}

static void show_done(struct web_request *request, struct web_reply *reply,
                      const struct sign_in_password_result *result)
{
    web_session_cookie(reply, result->cookie, result->keep ? request->action.config->sessions_kept_longest : 0);
    web_names_cookie(reply, web_names_with(request, result->account.name));
    web_actor(reply, result->account.name);
    web_outcome(reply, "sign_in_password", "done");
    web_redirect(reply, page_after_sign_in(request, web_value(request, "continue")));
}

static void show_again(struct web_request *request, struct web_reply *reply, const char *outcome)
{
    const bool is_expired = strcmp(web_value(request, "why"), "expired") == 0;
    web_outcome(reply, "sign_in_password", outcome);
    page_ask_new_password(request, reply, 422, web_value(request, "step"), is_expired ? "expired" : "must_change");
}

void page_sign_in_password_submit(struct web_request *request, struct web_reply *reply)
{
    struct sign_in_password_result result;
    const struct new_password_form form = { .password = web_secret(request, "password"),
                                            .again = web_secret(request, "password_again") };
    switch (sign_in_with_new_password(&request->action, web_value(request, "step"), &form, request->session, &result)) {
    case SIGN_IN_PASSWORD_DONE: show_done(request, reply, &result); return;
    case SIGN_IN_PASSWORD_FAULTY:
        password_form_show(request, reply, result.verdict, &result.quality);
        show_again(request, reply, "faulty");
        return;
    case SIGN_IN_PASSWORD_REFUSED:
        password_form_refused(request, reply, result.refusal);
        show_again(request, reply, "refused_by_directory");
        return;
    case SIGN_IN_PASSWORD_STALE:
        web_outcome(reply, "sign_in_password", "stale");
        web_problem(reply, 403, "sign_in_stale", NULL);
        return;
    case SIGN_IN_PASSWORD_BUSY:
        web_outcome(reply, "sign_in_password", "busy");
        web_failed(reply, LK_BUSY, &request->action.trouble);
        return;
    case SIGN_IN_PASSWORD_TROUBLE: break;
    }
    web_outcome(reply, "sign_in_password", "trouble");
    page_trouble(request, reply);
}
