/* SPDX-License-Identifier: Apache-2.0 */
/* web/routes.c - every path that people meet, one row each. Probes and static files are answered at the door (door.c). */
#include "web/pages/pages.h"

#include "actions/keep_second_factor.h"
#include "actions/recovery_state.h"
#include "actions/sign_in_step.h"
#include "actions/sign_up_offer.h"
#include "credentials/password.h"
#include "tokens/link.h"
#include "web/continue.h"
#include "web/form_token.h"
#include "web/request.h"

#define SHORT_MOST  256 /* bytes: 64 characters of any script */
#define LONG_MOST   512
#define DN_MOST     1024
#define REASON_MOST 800

static const struct web_field sign_in_query[] = {
    {.name = "continue", .most = WEB_CONTINUE_MOST },
    { .name = NULL                },
};

static const struct web_field sign_in_form[] = {
    {.name = "name",      .most = SHORT_MOST },
    { .name = "password",                  .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = "keep",.kind = WEB_BOX, .most = 8 },
    { .name = "continue",                  .most = WEB_CONTINUE_MOST },
    { .name = NULL                    },
};

static const struct web_field sign_up_form_fields[] = {
    {.name = "name",        .most = SHORT_MOST },
    { .name = "password",                    .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = "password_again",.kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = "alternate_mail",                    .kind = WEB_ADDRESS, .most = LONG_MOST },
    { .name = "question",                    .most = LONG_MOST },
    { .name = "answer",                    .kind = WEB_SECRET, .most = ANSWER_MOST },
    { .name = "given_name",.most = SHORT_MOST },
    { .name = "surname",                    .most = SHORT_MOST },
    { .name = "telephone",.most = 64 },
    { .name = "postal_code",     .most = 40 },
    { .name = "step",  .most = 8 },
    { .name = "continue", .most = WEB_CONTINUE_MOST },
    { .name = NULL                   },
};

static const struct web_field sign_up_link_form[] = {
    {.name = "token",           .most = LINK_TEXT_LEN, .required = true },
    { .name = "offer",         .most = SIGN_UP_OFFER_LEN_MOST, .required = true },
    { .name = "password",          .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = "password_again",         .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = "alternate_mail",       .kind = WEB_ADDRESS, .most = LONG_MOST },
    { .name = "question",    .most = LONG_MOST },
    { .name = "answer", .kind = WEB_SECRET, .most = ANSWER_MOST },
    { .name = "given_name",    .most = SHORT_MOST },
    { .name = "surname", .most = SHORT_MOST },
    { .name = "telephone",        .most = 64 },
    { .name = "postal_code",       .most = 40 },
    { .name = NULL                       },
};

static const struct web_field sign_in_code_form[] = {
    {.name = "step",           .most = SIGN_IN_STEP_LEN, .required = true },
    { .name = "code",        .kind = WEB_SECRET, .most = TOTP_TYPED_MOST },
    { .name = "continue",          .most = WEB_CONTINUE_MOST },
    { .name = NULL},
};

static const struct web_field sign_in_password_form[] = {
    {.name = "step",      .most = SIGN_IN_STEP_LEN, .required = true },
    { .name = "why",   .most = 16 },
    { .name = "password",      .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = "password_again",                  .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = "continue",.most = WEB_CONTINUE_MOST },
    { .name = NULL                 },
};

static const struct web_field second_factor_offer_form[] = {
    {.name = "password_now", .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = NULL},
};

static const struct web_field second_factor_confirm_form[] = {
    {.name = "enrolment", .most = ENROLMENT_LEN, .required = true },
    { .name = "code",   .kind = WEB_SECRET, .most = TOTP_TYPED_MOST },
    { .name = NULL    },
};

static const struct web_field second_factor_proof_form[] = {
    {.name = "password_now", .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = "code", .kind = WEB_SECRET, .most = TOTP_TYPED_MOST },
    { .name = NULL       },
};

