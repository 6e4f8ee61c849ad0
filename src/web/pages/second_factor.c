/* SPDX-License-Identifier: Apache-2.0 */
/* /account/second-factor: codes beside the password, turned on and off by the account's holder. */
#include "web/pages/pages.h"

#include "actions/keep_second_factor.h"
#include "views/qr.h"

#include <sodium/utils.h>
#include <string.h>

#define PATH "/account/second-factor"

static const char *const outcome_names[] = {
    [FACTOR_TROUBLE] = "trouble",
    [FACTOR_DONE] = "done",
    [FACTOR_OFF] = "off",
    [FACTOR_REFUSED] = "refused",
    [FACTOR_LOCKED] = "locked",
    [FACTOR_WRONG_PASSWORD] = "wrong_password",
    [FACTOR_WAIT] = "wait",
    [FACTOR_WRONG_CODE] = "wrong_code",
    [FACTOR_STALE] = "stale",
    [FACTOR_ALREADY] = "already",
    [FACTOR_NONE] = "none",
    [FACTOR_CHANGED] = "changed",
    [FACTOR_BUSY] = "busy",
    [FACTOR_TOO_SOON] = "too_many",
    [FACTOR_SIGNED_OUT] = "signed_out",
};

/* Answers what ends the request, or puts beside the fields what belongs there: then the form is to be shown again, with the
 * status that comes back. 0: it is done, or has been answered. */
static unsigned answer(struct web_request *request, struct web_reply *reply, const char *action,
                       enum factor_outcome outcome, int64_t wait)
{
    web_actor(reply, request->session->account.name);
    web_outcome(reply, action, outcome_names[outcome]);
    switch (outcome) {
    case FACTOR_DONE: return 0;
    case FACTOR_WRONG_PASSWORD: web_form_error(reply, "password_now", "wrong_password", NULL); return 422;
    case FACTOR_TOO_SOON: page_wait(reply, "password_now", request->action.wait); return 429;
    case FACTOR_LOCKED: web_form_error(reply, "password_now", "account_locked", NULL); return 422;
    case FACTOR_WRONG_CODE: web_form_error(reply, "code", "wrong_code", NULL); return 422;
    case FACTOR_WAIT: page_wait(reply, "code", wait); return 429;
    case FACTOR_CHANGED: web_form_error(reply, "code", "session_changed", NULL); return 409;
    case FACTOR_OFF: web_problem(reply, 403, "second_factor_off", NULL); return 0;
    case FACTOR_STALE: web_problem(reply, 403, "second_factor_stale", NULL); return 0;
    case FACTOR_ALREADY: web_problem(reply, 409, "second_factor_on", NULL); return 0;
    case FACTOR_NONE: web_problem(reply, 409, "second_factor_none", NULL); return 0;
    case FACTOR_REFUSED: web_problem(reply, 403, "forbidden", NULL); return 0;
    case FACTOR_SIGNED_OUT: web_problem(reply, 401, "not_signed_in", NULL); return 0;
    case FACTOR_BUSY: web_failed(reply, LK_BUSY, &request->action.trouble); return 0;
    case FACTOR_TROUBLE: break;
    }
    page_trouble(request, reply);
    return 0;
}

void page_second_factor_needed(const struct web_request *request, struct web_reply *reply)
{
    if (!request->wants_json && strcmp(request->route->method, "GET") == 0)
        web_redirect(reply, PATH "?done=needed");
    else
        web_problem(reply, 403, "second_factor_needed", NULL);
}

/* ---- how it stands ---- */

static struct view_data *show_account_data(const struct web_request *request)
{
    struct view_data *data = view_object();
    view_child(data, "account", show_account(&request->session->account));
    return data;
}

static void show_state(struct web_request *request, struct web_reply *reply, unsigned status)
{
    struct second_factor factor = { .since = 0 };
    const struct account *account = &request->session->account;
    struct view_data *data = show_account_data(request);
    view_flag(data, "on", account->second_factor != NULL);
    view_flag(data, "allowed", request->action.config->accounts_second_factor != CONFIG_SECOND_FACTOR_OFF);
    if (second_factor_read(&request->action, account, &factor) == LK_OK)
        view_time(data, "since", factor.since);
    sodium_memzero(&factor, sizeof factor);
    if (account->second_factor != NULL) {
        const size_t left = recovery_codes_left(&request->action, account);
        view_number(data, "left", (int64_t) left);
        view_flag(data, "few", left < 3);
    }
    if (status == 200)
        view_text(data, "done", web_value(request, "done"));
    web_page(reply, status, "page/second_factor", data);
}

void page_second_factor(struct web_request *request, struct web_reply *reply)
{
    show_state(request, reply, 200);
}

