/* SPDX-License-Identifier: Apache-2.0 */
/* The forms below /account: password, alternate address, question and answer, personal data. Each asks for the password. */
#include "web/pages/account.h"
#include "web/pages/password_form.h"

#include "actions/change_password.h"
#include "actions/keep_account.h"

#include <string.h>

/* ---- the password ---- */

static void show_password(struct web_request *request, struct web_reply *reply, unsigned status)
{
    struct view_data *data = view_object();
    view_child(data, "account", show_account(&request->session->account));
    view_number(data, "password_least", request->action.config->accounts_password_least);
    web_page(reply, status, "page/account_password", data);
}

void page_account_password(struct web_request *request, struct web_reply *reply)
{
    if (request->session->account.person_dn != NULL) {
        web_problem(reply, 403, "password_elsewhere", NULL);
        return;
    }
    show_password(request, reply, 200);
}

void page_account_password_submit(struct web_request *request, struct web_reply *reply)
{
    struct change_password_result result;
    const struct new_password_form form = { .password = web_secret(request, "password"),
                                            .again = web_secret(request, "password_again") };
    const bool kept = request->session->kept;
    const enum own_outcome outcome =
        change_password(&request->action, request->session, web_secret(request, "password_now"), &form, &result);
    if (outcome == OWN_REFUSED) { /* the directory has rules of its own for passwords */
        web_outcome(reply, "change_password", "refused_by_directory");
        password_form_refused(request, reply, result.refusal);
        show_password(request, reply, 422);
        return;
    }
    if (account_answered(request, reply, outcome, "change_password"))
        return;
    if (outcome == OWN_DONE) {
        web_session_cookie(reply, result.cookie, kept ? request->action.config->sessions_kept_longest : 0);
        web_redirect(reply, "/account?done=password");
        return;
    }
    if (outcome == OWN_FAULTY)
        password_form_show(request, reply, result.verdict, &result.quality);
    show_password(request, reply, account_form_status(outcome));
}

/* ---- forms with texts ---- */

static const struct {
    unsigned fault;
    const char *field;
    const char *key;
} fault_words[] = {
    {KEEP_ACCOUNT_MAIL_MISSING,                                 "mail",        "mail_missing"           },
    { KEEP_ACCOUNT_MAIL_BAD,                                    "mail",        "mail_bad"               },
    { KEEP_ACCOUNT_MAIL_SAME,                                   "mail",        "mail_same"              },
    { KEEP_ACCOUNT_QUESTION_MISSING,                            "question",    "question_missing"       },
    { KEEP_ACCOUNT_ANSWER_MISSING,                              "answer",      "question_without_answer"},
    { KEEP_ACCOUNT_TELEPHONE_BAD,                               "telephone",   "telephone_bad"          },
    { (unsigned) KEEP_ACCOUNT_TEXT_LONG << ACCOUNT_GIVEN_NAME,  "given_name",  "text_long"              },
    { (unsigned) KEEP_ACCOUNT_TEXT_LONG << ACCOUNT_SURNAME,     "surname",     "text_long"              },
    { (unsigned) KEEP_ACCOUNT_TEXT_LONG << ACCOUNT_TELEPHONE,   "telephone",   "text_long"              },
    { (unsigned) KEEP_ACCOUNT_TEXT_LONG << ACCOUNT_POSTAL_CODE, "postal_code", "text_long"              },
};

/* What is on a page: each field's name, and what stands in it at first. */
struct account_form {
    const char *template;
    const char *action; /* for the log */
    const char *done;
    size_t count;
    const char *names[ACCOUNT_FIELDS];
    const char *values[ACCOUNT_FIELDS];
};

/* As it stands on the entry (200), or as it was typed. */
static void show_form(struct web_request *request, struct web_reply *reply, const struct account_form *form,
                      unsigned status)
{
    const bool typed = status != 200;
    struct view_data *data = view_object();
    struct view_data *fields = view_object();
    for (size_t i = 0; i < form->count; i++)
        view_text(fields, form->names[i], typed ? web_value(request, form->names[i]) : form->values[i]);
    view_child(data, "form", fields);
    view_child(data, "account", show_account(&request->session->account));
    web_page(reply, status, form->template, data);
}