static const struct web_field associate_form[] = {
    {.name = "mail",     .kind = WEB_ADDRESS, .most = LONG_MOST },
    { .name = NULL},
};

static const struct web_field link_query[] = {
    {.name = "offer", .most = SIGN_UP_OFFER_LEN_MOST },
    { .name = NULL             },
};

static const struct web_field link_form[] = {
    {.name = "token",   .most = LINK_TEXT_LEN, .required = true },
    { .name = NULL},
};

static const struct web_field associated_query[] = {
    {.name = "profile", .kind = WEB_IDENTIFIER, .most = 36, .required = true },
    { .name = "redeemed",       .most = WEB_FORM_TOKEN_LEN },
    { .name = NULL               },
};

static const struct web_field select_form[] = {
    {.name = "profile", .kind = WEB_IDENTIFIER, .most = 36, .required = true },
    { .name = NULL      },
};

/* Every change of the own account asks for the password once more. */
#define PASSWORD_NOW "password_now"

static const struct web_field account_password_form[] = {
    {.name = PASSWORD_NOW,   .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = "password", .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = "password_again",    .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = NULL},
};

static const struct web_field account_mail_form[] = {
    {.name = "mail",     .kind = WEB_ADDRESS, .most = LONG_MOST },
    { .name = "remove", .kind = WEB_BOX, .most = 8 },
    { .name = PASSWORD_NOW,  .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = NULL        },
};

static const struct web_field account_question_form[] = {
    {.name = "question",  .most = LONG_MOST },
    { .name = "answer",                  .kind = WEB_SECRET, .most = ANSWER_MOST },
    { .name = "remove",.kind = WEB_BOX, .most = 8 },
    { .name = PASSWORD_NOW,                  .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = NULL                    },
};

static const struct web_field account_person_form[] = {
    {.name = "given_name", .most = LONG_MOST },
    { .name = "surname",                   .most = LONG_MOST },
    { .name = "telephone",.most = LONG_MOST },
    { .name = "postal_code", .most = LONG_MOST },
    { .name = PASSWORD_NOW,                   .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = NULL  },
};

static const struct web_field reset_form[] = {
    {.name = "name", .most = SHORT_MOST },
    { .name = NULL            },
};

static const struct web_field reset_link_form[] = {
    {.name = "token",        .most = LINK_TEXT_LEN, .required = true },
    { .name = "password",      .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = "password_again",    .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = NULL},
};

static const struct web_field reset_person_form[] = {
    {.name = "name",     .most = SHORT_MOST },
    { .name = "given_name",                 .most = LONG_MOST },
    { .name = "surname",.most = LONG_MOST },
    { .name = "telephone", .most = LONG_MOST },
    { .name = "postal_code",                 .most = LONG_MOST },
    { .name = NULL},
};

static const struct web_field reset_answer_form[] = {
    {.name = "state",             .kind = WEB_LINE, .most = RECOVERY_STATE_LEN, .required = true },
    { .name = "answer", .kind = WEB_SECRET, .most = ANSWER_MOST },
    { .name = NULL                         },
};

static const struct web_field reset_password_form[] = {
    {.name = "state",             .kind = WEB_LINE, .most = RECOVERY_STATE_LEN, .required = true },
    { .name = "password", .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = "password_again",                          .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = NULL        },
};

static const struct web_field account_delete_form[] = {
    {.name = PASSWORD_NOW,   .kind = WEB_SECRET, .most = PASSWORD_MOST },
    { .name = NULL},
};

static const struct web_field account_session_form[] = {
    {.name = "session", .most = 64, .required = true },
    { .name = NULL},
};

static const struct web_field help_administrator_form[] = {
    {.name = "reason", .most = 1300 },
    { .name = NULL              },
};

static const struct web_field operator_query[] = {
    {.name = "q", .most = SHORT_MOST },
    { .name = NULL         },
};

