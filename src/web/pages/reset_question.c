/* SPDX-License-Identifier: Apache-2.0 */
/* A forgotten password, by what one knows (S9): name and personal data, the question, a new password. Each form carries where it
 * stands; what it says looks the same for every name until the answer is right. */
#include "web/pages/password_form.h"
#include "web/pages/reset.h"

#include "actions/recover.h"
#include "base/cleanup.h"

/* ---- who it is ---- */

static void show_who(struct web_request *request, struct web_reply *reply, unsigned status, bool typed)
{
    struct view_data *data = view_object();
    struct view_data *form = view_object();
    view_text(form, "name", typed ? web_value(request, "name") : "");
    for (size_t i = 0; i < ACCOUNT_FIELDS; i++) {
        const char *name = account_field_name((enum account_field) i);
        view_text(form, name, typed ? web_value(request, name) : "");
    }
    view_child(data, "form", form);
    view_child(data, "names", show_names(request));
    reset_show_ways(request, data);
    web_page(reply, status, "page/reset_person", data);
}

static void show_question(struct web_request *request, struct web_reply *reply, unsigned status,
                          const struct recover_result *result)
{
    struct lk_text question LK_CLEANUP(lk_text_done) = LK_TEXT(1024);
    struct view_data *data = view_object();
    if (result->question == NULL)
        views_message(request->views,
                      lk_arena_format(request->action.arena, "stand_in_question_%u", result->stand_in + 1),
                      request->language, NULL, &question);
    view_text(data, "question", result->question != NULL ? result->question : lk_text_string(&question));
    view_text(data, "state", result->state);
    view_number(data, "tries", request->action.config->accounts_question_tries);
    reset_show_ways(request, data);
    web_page(reply, status, "page/reset_answer", data);
}

static void show_new_password(struct web_request *request, struct web_reply *reply, unsigned status, const char *state,
                              const char *name)
{
    struct view_data *data = view_object();
    struct view_data *target = view_object();
    view_text(target, "name", name);
    view_child(data, "target", target);
    view_text(data, "state", state);
    view_number(data, "password_least", request->action.config->accounts_password_least);
    web_page(reply, status, "page/reset_password", data);
}

void page_reset_person(struct web_request *request, struct web_reply *reply)
{
    if (!request->action.config->accounts_reset_by_question) {
        web_problem(reply, 403, "reset_closed", NULL);
        return;
    }
    show_who(request, reply, 200, false);
}

/* What is answered alike at every step. */
static void answer_rest(struct web_request *request, struct web_reply *reply, enum recover_outcome outcome)
{
    switch (outcome) {
    case RECOVER_CLOSED: web_problem(reply, 403, "reset_closed", NULL); return;
    case RECOVER_BEGIN: web_problem(reply, 410, "recovery_over", NULL); return;
    case RECOVER_BUSY: web_failed(reply, LK_BUSY, &request->action.trouble); return;
    case RECOVER_NEXT:
    case RECOVER_WRONG:
    case RECOVER_TROUBLE: break;
    }
    page_trouble(request, reply);
}

void page_reset_person_submit(struct web_request *request, struct web_reply *reply)
{
    struct account_person person;
    struct recover_result result;
    const char *name = web_value(request, "name");
    for (size_t i = 0; i < ACCOUNT_FIELDS; i++)
        person.values[i] = web_value(request, account_field_name((enum account_field) i));
    if (*name == '\0') {
        web_form_error(reply, "name", "name_missing", NULL);
        show_who(request, reply, 422, true);
        return;
    }
    const enum recover_outcome outcome = recover_by_person(&request->action, name, &person, &result);
    web_outcome(reply, "recover_by_person", outcome == RECOVER_NEXT ? "next" : "failed");
    if (outcome == RECOVER_NEXT)
        show_question(request, reply, 200, &result);
    else
        answer_rest(request, reply, outcome);
}

/* ---- the answer ---- */

void page_reset_answer_submit(struct web_request *request, struct web_reply *reply)
{
    struct recover_result result;
    const enum recover_outcome outcome =
        recover_by_answer(&request->action, web_value(request, "state"), web_secret(request, "answer"), &result);
    switch (outcome) {
    case RECOVER_NEXT:
        web_outcome(reply, "recover_by_answer", "next");
        show_new_password(request, reply, 200, result.state, result.name);
        return;
    case RECOVER_WRONG:
        web_outcome(reply, "recover_by_answer", "wrong");
        web_form_error(reply, "answer", "recovery_wrong", NULL);
        show_question(request, reply, 422, &result);
        return;
    case RECOVER_BEGIN:
    case RECOVER_CLOSED:
    case RECOVER_BUSY:
    case RECOVER_TROUBLE: break;
    }
    web_outcome(reply, "recover_by_answer", "failed");
    answer_rest(request, reply, outcome);
}

/* ---- the new password ---- */

void page_reset_password_submit(struct web_request *request, struct web_reply *reply)
{
    struct reset_result result;
    const char *state = web_value(request, "state");
    const struct new_password_form form = { .password = web_secret(request, "password"),
                                            .again = web_secret(request, "password_again") };
    const enum reset_outcome outcome = recover_password(&request->action, state, &form, &result);
    if (reset_answered(request, reply, outcome, &result))
        return;
    if (outcome == RESET_USED) {
        web_problem(reply, 410, "recovery_over", NULL);
        return;
    }
    show_new_password(request, reply, 422, state, result.view.account.name);
}
