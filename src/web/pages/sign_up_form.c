/* SPDX-License-Identifier: Apache-2.0 */
#include "web/pages/sign_up_form.h"

#include "web/pages/password_form.h"

struct sign_up_form sign_up_form_read(const struct web_request *request)
{
    return (struct sign_up_form){ .name = "",
                                  .password = web_secret(request, "password"),
                                  .password_again = web_secret(request, "password_again"),
                                  .alternate_mail = web_value(request, "alternate_mail"),
                                  .question = web_value(request, "question"),
                                  .answer = web_secret(request, "answer"),
                                  .given_name = web_value(request, "given_name"),
                                  .surname = web_value(request, "surname"),
                                  .telephone = web_value(request, "telephone"),
                                  .postal_code = web_value(request, "postal_code"),
                                  .onward = "",
                                  .language = request->language,
                                  .former = request->session };
}

struct view_data *sign_up_form_show(const struct web_request *request)
{
    static const char *const shown_again[] = { "alternate_mail", "question",  "given_name",
                                               "surname",        "telephone", "postal_code" };
    struct view_data *form = view_object();
    for (size_t i = 0; i < sizeof shown_again / sizeof *shown_again; i++)
        view_text(form, shown_again[i], web_value(request, shown_again[i]));
    return form;
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
    { SIGN_UP_NAME_NOT_ADDRESS, "name",           "name_not_address"       },
    { SIGN_UP_PASSWORD_MISSING, "password",       "password_missing"       },
    { SIGN_UP_PASSWORD_POOR,    "password",       NULL                     },
    { SIGN_UP_PASSWORD_DIFFERS, "password_again", "password_mismatch"      },
    { SIGN_UP_MAIL_BAD,         "alternate_mail", "mail_bad"               },
    { SIGN_UP_ANSWER_ALONE,     "question",       "answer_without_question"},
    { SIGN_UP_QUESTION_ALONE,   "answer",         "question_without_answer"},
    { SIGN_UP_TELEPHONE_BAD,    "telephone",      "telephone_bad"          },
};

void sign_up_form_refuse(const struct web_request *request, struct web_reply *reply, unsigned faults,
                         const struct quality *quality)
{
    for (size_t i = 0; i < sizeof fault_words / sizeof *fault_words; i++) {
        if ((faults & (unsigned) fault_words[i].fault) == 0)
            continue;
        if (fault_words[i].key == NULL)
            password_form_refuse(request, reply, quality);
        else
            web_form_error(reply, fault_words[i].field, fault_words[i].key, NULL);
    }
}

bool sign_up_form_answered(struct web_request *request, struct web_reply *reply, enum sign_up_outcome outcome,
                           const struct sign_up_result *result, const char *name, const char *onward)
{
    switch (outcome) {
    case SIGN_UP_DONE:
        web_session_cookie(reply, result->cookie, 0);
        web_actor(reply, name);
        web_outcome(reply, "sign_up", "done");
        web_redirect(reply, page_after_sign_in(request, onward));
        return true;
    case SIGN_UP_REFUSED: web_outcome(reply, "sign_up", "refused"); return false;
    case SIGN_UP_NAME_TAKEN: web_outcome(reply, "sign_up", "name_taken"); return false;
    case SIGN_UP_PASSWORD_REFUSED:
        web_outcome(reply, "sign_up", "password_refused");
        password_form_refused(request, reply, result->refusal);
        return false;
    case SIGN_UP_NOT_SAVED:
        web_outcome(reply, "sign_up", "refused_by_directory");
        web_trouble(reply, &request->action.trouble);
        web_problem(reply, 500, "not_saved", NULL);
        return true;
    case SIGN_UP_TOO_MANY: web_outcome(reply, "sign_up", "too_many"); return false;
    case SIGN_UP_ASKED: web_outcome(reply, "sign_up", "asked"); return false;
    case SIGN_UP_CLOSED: web_problem(reply, 403, "sign_up_closed", NULL); return true;
    case SIGN_UP_BUSY: web_failed(reply, LK_BUSY, &request->action.trouble); return true;
    case SIGN_UP_TROUBLE: break;
    }
    web_outcome(reply, "sign_up", "trouble");
    page_trouble(request, reply);
    return true;
}
