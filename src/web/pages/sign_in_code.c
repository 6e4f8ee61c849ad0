/* SPDX-License-Identifier: Apache-2.0 */
/* The second step of signing in, for an account with a second factor. Its state is a sealed text in the form. */
#include "actions/sign_in_code.h"

#include "web/pages/pages.h"

#include "web/names.h"

void page_ask_code(struct web_request *request, struct web_reply *reply, unsigned status, const char *step)
{
    struct view_data *data = view_object();
    view_flag(data, "second_factor", true);
    view_text(data, "step", step);
    view_text(data, "continue", web_continue(request, web_value(request, "continue")));
    web_page(reply, status, "page/sign_in_code", data);
}

/* By its address there is nothing here: back to the first step. */
void page_sign_in_code(struct web_request *request, struct web_reply *reply)
{
    (void) request;
    web_redirect(reply, "/signin");
}

static void show_done(struct web_request *request, struct web_reply *reply, const struct sign_in_code_result *result)
{
    web_session_cookie(reply, result->cookie, result->keep ? request->action.config->sessions_kept_longest : 0);
    web_names_cookie(reply, web_names_with(request, result->account.name));
    web_actor(reply, result->account.name);
    web_redirect(reply, page_after_sign_in(request, web_value(request, "continue")));
}

void page_sign_in_code_submit(struct web_request *request, struct web_reply *reply)
{
    const char *step = web_value(request, "step");
    struct sign_in_code_result result;
    switch (sign_in_with_code(&request->action, step, web_secret(request, "code"), request->session, &result)) {
    case SIGN_IN_CODE_DONE:
        web_outcome(reply, "sign_in_code", "done");
        show_done(request, reply, &result);
        return;
    case SIGN_IN_CODE_WRONG:
        web_outcome(reply, "sign_in_code", "wrong");
        web_actor(reply, result.account.name);
        web_form_error(reply, "code", "wrong_code", NULL);
        page_ask_code(request, reply, 422, step);
        return;
    case SIGN_IN_CODE_WAIT:
        web_outcome(reply, "sign_in_code", "wait");
        web_actor(reply, result.account.name);
        page_wait(reply, "code", result.wait);
        page_ask_code(request, reply, 429, step);
        return;
    case SIGN_IN_CODE_STALE:
        web_outcome(reply, "sign_in_code", "stale");
        web_problem(reply, 403, "sign_in_stale", NULL);
        return;
    case SIGN_IN_CODE_BUSY:
        web_outcome(reply, "sign_in_code", "busy");
        web_failed(reply, LK_BUSY, &request->action.trouble);
        return;
    case SIGN_IN_CODE_TROUBLE: break;
    }
    web_outcome(reply, "sign_in_code", "trouble");
    page_trouble(request, reply);
}
