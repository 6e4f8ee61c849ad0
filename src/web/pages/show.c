/* SPDX-License-Identifier: Apache-2.0 */
#include "web/pages/pages.h"

#include "base/encoding.h"
#include "web/names.h"

struct view_data *show_profile(const struct profile *profile)
{
    struct view_data *data = view_object();
    char id[LK_UUID_TEXT_LEN + 1];
    lk_uuid_format(profile->id, id);
    view_text(data, "id", id);
    view_text(data, "name", profile->display_name);
    view_text(data, "mail", profile->mail);
    view_text(data, "pending_mail", profile->pending_mail);
    view_text(data, "telephone", profile->telephone);
    view_text(data, "title", profile->title);
    return data;
}

struct view_data *show_plan(const struct service_plan *plan)
{
    struct view_data *data = view_object();
    bool has_end = plan->ends != INT64_MAX;
    view_text(data, "name", plan->name);
    view_flag(data, "has_end", has_end);
    if (has_end)
        view_time(data, "until", plan->ends);
    return data;
}

struct view_data *show_organization(const struct organization *organization, int64_t now)
{
    struct view_data *data = view_object();
    view_text(data, "name", organization->name);
    const struct service_plan *plan = organization_current_plan(organization, now);
    if (plan != NULL)
        view_child(data, "plan", show_plan(plan));
    const struct service_plan *ended = plan == NULL ? organization_ended_plan(organization, now) : NULL;
    if (ended != NULL)
        view_child(data, "ended", show_plan(ended));
    return data;
}

struct view_data *show_account(const struct account *account)
{
    struct view_data *data = view_object();
    view_text(data, "name", account->name);
    view_text(data, "display_name", account->display_name);
    view_text(data, "given_name", account->given_name);
    view_text(data, "surname", account_own_surname(account));
    view_text(data, "telephone", account->telephone);
    view_text(data, "postal_code", account->postal_code);
    view_text(data, "alternate_mail", account->alternate_mail);
    view_text(data, "pending_mail", account->pending_mail);
    view_text(data, "question", account->question);
    view_flag(data, "second_factor", account->second_factor != NULL);
    view_flag(data, "password_elsewhere", account->person_dn != NULL);
    return data;
}

struct view_data *show_names(const struct web_request *request)
{
    struct web_names names = web_names_read(request);
    struct view_data *list = view_list();
    for (size_t i = 0; i < names.count; i++)
        view_append_text(list, names.items[i]);
    return list;
}

const char *page_after_sign_in(const struct web_request *request, const char *target)
{
    const char *allowed = web_continue(request, target);
    return allowed != NULL ? allowed : "/";
}

/* Nobody counts ninety seconds, and one second is over when it has been read. */
static void say_wait(struct web_reply *reply, const char *field, int64_t seconds, const char *in_seconds,
                     const char *in_minutes)
{
    const bool is_long = seconds > 90;
    struct view_data *data = view_object();
    view_number(data, "wait", is_long ? (seconds + 59) / 60 : seconds + (seconds == 1));
    web_form_error(reply, field, is_long ? in_minutes : in_seconds, data);
    web_retry_after(reply, seconds);
}

void page_wait(struct web_reply *reply, const char *field, int64_t seconds)
{
    say_wait(reply, field, seconds, "too_many_tries_seconds", "too_many_tries_minutes");
}

void page_wait_for_message(struct web_reply *reply, const char *field, int64_t seconds)
{
    say_wait(reply, field, seconds, "too_many_messages_seconds", "too_many_messages_minutes");
}

void page_trouble(const struct web_request *request, struct web_reply *reply)
{
    web_failed(reply, LK_BROKEN, &request->action.trouble);
}
