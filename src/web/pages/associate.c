/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/associate.h"

#include "web/pages/pages.h"

static void show_form(struct web_request *request, struct web_reply *reply, unsigned status, const char *typed)
{
    struct view_data *data = view_object();
    struct view_data *form = view_object();
    view_text(form, "mail", typed);
    view_child(data, "form", form);
    view_child(data, "account", show_account(&request->session->account));
    web_page(reply, status, "page/associate", data);
}

void page_associate(struct web_request *request, struct web_reply *reply)
{
    show_form(request, reply, 200, "");
}

void page_associate_submit(struct web_request *request, struct web_reply *reply)
{
    const char *mail = web_value(request, "mail");
    if (*mail == '\0' || web_field_is_bad(request, "mail")) {
        web_form_error(reply, "mail", "mail_bad", NULL);
        show_form(request, reply, 422, mail);
        return;
    }
    int64_t wait = 0;
    switch (ask_for_link(&request->action, request->session, mail, &wait)) {
    case ASK_DONE:
        web_outcome(reply, "ask_for_link", "done");
        web_redirect(reply, "/associate/sent");
        return;
    case ASK_TOO_SOON:
        web_outcome(reply, "ask_for_link", "too_soon");
        page_wait_for_message(reply, "mail", wait);
        show_form(request, reply, 429, mail);
        return;
    case ASK_TOO_MANY:
        web_outcome(reply, "ask_for_link", "too_many");
        web_trouble(reply, &request->action.trouble);
        web_problem(reply, 429, "too_many_requests", NULL);
        return;
    case ASK_BUSY: web_failed(reply, LK_BUSY, &request->action.trouble); return;
    case ASK_SIGNED_OUT: web_problem(reply, 401, "not_signed_in", NULL); return;
    case ASK_REFUSED: web_problem(reply, 403, "forbidden", NULL); return;
    case ASK_TROUBLE: break;
    }
    page_trouble(request, reply);
}

void page_associate_sent(struct web_request *request, struct web_reply *reply)
{
    struct view_data *data = view_object();
    view_child(data, "account", show_account(&request->session->account));
    web_page(reply, 200, "page/associate_sent", data);
}