static const struct web_field operator_organization_query[] = {
    {.name = "q", .most = SHORT_MOST },
    { .name = "done",          .most = 32 },
    { .name = NULL},
};

static const struct web_field operator_new_form[] = {
    {.name = "name",      .most = SHORT_MOST },
    { .name = "plan",                  .most = 64 },
    { .name = "until",.most = 10 },
    { .name = "person",    .most = SHORT_MOST },
    { .name = "mail",                  .kind = WEB_ADDRESS, .most = LONG_MOST },
    { .name = NULL},
};

static const struct web_field operator_plan_form[] = {
    {.name = "plan", .most = 64 },
    { .name = "until",             .most = 10 },
    { .name = NULL},
};

static const struct web_field operator_plan_remove_form[] = {
    {.name = "plan",    .most = 64, .required = true },
    { .name = NULL},
};

static const struct web_field operator_contact_form[] = {
    {.name = "profile", .kind = WEB_IDENTIFIER, .most = 36, .required = true },
    { .name = NULL      },
};

static const struct web_field operator_administrator_form[] = {
    {.name = "profile", .kind = WEB_IDENTIFIER, .most = 36 },
    { .name = "former",       .most = DN_MOST },
    { .name = "reason", .most = REASON_MOST },
    { .name = NULL               },
};

static const struct web_field operator_administrator_new_form[] = {
    {.name = "name",       .most = SHORT_MOST },
    { .name = "mail",                   .kind = WEB_ADDRESS, .most = LONG_MOST },
    { .name = NULL},
};

static const struct web_field people_query[] = {
    {.name = "search",    .most = SHORT_MOST },
    { .name = "page",                  .most = 8 },
    { .name = "from",.most = SHORT_MOST },
    { .name = "before",     .most = SHORT_MOST },
    { .name = "all",                  .kind = WEB_BOX, .most = 8 },
    { .name = "done",.most = 32 },
    { .name = NULL     },
};

/* One field for each person of a page, so that no field comes twice: those who are not chosen are not sent. */
#define PERSON(number)                                                \
    {                                                                 \
        .name = "person_" #number, .kind = WEB_IDENTIFIER, .most = 36 \
    }

/* clang-format off */
static const struct web_field people_chosen_form[] = {
    { .name = "act", .most = 32 },
    { .name = "confirmed", .kind = WEB_BOX, .most = 8 },
    { .name = "continue", .most = WEB_CONTINUE_MOST },
    PERSON(1), PERSON(2), PERSON(3), PERSON(4), PERSON(5), PERSON(6), PERSON(7), PERSON(8), PERSON(9), PERSON(10),
    PERSON(11), PERSON(12), PERSON(13), PERSON(14), PERSON(15), PERSON(16), PERSON(17), PERSON(18), PERSON(19), PERSON(20),
    PERSON(21), PERSON(22), PERSON(23), PERSON(24), PERSON(25), PERSON(26), PERSON(27), PERSON(28), PERSON(29), PERSON(30),
    PERSON(31), PERSON(32), PERSON(33), PERSON(34), PERSON(35), PERSON(36), PERSON(37), PERSON(38), PERSON(39), PERSON(40),
    PERSON(41), PERSON(42), PERSON(43), PERSON(44), PERSON(45), PERSON(46), PERSON(47), PERSON(48), PERSON(49), PERSON(50),
    { .name = NULL },
};
/* clang-format on */

static const struct web_field done_query[] = {
    {.name = "done", .most = 32 },
    { .name = NULL            },
};

static const struct web_field person_new_form[] = {
    {.name = "given_name", .most = LONG_MOST },
    { .name = "surname",                   .most = LONG_MOST },
    { .name = "mail",.kind = WEB_ADDRESS, .most = LONG_MOST },
    { .name = "telephone",      .most = LONG_MOST },
    { .name = "title",   .most = LONG_MOST },
    { .name = "administrator", .kind = WEB_BOX, .most = 8 },
    { .name = "invite",                   .kind = WEB_BOX, .most = 8 },
    { .name = NULL},
};