static void finish_form(struct web_request *request, struct web_reply *reply, const struct account_form *form,
                        enum own_outcome outcome, unsigned faults)
{
    if (account_answered(request, reply, outcome, form->action))
        return;
    if (outcome == OWN_DONE) {
        web_redirect(reply, form->done);
        return;
    }
    for (size_t i = 0; outcome == OWN_FAULTY && i < sizeof fault_words / sizeof *fault_words; i++)
        if ((faults & fault_words[i].fault) != 0)
            web_form_error(reply, fault_words[i].field, fault_words[i].key, NULL);
    show_form(request, reply, form, account_form_status(outcome));
}

/* ---- the alternate address ---- */

static struct account_form mail_form(bool removing)
{
    return (struct account_form){ .template = "page/account_mail",
                                  .action = removing ? "remove_alternate_mail" : "set_alternate_mail",
                                  .done = removing ? "/account?done=mail_removed" : "/account?done=mail",
                                  .count = 1,
                                  .names = { "mail" } };
}

void page_account_mail(struct web_request *request, struct web_reply *reply)
{
    const struct account_form form = mail_form(false);
    show_form(request, reply, &form, 200);
}

void page_account_mail_submit(struct web_request *request, struct web_reply *reply)
{
    const bool removing = web_box(request, "remove");
    const struct lk_secret *password = web_secret(request, "password_now");
    const struct account_form form = mail_form(removing);
    unsigned faults = 0;
    const enum own_outcome outcome = removing ? remove_alternate_mail(&request->action, request->session, password)
                                              : set_alternate_mail(&request->action, request->session, password,
                                                                   web_value(request, "mail"), &faults);
    finish_form(request, reply, &form, outcome, faults);
}

/* ---- question and answer ---- */

static struct account_form question_form(const struct web_request *request, bool removing)
{
    return (struct account_form){ .template = "page/account_question",
                                  .action = removing ? "remove_question" : "set_question",
                                  .done = removing ? "/account?done=question_removed" : "/account?done=question",
                                  .count = 1,
                                  .names = { "question" },
                                  .values = { request->session->account.question } };
}

void page_account_question(struct web_request *request, struct web_reply *reply)
{
    const struct account_form form = question_form(request, false);
    show_form(request, reply, &form, 200);
}

void page_account_question_submit(struct web_request *request, struct web_reply *reply)
{
    const bool removing = web_box(request, "remove");
    const struct lk_secret *password = web_secret(request, "password_now");
    const struct account_form form = question_form(request, removing);
    unsigned faults = 0;
    const enum own_outcome outcome =
        removing ? remove_question(&request->action, request->session, password)
                 : set_question(&request->action, request->session, password, web_value(request, "question"),
                                web_secret(request, "answer"), &faults);
    finish_form(request, reply, &form, outcome, faults);
}

/* ---- personal data ---- */

static struct account_form person_form(const struct web_request *request)
{
    const struct account_person person = account_person_of(&request->session->account);
    struct account_form form = { .template = "page/account_person",
                                 .action = "set_person",
                                 .done = "/account?done=person",
                                 .count = ACCOUNT_FIELDS };
    for (size_t i = 0; i < ACCOUNT_FIELDS; i++) {
        form.names[i] = account_field_name((enum account_field) i);
        form.values[i] = person.values[i];
    }
    return form;
}

void page_account_person(struct web_request *request, struct web_reply *reply)
{
    const struct account_form form = person_form(request);
    show_form(request, reply, &form, 200);
}

void page_account_person_submit(struct web_request *request, struct web_reply *reply)
{
    const struct account_form form = person_form(request);
    struct account_person person;
    unsigned faults = 0;
    for (size_t i = 0; i < ACCOUNT_FIELDS; i++)
        person.values[i] = web_value(request, form.names[i]);
    const enum own_outcome outcome =
        set_person(&request->action, request->session, web_secret(request, "password_now"), &person, &faults);
    finish_form(request, reply, &form, outcome, faults);
}
