/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/sign_up.h"

#include "web/pages/password_form.h"

/* What was typed, so that nobody types it twice; never a password or an answer. */
static const char *const shown_again[] = { "name",    "alternate_mail", "question",    "given_name",
                                           "surname", "telephone",      "postal_code", NULL };

static void show_form(struct web_request *request, struct web_reply *reply, unsigned status, bool typed, bool taken)
{
    struct view_data *data = view_object();
    struct view_data *form = view_object();
    for (size_t i = 0; typed && shown_again[i] != NULL; i++)
        view_text(form, shown_again[i], web_value(request, shown_again[i]));
    view_child(data, "form", form);
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
    show_form(request, reply, 200, false, false);
}

/* In the order of the form. Without a key: what the judgement of the password says. */
static const struct {
    enum sign_up_fault fault;
    const char *field;
    const char *key;
} fault_words[] = {
    {SIGN_UP_NAME_MISSING,      "name",           "name_missing"           },
    { SIGN_UP_NAME_TOO_SHORT,   "name",           "name_too_short"         },
    { SIGN_UP_NAME_BAD,         "name",           "name_bad"               },
    { SIGN_UP_PASSWORD_MISSING, "password",       "password_missing"       },
    { SIGN_UP_PASSWORD_POOR,    "password",       NULL                     },
    { SIGN_UP_PASSWORD_DIFFERS, "password_again", "password_mismatch"      },
    { SIGN_UP_MAIL_BAD,         "alternate_mail", "mail_bad"               },
    { SIGN_UP_ANSWER_ALONE,     "question",       "answer_without_question"},
    { SIGN_UP_QUESTION_ALONE,   "answer",         "question_without_answer"},
    { SIGN_UP_TELEPHONE_BAD,    "telephone",      "telephone_bad"          },
};

static void refuse_form(struct web_request *request, struct web_reply *reply, const struct sign_up_result *result)
{
    for (size_t i = 0; i < sizeof fault_words / sizeof *fault_words; i++) {
        if ((result->faults & (unsigned) fault_words[i].fault) == 0)
            continue;
        if (fault_words[i].key == NULL)
            password_form_refuse(request, reply, &result->quality);
        else
            web_form_error(reply, fault_words[i].field, fault_words[i].key, NULL);
    }
    show_form(request, reply, 422, true, false);
}

void page_sign_up_submit(struct web_request *request, struct web_reply *reply)
{
    const struct sign_up_form form = {
        .name = web_value(request, "name"),
        .password = web_secret(request, "password"),
        .password_again = web_secret(request, "password_again"),
        .alternate_mail = web_value(request, "alternate_mail"),
        .question = web_value(request, "question"),
        .answer = web_secret(request, "answer"),
        .given_name = web_value(request, "given_name"),
        .surname = web_value(request, "surname"),
        .telephone = web_value(request, "telephone"),
        .postal_code = web_value(request, "postal_code"),
    };
    struct sign_up_result result;
    switch (sign_up(&request->action, &form, &result)) {
    case SIGN_UP_DONE:
        web_session_cookie(reply, result.cookie, 0);
        web_actor(reply, form.name);
        web_outcome(reply, "sign_up", "done");
        web_redirect(reply, page_after_sign_in(request, web_value(request, "continue")));
        return;
    case SIGN_UP_REFUSED:
        web_outcome(reply, "sign_up", "refused");
        refuse_form(request, reply, &result);
        return;
    case SIGN_UP_NAME_TAKEN:
        web_outcome(reply, "sign_up", "name_taken");
        web_form_error(reply, "name", "name_taken", NULL);
        show_form(request, reply, 422, true, true);
        return;
    case SIGN_UP_TOO_MANY:
        web_outcome(reply, "sign_up", "too_many");
        page_wait(reply, "name", result.wait);
        show_form(request, reply, 429, true, false);
        return;
    case SIGN_UP_CLOSED: web_problem(reply, 403, "sign_up_closed", NULL); return;
    case SIGN_UP_BUSY: web_failed(reply, LK_BUSY, &request->action.trouble); return;
    case SIGN_UP_TROUBLE: break;
    }
    web_outcome(reply, "sign_up", "trouble");
    page_trouble(request, reply);
}