/* What only a form leads to, asked for by its address. */
void page_second_factor_again(struct web_request *request, struct web_reply *reply)
{
    (void) request;
    web_redirect(reply, PATH);
}

/* ---- turning it on ---- */

/* In groups of four, as people read it off. */
static const char *in_groups(struct lk_arena *arena, const char *secret)
{
    const char *c = secret;
    _Static_assert(TOTP_SECRET_TEXT_LEN == 32, "eight groups of four");
    return lk_arena_format(arena, "%.4s %.4s %.4s %.4s %.4s %.4s %.4s %.4s", c, c + 4, c + 8, c + 12, c + 16, c + 20,
                           c + 24, c + 28);
}

static void show_offer(struct web_request *request, struct web_reply *reply, unsigned status,
                       const struct factor_offer *offer)
{
    struct view_data *data = show_account_data(request);
    view_text(data, "enrolment", offer->enrolment);
    view_text(data, "secret", offer->secret);
    view_text(data, "address", offer->address);
    view_text(data, "_groups", in_groups(request->action.arena, offer->secret));
    struct view_data *code = request->wants_json ? NULL : view_qr(offer->address);
    if (code != NULL)
        view_child(data, "_qr", code);
    web_page(reply, status, "page/second_factor_new", data);
}

static void show_codes(struct web_request *request, struct web_reply *reply, const char *const codes[RECOVERY_CODES],
                       bool is_new)
{
    struct view_data *data = show_account_data(request);
    struct view_data *list = view_list();
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        view_append_text(list, codes[i]);
    view_child(data, "codes", list);
    view_flag(data, "turned_on", is_new);
    web_page(reply, 200, "page/second_factor_codes", data);
}

void page_second_factor_offer(struct web_request *request, struct web_reply *reply)
{
    struct factor_offer offer;
    const enum factor_outcome outcome =
        offer_second_factor(&request->action, request->session, web_secret(request, "password_now"), &offer);
    const unsigned status = answer(request, reply, "offer_second_factor", outcome, 0);
    if (status != 0)
        show_state(request, reply, status);
    else if (outcome == FACTOR_DONE)
        show_offer(request, reply, 200, &offer);
}

void page_second_factor_confirm(struct web_request *request, struct web_reply *reply)
{
    const char *codes[RECOVERY_CODES];
    struct factor_offer offer;
    const char *enrolment = web_value(request, "enrolment");
    enum factor_outcome outcome =
        confirm_second_factor(&request->action, request->session, enrolment, web_secret(request, "code"), codes);
    const unsigned status = answer(request, reply, "turn_second_factor_on", outcome, 0);
    if (outcome == FACTOR_DONE) {
        show_codes(request, reply, codes, true);
        return;
    }
    if (status == 0)
        return;
    outcome = repeat_offer(&request->action, request->session, enrolment, &offer);
    if (outcome == FACTOR_DONE)
        show_offer(request, reply, status, &offer);
    else
        (void) answer(request, reply, "turn_second_factor_on", outcome, 0);
}

/* ---- what asks for a code besides ---- */

static void show_proof(struct web_request *request, struct web_reply *reply, unsigned status, const char *purpose)
{
    if (request->session->account.second_factor == NULL) {
        web_redirect(reply, PATH);
        return;
    }
    struct view_data *data = show_account_data(request);
    view_text(data, "purpose", purpose);
    web_page(reply, status, "page/second_factor_proof", data);
}

void page_recovery_codes(struct web_request *request, struct web_reply *reply)
{
    show_proof(request, reply, 200, "codes");
}

void page_recovery_codes_submit(struct web_request *request, struct web_reply *reply)
{
    int64_t wait = 0;
    const char *codes[RECOVERY_CODES];
    const enum factor_outcome outcome =
        renew_recovery_codes(&request->action, request->session, web_secret(request, "password_now"),
                             web_secret(request, "code"), codes, &wait);
    const unsigned status = answer(request, reply, "renew_recovery_codes", outcome, wait);
    if (status != 0)
        show_proof(request, reply, status, "codes");
    else if (outcome == FACTOR_DONE)
        show_codes(request, reply, codes, false);
}

void page_second_factor_off(struct web_request *request, struct web_reply *reply)
{
    show_proof(request, reply, 200, "off");
}

void page_second_factor_off_submit(struct web_request *request, struct web_reply *reply)
{
    int64_t wait = 0;
    const enum factor_outcome outcome = drop_second_factor(
        &request->action, request->session, web_secret(request, "password_now"), web_secret(request, "code"), &wait);
    const unsigned status = answer(request, reply, "turn_second_factor_off", outcome, wait);
    if (status != 0)
        show_proof(request, reply, status, "off");
    else if (outcome == FACTOR_DONE)
        web_redirect(reply, PATH "?done=off");
}
