/* SPDX-License-Identifier: Apache-2.0 */
/* A forgotten password: the ways back in, and the one by a link (S8). The answer to a name is the same for every name. */
#include "web/pages/reset.h"

#include "web/pages/link_steps.h"
#include "web/pages/password_form.h"

#include "actions/reset_password.h"

/* ---- asking ---- */

void reset_show_ways(const struct web_request *request, struct view_data *data)
{
    view_flag(data, "by_link", request->action.config->accounts_reset_by_link);
    view_flag(data, "by_question", request->action.config->accounts_reset_by_question);
}

static void show_form(struct web_request *request, struct web_reply *reply, unsigned status, const char *name)
{
    struct view_data *data = view_object();
    struct view_data *form = view_object();
    view_text(form, "name", name);
    view_child(data, "form", form);
    view_child(data, "names", show_names(request));
    reset_show_ways(request, data);
    web_page(reply, status, "page/reset", data);
}

void page_reset(struct web_request *request, struct web_reply *reply)
{
    show_form(request, reply, 200, "");
}

void page_reset_ask(struct web_request *request, struct web_reply *reply)
{
    const char *name = web_value(request, "name");
    if (*name == '\0') {
        web_form_error(reply, "name", "name_missing", NULL);
        show_form(request, reply, 422, name);
        return;
    }
    int64_t wait = 0;
    switch (ask_for_reset(&request->action, name, &wait)) {
    case RESET_ASK_DONE:
        web_outcome(reply, "ask_for_reset", "done");
        web_redirect(reply, "/reset/sent");
        return;
    case RESET_ASK_TOO_SOON:
        web_outcome(reply, "ask_for_reset", "too_soon");
        page_wait(reply, "name", wait);
        show_form(request, reply, 429, name);
        return;
    case RESET_ASK_TOO_MANY:
        web_outcome(reply, "ask_for_reset", "too_many");
        web_problem(reply, 503, "busy", NULL);
        return;
    case RESET_ASK_CLOSED: web_problem(reply, 403, "reset_closed", NULL); return;
    case RESET_ASK_TROUBLE: break;
    }
    page_trouble(request, reply);
}

void page_reset_sent(struct web_request *request, struct web_reply *reply)
{
    struct view_data *data = view_object();
    reset_show_ways(request, data);
    web_page(reply, 200, "page/reset_sent", data);
}

/* ---- behind the link ---- */

static void show_new_password(struct web_request *request, struct web_reply *reply, unsigned status, const char *token,
                              const struct account *account, bool is_undo)
{
    struct view_data *data = view_object();
    struct view_data *target = view_object();
    view_text(target, "name", account->name);
    view_child(data, "target", target);
    view_text(data, "token", token);
    view_flag(data, "undo", is_undo);
    view_number(data, "password_least", request->action.config->accounts_password_least);
    web_page(reply, status, "page/link_reset", data);
}

void link_show_reset(struct web_request *request, struct web_reply *reply, const char *token,
                     const struct link_claim *claim)
{
    struct reset_view view;
    const enum link_outcome outcome = open_reset(&request->action, claim, &view);
    if (outcome != LINK_LIVE) {
        link_show_dead(request, reply, outcome);
        return;
    }
    show_new_password(request, reply, 200, token, &view.account, claim->purpose == LINK_UNDO_ACCOUNT);
}

bool reset_answered(struct web_request *request, struct web_reply *reply, enum reset_outcome outcome,
                    const struct reset_result *result)
{
    switch (outcome) {
    case RESET_DONE:
        web_outcome(reply, "reset_password", "done");
        web_redirect(reply, "/reset/done");
        return true;
    case RESET_FAULTY:
        web_outcome(reply, "reset_password", "faulty");
        password_form_show(request, reply, result->verdict, &result->quality);
        return false;
    case RESET_REFUSED:
        web_outcome(reply, "reset_password", "refused_by_directory");
        password_form_refused(request, reply, result->refusal);
        return false;
    case RESET_USED: web_outcome(reply, "reset_password", "used"); return false;
    case RESET_BUSY: web_failed(reply, LK_BUSY, &request->action.trouble); return true;
    case RESET_TROUBLE: break;
    }
    web_outcome(reply, "reset_password", "trouble");
    page_trouble(request, reply);
    return true;
}

void page_reset_link_submit(struct web_request *request, struct web_reply *reply)
{
    struct link_claim claim;
    struct reset_result result;
    const char *token = web_value(request, "token");
    const struct new_password_form form = { .password = web_secret(request, "password"),
                                            .again = web_secret(request, "password_again") };
    const enum link_outcome link = check_link(&request->action, token, &claim);
    if (link != LINK_LIVE || (claim.purpose != LINK_RESET && claim.purpose != LINK_UNDO_ACCOUNT)) {
        link_show_dead(request, reply, link == LINK_LIVE ? LINK_GARBAGE : link);
        return;
    }
    const enum reset_outcome outcome = reset_by_link(&request->action, &claim, &form, &result);
    if (reset_answered(request, reply, outcome, &result))
        return;
    if (outcome == RESET_USED) {
        link_show_dead(request, reply, LINK_USED);
        return;
    }
    show_new_password(request, reply, 422, token, &result.view.account, claim.purpose == LINK_UNDO_ACCOUNT);
}

void page_reset_done(struct web_request *request, struct web_reply *reply)
{
    (void) request;
    web_page(reply, 200, "page/reset_done", view_object());
}
