/* SPDX-License-Identifier: Apache-2.0 */
/* Behind the link that was sent to a name in the form of an address: the rest of the form that makes the account. Whoever opens it has
 * the mailbox, and so may be told whether there is an account of that name. */
#include "actions/sign_up_link.h"

#include "web/pages/link_steps.h"
#include "web/pages/sign_up_form.h"

static void show_form(struct web_request *request, struct web_reply *reply, unsigned status,
                      const struct sign_up_offer *offer, struct view_data *form)
{
    struct view_data *data = view_object();
    view_text(data, "name", offer->name);
    view_text(data, "token", request->segment != NULL ? request->segment : web_value(request, "token"));
    view_text(data, "offer", web_value(request, "offer"));
    view_child(data, "form", form);
    view_number(data, "password_least", request->action.config->accounts_password_least);
    web_page(reply, status, "page/link_sign_up", data);
}

/* The account is there: whoever has made it signs in and goes on, or has done so. */
static void show_known(struct web_request *request, struct web_reply *reply, unsigned status,
                       const struct link_claim *claim, const struct sign_up_offer *offer)
{
    const struct action_context *action = &request->action;
    if (request->session != NULL && link_was_sent_to(action->ring, claim, request->session->account.name)) {
        web_redirect(reply, page_after_sign_in(request, offer->onward));
        return;
    }
    struct view_data *data = view_object();
    struct view_data *form = view_object();
    view_text(form, "name", offer->name);
    view_child(data, "form", form);
    view_text(data, "continue", web_continue(request, offer->onward));
    view_flag(data, "reset_open", action->config->accounts_reset_by_link || action->config->accounts_reset_by_question);
    web_page(reply, status, "page/link_known", data);
}

/* What is not LINK_LIVE. */
static void show_end(struct web_request *request, struct web_reply *reply, enum link_outcome outcome,
                     const struct link_claim *claim, const struct sign_up_offer *offer)
{
    web_outcome(reply, "sign_up", outcome == LINK_ALREADY ? "name_taken" : "dead_link");
    if (outcome == LINK_ALREADY)
        show_known(request, reply, request->segment != NULL ? 200 : 409, claim, offer);
    else if (outcome == LINK_REFUSED)
        web_problem(reply, 403, "sign_up_closed", NULL);
    else
        link_show_dead(request, reply, outcome);
}

void link_show_sign_up(struct web_request *request, struct web_reply *reply, const char *token,
                       const struct link_claim *claim)
{
    (void) token;
    struct sign_up_offer offer;
    const enum link_outcome outcome = open_sign_up(&request->action, claim, web_value(request, "offer"), &offer);
    if (outcome == LINK_LIVE)
        show_form(request, reply, 200, &offer, view_object());
    else
        show_end(request, reply, outcome, claim, &offer);
}

static void submit(struct web_request *request, struct web_reply *reply, const struct link_claim *claim)
{
    const struct sign_up_form form = sign_up_form_read(request);
    struct sign_up_by_link result;
    const enum link_outcome link =
        sign_up_by_link(&request->action, claim, web_value(request, "offer"), &form, &result);
    if (link != LINK_LIVE) {
        show_end(request, reply, link, claim, &result.offer);
        return;
    }
    if (sign_up_form_answered(request, reply, result.outcome, &result.made, result.offer.name, result.offer.onward))
        return;
    if (result.outcome == SIGN_UP_TOO_MANY)
        page_wait(reply, "password", result.made.wait);
    else
        sign_up_form_refuse(request, reply, result.made.faults, &result.made.quality);
    show_form(request, reply, result.outcome == SIGN_UP_TOO_MANY ? 429 : 422, &result.offer,
              sign_up_form_show(request));
}

void page_sign_up_link_submit(struct web_request *request, struct web_reply *reply)
{
    struct link_claim claim;
    const enum link_outcome link = check_link(&request->action, web_value(request, "token"), &claim);
    if (link == LINK_LIVE && claim.purpose == LINK_SIGN_UP)
        submit(request, reply, &claim);
    else
        link_show_dead(request, reply, link == LINK_LIVE ? LINK_GARBAGE : link);
}
