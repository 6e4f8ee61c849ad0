/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/sign_in.h"

#include "web/pages/pages.h"

#include "web/names.h"

static void show_form(struct web_request *request, struct web_reply *reply, unsigned status)
{
    struct view_data *data = view_object();
    struct view_data *form = view_object();
    view_text(form, "name", web_value(request, "name"));
    view_flag(form, "keep", web_box(request, "keep"));
    view_child(data, "form", form);
    view_text(data, "continue", web_continue(request, web_value(request, "continue")));
    view_flag(data, "sign_up", request->action.config->accounts_sign_up);
    view_flag(data, "reset_open",
              request->action.config->accounts_reset_by_link || request->action.config->accounts_reset_by_question);
    view_child(data, "names", show_names(request));
    web_page(reply, status, "page/sign_in", data);
}

void page_sign_in(struct web_request *request, struct web_reply *reply)
{
    if (request->session != NULL && !request->wants_json) {
        web_redirect(reply, page_after_sign_in(request, web_value(request, "continue")));
        return;
    }
    show_form(request, reply, 200);
}

static void show_done(struct web_request *request, struct web_reply *reply, const struct sign_in_result *result,
                      bool keep)
{
    web_session_cookie(reply, result->cookie, keep ? request->action.config->sessions_kept_longest : 0);
    web_names_cookie(reply, web_names_with(request, result->account.name));
    web_actor(reply, result->account.name);
    web_outcome(reply, "sign_in", "done");
    web_redirect(reply, page_after_sign_in(request, web_value(request, "continue")));
}

static void refuse(struct web_request *request, struct web_reply *reply, const char *outcome, const char *key)
{
    web_outcome(reply, "sign_in", outcome);
    web_form_error(reply, "password", key, NULL);
    show_form(request, reply, 422);
}

/* The password is right, and good for nothing but being replaced. */
static void replace(struct web_request *request, struct web_reply *reply, const char *why, const char *key,
                    const char *step)
{
    if (step == NULL) {
        refuse(request, reply, why, key);
        return;
    }
    web_outcome(reply, "sign_in", why);
    page_ask_new_password(request, reply, 200, step, why);
}

void page_sign_in_submit(struct web_request *request, struct web_reply *reply)
{
    const char *name = web_value(request, "name");
    const struct lk_secret *password = web_secret(request, "password");
    if (*name == '\0')
        web_form_error(reply, "name", "name_missing", NULL);
    if (password == NULL)
        web_form_error(reply, "password", "password_missing", NULL);
    if (web_has_form_errors(reply)) {
        show_form(request, reply, 422);
        return;
    }
    const struct sign_in_form form = {
        .name = name, .password = password, .keep = web_box(request, "keep"), .is_known = web_names_have(request, name)
    };
    struct sign_in_result result;
    switch (sign_in(&request->action, &form, request->session, &result)) {
    case SIGN_IN_DONE: show_done(request, reply, &result, form.keep); return;
    case SIGN_IN_CODE_NEEDED:
        web_outcome(reply, "sign_in", "code_needed");
        page_ask_code(request, reply, 200, result.step);
        return;
    case SIGN_IN_WRONG: refuse(request, reply, "wrong", "wrong_name_or_password"); return;
    case SIGN_IN_LOCKED: refuse(request, reply, "locked", "account_locked"); return;
    case SIGN_IN_EXPIRED: replace(request, reply, "expired", "password_expired", result.step); return;
    case SIGN_IN_MUST_CHANGE: replace(request, reply, "must_change", "password_must_change", result.step); return;
    case SIGN_IN_TOO_MANY:
        web_outcome(reply, "sign_in", "too_many");
        page_wait(reply, "password", result.wait);
        show_form(request, reply, 429);
        return;
    case SIGN_IN_BUSY:
        web_outcome(reply, "sign_in", "busy");
        web_failed(reply, LK_BUSY, &request->action.trouble);
        return;
    case SIGN_IN_TROUBLE: break;
    }
    web_outcome(reply, "sign_in", "trouble");
    page_trouble(request, reply);
}

void page_forget_names(struct web_request *request, struct web_reply *reply)
{
    (void) request;
    web_names_cookie(reply, NULL);
    web_redirect(reply, "/signin");
}
