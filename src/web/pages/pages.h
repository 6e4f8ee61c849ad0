/* SPDX-License-Identifier: Apache-2.0 */
/* web/pages/pages.h - the handlers behind web/routes.c. Each reads its form, runs one action and shows its outcome; each is
 * page and JSON alike. Data names are those of docs/templates.md. */
#ifndef LATCHKEY_WEB_PAGES_PAGES_H
#define LATCHKEY_WEB_PAGES_PAGES_H

#include "actions/choose_profile.h"
#include "actions/list_people.h"
#include "views/data.h"
#include "web/reply.h"
#include "web/request.h"

typedef void page_handler(struct web_request *request, struct web_reply *reply);

page_handler page_home;
page_handler page_sign_in, page_sign_in_submit, page_forget_names;
page_handler page_sign_in_code, page_sign_in_code_submit;
page_handler page_sign_in_password, page_sign_in_password_submit;
page_handler page_sign_up, page_sign_up_submit, page_sign_up_link_submit;
page_handler page_sign_out, page_signed_out;
page_handler page_associate, page_associate_submit, page_associate_sent;
page_handler page_link, page_link_submit, page_link_left, page_associated;
page_handler page_select, page_select_submit;
page_handler page_account, page_account_session_end, page_account_sessions_end;
page_handler page_account_password, page_account_password_submit;
page_handler page_account_mail, page_account_mail_submit;
page_handler page_account_question, page_account_question_submit;
page_handler page_account_person, page_account_person_submit;
page_handler page_account_delete, page_account_delete_submit, page_account_deleted;
page_handler page_reset, page_reset_ask, page_reset_sent, page_reset_link_submit, page_reset_done;
page_handler page_reset_person, page_reset_person_submit, page_reset_answer_submit, page_reset_password_submit;
page_handler page_second_factor, page_second_factor_again;
page_handler page_second_factor_offer, page_second_factor_confirm;
page_handler page_recovery_codes, page_recovery_codes_submit;
page_handler page_second_factor_off, page_second_factor_off_submit;
page_handler page_auth;
page_handler page_help_administrator, page_help_administrator_submit;
page_handler page_operator, page_operator_new, page_operator_new_submit;
page_handler page_operator_organization, page_operator_plan_submit, page_operator_plan_remove_submit;
page_handler page_operator_contact_submit, page_operator_administrator_submit;
page_handler page_operator_administrator_new_submit;
page_handler page_people, page_people_chosen;
page_handler page_person_new, page_person_add;
page_handler page_person, page_person_save;
page_handler page_person_invite, page_person_cancel_invite, page_person_administrator;
page_handler page_person_remove, page_person_remove_submit;
page_handler page_profile, page_profile_save, page_profile_mail, page_profile_invite;

/* ---- shared by pages ---- */

/* {id, name, mail, pending_mail, telephone, title} */
struct view_data *show_profile(const struct profile *profile);
/* {name, until, has_end} */
struct view_data *show_plan(const struct service_plan *plan);
/* {name, plan {name, until, has_end}} ; `now` decides which plan is current. Without one: ended {name, until}, the last that was. */
struct view_data *show_organization(const struct organization *organization, int64_t now);
/* {name, display_name, …}: what the account's holder may see of it */
struct view_data *show_account(const struct account *account);
/* The account names used before in this browser, newest first */
struct view_data *show_names(const struct web_request *request);
/* {id, name, mail, telephone, title, given_name, surname, administrator, tied, disputed, me, invite {state, when, until, words, open}} */
struct view_data *show_person(const struct person *person);
/* Where to go after signing in: `target` if it may be followed, else home. */
const char *page_after_sign_in(const struct web_request *request, const char *target);
/* Answers for an actor who may not go on: to choose or to associate a profile first, 404, or 403. `action` goes to the log; an
 * attempt upon another organisation's profile stands there as refused. False for ACTING_ALLOWED: nothing was answered. */
bool page_acting_answered(struct web_request *request, struct web_reply *reply, enum acting_outcome outcome,
                          const char *action);
/* What stands in the path for {id}, in this request's organisation and `act` allowed upon it; false: it has been answered. */
bool page_target(struct web_request *request, struct web_reply *reply, enum policy_act act, struct acting *acting_out,
                 struct profile *target_out);
/* The page of the second step, with the sealed text that goes with it. */
void page_ask_code(struct web_request *request, struct web_reply *reply, unsigned status, const char *step);
/* The page that takes a new password in the place of one that will not do any more; `why`: "expired" or "must_change". */
void page_ask_new_password(struct web_request *request, struct web_reply *reply, unsigned status, const char *step,
                           const char *why);
/* Leads on to where a second factor is turned on; a program is told. */
void page_second_factor_needed(const struct web_request *request, struct web_reply *reply);
/* The action could not be carried out: 503 or 500 with the trouble in the log. */
void page_trouble(const struct web_request *request, struct web_reply *reply);

/* Too many tries, or too many messages asked for: an error at `field` that says for how long to wait, and Retry-After. The caller
 * shows its form with 429. */
void page_wait(struct web_reply *reply, const char *field, int64_t seconds);
void page_wait_for_message(struct web_reply *reply, const char *field, int64_t seconds);

#endif