static const struct web_field person_form[] = {
    {.name = "given_name",      .most = LONG_MOST },
    { .name = "surname",                        .most = LONG_MOST },
    { .name = "mail",.kind = WEB_ADDRESS, .most = LONG_MOST },
    { .name = "telephone",           .most = LONG_MOST },
    { .name = "title",        .most = LONG_MOST },
    { .name = "administrator",      .kind = WEB_BOX, .most = 8 },
    { .name = "was_given_name",                        .most = LONG_MOST },
    { .name = "was_surname", .most = LONG_MOST },
    { .name = "was_mail",  .most = LONG_MOST },
    { .name = "was_telephone",                .most = LONG_MOST },
    { .name = "was_title", .most = LONG_MOST },
    { .name = "was_administrator",                        .kind = WEB_BOX, .most = 8 },
    { .name = NULL       },
};

static const struct web_field profile_form[] = {
    {.name = "given_name",      .most = LONG_MOST },
    { .name = "surname",                        .most = LONG_MOST },
    { .name = "telephone",.most = LONG_MOST },
    { .name = "title",      .most = LONG_MOST },
    { .name = "was_given_name",                        .most = LONG_MOST },
    { .name = "was_surname",   .most = LONG_MOST },
    { .name = "was_telephone", .most = LONG_MOST },
    { .name = "was_title",                        .most = LONG_MOST },
    { .name = NULL     },
};

static const struct web_field profile_mail_form[] = {
    {.name = "mail",     .kind = WEB_ADDRESS, .most = LONG_MOST },
    { .name = NULL},
};

static const struct web_field administrator_form[] = {
    {.name = "administrator", .kind = WEB_BOX, .most = 8 },
    { .name = NULL             },
};

