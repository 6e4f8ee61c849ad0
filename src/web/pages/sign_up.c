/* SPDX-License-Identifier: Apache-2.0 */
/* An account is made: first its name is asked for. A name of one's own leads on to the rest of the form; an e-mail address to the link
 * that is sent there. Who sends all fields at once (a program) needs no first step. */
#include "web/pages/sign_up_form.h"

/* How much of the form is shown. */
enum shown {
    SHOWN_NAME, /* the first step: nothing but the name */
    SHOWN_ALL
};

static void show_form(struct web_request *request, struct web_reply *reply, unsigned status, enum shown shown,
                      bool taken)
{
    struct view_data *data = view_object();
    struct view_data *form = status == 200 && shown == SHOWN_NAME ? view_object() : sign_up_form_show(request);
    if (web_value(request, "name") != NULL)
        view_text(form, "name", web_value(request, "name"));
    view_child(data, "form", form);
    view_flag(data, "all", shown == SHOWN_ALL);
    view_text(data, "continue", web_continue(request, web_value(request, "continue")));
    view_flag(data, "name_taken", taken);
    view_number(data, "password_least", request->action.config->accounts_password_least);
    web_page(reply, status, "page/sign_up", data);
}

void page_sign_up(struct web_request *request, struct web_reply *reply)
{
    if (!request->action.config->accounts_sign_up) {
        web_problem(reply, 403, "sign_up_closed", NULL);
        return;
    }
    show_form(request, reply, 200, SHOWN_NAME, false);
}

/* Whatever has been typed: the same page, whether or not there is such an account. */
static void show_asked(struct web_request *request, struct web_reply *reply, const char *name)
{
    struct view_data *data = view_object();
    view_text(data, "name", name);
    view_text(data, "continue", web_continue(request, web_value(request, "continue")));
    web_page(reply, 200, "page/sign_up_sent", data);
}

/* Is it the first step, with a name that leads on to the rest of the form? Nothing is asked of the directory. */
static bool is_first_step(struct web_request *request, struct web_reply *reply, const char *name)
{
    if (*web_value(request, "step") == '\0' || sign_up_name_is_address(request->action.arena, name))
        return false;
    const unsigned faults = sign_up_name_faults(request->action.arena, name);
    sign_up_form_refuse(request, reply, faults, NULL);
    show_form(request, reply, faults == 0 ? 200 : 422, faults == 0 ? SHOWN_ALL : SHOWN_NAME, false);
    return true;
}

void page_sign_up_submit(struct web_request *request, struct web_reply *reply)
{
    struct sign_up_form form = sign_up_form_read(request);
    struct sign_up_result result;
    form.name = web_value(request, "name");
    const char *onward = web_continue(request, web_value(request, "continue"));
    form.onward = onward != NULL ? onward : "";
    if (request->action.config->accounts_sign_up && is_first_step(request, reply, form.name))
        return;
    const enum shown shown = *web_value(request, "step") == '\0' ? SHOWN_ALL : SHOWN_NAME;
    const enum sign_up_outcome outcome = sign_up(&request->action, &form, &result);
    if (sign_up_form_answered(request, reply, outcome, &result, form.name, form.onward))
        return;
    if (outcome == SIGN_UP_ASKED) {
        show_asked(request, reply, form.name);
        return;
    }
    if (outcome == SIGN_UP_REFUSED)
        sign_up_form_refuse(request, reply, result.faults, &result.quality);
    if (outcome == SIGN_UP_NAME_TAKEN)
        web_form_error(reply, "name", "name_taken", NULL);
    if (outcome == SIGN_UP_TOO_MANY)
        page_wait(reply, "name", result.wait);
    show_form(request, reply, outcome == SIGN_UP_TOO_MANY ? 429 : 422, shown, outcome == SIGN_UP_NAME_TAKEN);
}