/* clang-format off */
const struct web_route web_routes[] = {
    { "GET",  "/",               page_home,            WEB_SIGNED_IN,         NULL,                true  },
    { "GET",  "/signin",         page_sign_in,         WEB_ANYBODY,           sign_in_query,       false },
    { "POST", "/signin",         page_sign_in_submit,  WEB_ANYBODY,           sign_in_form,        false },
    { "GET",  "/signin/code",    page_sign_in_code,    WEB_NO_SESSION_NEEDED, NULL,                false },
    { "POST", "/signin/code",    page_sign_in_code_submit, WEB_ANYBODY,       sign_in_code_form,   false },
    { "GET",  "/signin/password", page_sign_in_password, WEB_NO_SESSION_NEEDED, NULL,              false },
    { "POST", "/signin/password", page_sign_in_password_submit, WEB_ANYBODY,  sign_in_password_form, false },
    { "POST", "/signin/forget",  page_forget_names,    WEB_NO_SESSION_NEEDED, NULL,                false },
    { "GET",  "/signup",         page_sign_up,         WEB_ANYBODY,           sign_in_query,       false },
    { "GET",  "/signup/start",   page_sign_up,         WEB_ANYBODY,           NULL,                false },
    { "POST", "/signup/start",   page_sign_up,         WEB_ANYBODY,           sign_in_query,       false },
    { "POST", "/signup",         page_sign_up_submit,  WEB_ANYBODY,           sign_up_form_fields, false },
    { "POST", "/signup/link",    page_sign_up_link_submit, WEB_ANYBODY,       sign_up_link_form,   false },
    { "POST", "/signout",        page_sign_out,        WEB_ANYBODY,           NULL,                false },
    { "GET",  "/signed-out",     page_signed_out,      WEB_NO_SESSION_NEEDED, NULL,                false },
    { "GET",  "/associate",      page_associate,       WEB_SIGNED_IN,         NULL,                true  },
    { "POST", "/associate",      page_associate_submit, WEB_SIGNED_IN,        associate_form,      false },
    { "GET",  "/associate/sent", page_associate_sent,  WEB_SIGNED_IN,         NULL,                false },
    { "GET",  "/t/{token}",      page_link,            WEB_ANYBODY,           link_query,          true  },
    { "GET",  "/t",              page_link_left,       WEB_ANYBODY,           NULL,                false },
    { "POST", "/t",              page_link_submit,     WEB_ANYBODY,           link_form,           false },
    { "GET",  "/associated",     page_associated,      WEB_SIGNED_IN,         associated_query,    true  },
    { "GET",  "/select",         page_select,          WEB_SIGNED_IN,         NULL,                true  },
    { "POST", "/select",         page_select_submit,   WEB_SIGNED_IN,         select_form,         false },
    { "GET",  "/account",        page_account,         WEB_SIGNED_IN,         done_query,          true  },
    { "GET",  "/account/password", page_account_password, WEB_SIGNED_IN,      NULL,                true  },
    { "POST", "/account/password", page_account_password_submit, WEB_SIGNED_IN, account_password_form, false },
    { "GET",  "/account/mail",   page_account_mail,    WEB_SIGNED_IN,         NULL,                true  },
    { "POST", "/account/mail",   page_account_mail_submit, WEB_SIGNED_IN,     account_mail_form,   false },
    { "GET",  "/account/question", page_account_question, WEB_SIGNED_IN,      NULL,                true  },
    { "POST", "/account/question", page_account_question_submit, WEB_SIGNED_IN, account_question_form, false },
    { "GET",  "/account/person", page_account_person,  WEB_SIGNED_IN,         NULL,                true  },
    { "POST", "/account/person", page_account_person_submit, WEB_SIGNED_IN,   account_person_form, false },
    { "POST", "/account/sessions/end", page_account_session_end, WEB_SIGNED_IN, account_session_form, false },
    { "POST", "/account/sessions/end-all", page_account_sessions_end, WEB_SIGNED_IN, NULL,         false },
    { "GET",  "/account/delete", page_account_delete,  WEB_SIGNED_IN,         NULL,                true  },
    { "POST", "/account/delete", page_account_delete_submit, WEB_SIGNED_IN,   account_delete_form, false },
    { "GET",  "/account/deleted", page_account_deleted, WEB_NO_SESSION_NEEDED, NULL,               false },
    { "GET",  "/account/second-factor", page_second_factor, WEB_SIGNED_IN,    done_query,          true  },
    { "GET",  "/account/second-factor/new", page_second_factor_again, WEB_SIGNED_IN, NULL,         false },
    { "POST", "/account/second-factor/new", page_second_factor_offer, WEB_SIGNED_IN, second_factor_offer_form, false },
    { "POST", "/account/second-factor", page_second_factor_confirm, WEB_SIGNED_IN, second_factor_confirm_form, false },
    { "GET",  "/account/second-factor/codes", page_recovery_codes, WEB_SIGNED_IN, NULL,            true  },
    { "POST", "/account/second-factor/codes", page_recovery_codes_submit, WEB_SIGNED_IN, second_factor_proof_form, false },
    { "GET",  "/account/second-factor/off", page_second_factor_off, WEB_SIGNED_IN, NULL,           true  },
    { "POST", "/account/second-factor/off", page_second_factor_off_submit, WEB_SIGNED_IN, second_factor_proof_form, false },
    { "GET",  "/profile",        page_profile,         WEB_SIGNED_IN,         done_query,          true  },
    { "POST", "/profile",        page_profile_save,    WEB_SIGNED_IN,         profile_form,        false },
    { "POST", "/profile/mail",   page_profile_mail,    WEB_SIGNED_IN,         profile_mail_form,   false },
    { "POST", "/profile/invite", page_profile_invite,  WEB_SIGNED_IN,         NULL,                false },
    { "GET",  "/organization",   page_people,          WEB_SIGNED_IN,         people_query,        true  },
    { "GET",  "/organization/people/new", page_person_new, WEB_SIGNED_IN,     NULL,                true  },
    { "POST", "/organization/people/new", page_person_add, WEB_SIGNED_IN,     person_new_form,     false },
    { "POST", "/organization/people/chosen", page_people_chosen, WEB_SIGNED_IN, people_chosen_form, false },
    { "GET",  "/organization/people/{id}", page_person, WEB_SIGNED_IN,        done_query,          true  },
    { "POST", "/organization/people/{id}", page_person_save, WEB_SIGNED_IN,   person_form,         false },
    { "POST", "/organization/people/{id}/invite", page_person_invite, WEB_SIGNED_IN, NULL,         false },
    { "POST", "/organization/people/{id}/cancel-invite", page_person_cancel_invite, WEB_SIGNED_IN, NULL, false },
    { "POST", "/organization/people/{id}/administrator", page_person_administrator, WEB_SIGNED_IN, administrator_form, false },
    { "GET",  "/organization/people/{id}/remove", page_person_remove, WEB_SIGNED_IN, NULL,         true  },
    { "POST", "/organization/people/{id}/remove", page_person_remove_submit, WEB_SIGNED_IN, NULL,  false },
    { "GET",  "/reset",          page_reset,           WEB_ANYBODY,           NULL,                false },
    { "POST", "/reset",          page_reset_ask,       WEB_ANYBODY,           reset_form,          false },
    { "GET",  "/reset/sent",     page_reset_sent,      WEB_ANYBODY,           NULL,                false },
    { "POST", "/reset/link",     page_reset_link_submit, WEB_ANYBODY,         reset_link_form,     false },
    { "GET",  "/reset/question", page_reset_person,    WEB_ANYBODY,           NULL,                false },
    { "POST", "/reset/question", page_reset_person_submit, WEB_ANYBODY,       reset_person_form,   false },
    { "POST", "/reset/answer",   page_reset_answer_submit, WEB_ANYBODY,       reset_answer_form,   false },
    { "POST", "/reset/password", page_reset_password_submit, WEB_ANYBODY,     reset_password_form, false },
    { "GET",  "/reset/done",     page_reset_done,      WEB_NO_SESSION_NEEDED, NULL,                false },
    { "GET",  "/auth",           page_auth,            WEB_ANYBODY,           NULL,                false },
    { "GET",  "/help/administrator", page_help_administrator, WEB_SIGNED_IN,  NULL,                true  },
    { "POST", "/help/administrator", page_help_administrator_submit, WEB_SIGNED_IN, help_administrator_form, false },
    { "GET",  "/operator",       page_operator,        WEB_SIGNED_IN,         operator_query,      true  },
    { "GET",  "/operator/new",   page_operator_new,    WEB_SIGNED_IN,         NULL,                true  },
    { "POST", "/operator/new",   page_operator_new_submit, WEB_SIGNED_IN,     operator_new_form,   false },
    { "GET",  "/operator/{organization}", page_operator_organization, WEB_SIGNED_IN, operator_organization_query, true },
    { "POST", "/operator/{organization}/plan", page_operator_plan_submit, WEB_SIGNED_IN, operator_plan_form, false },
    { "POST", "/operator/{organization}/plan/remove", page_operator_plan_remove_submit, WEB_SIGNED_IN,
      operator_plan_remove_form, false },
    { "POST", "/operator/{organization}/contact", page_operator_contact_submit, WEB_SIGNED_IN, operator_contact_form, false },
    { "POST", "/operator/{organization}/administrator", page_operator_administrator_submit, WEB_SIGNED_IN,
      operator_administrator_form, false },
    { "POST", "/operator/{organization}/administrator/new", page_operator_administrator_new_submit, WEB_SIGNED_IN,
      operator_administrator_new_form, false },
    { NULL,   NULL,              NULL,                 WEB_ANYBODY,           NULL,                false },
};
/* clang-format on */
