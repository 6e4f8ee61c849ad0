/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages of administrators, and of one's own profile, share: whom they show, and who may go on. */
#include "web/pages/pages.h"

#include "base/encoding.h"

#include <string.h>

static struct view_data *show_invite(const struct invite *invite)
{
    struct view_data *data = view_object();
    view_text(data, "state", invite_state_name(invite->state));
    if (invite->when > 0)
        view_time(data, "when", invite->when);
    if (invite->until > 0)
        view_time(data, "until", invite->until);
    view_text(data, "words", invite->words);
    view_flag(data, "open", invite_is_open(invite));
    return data;
}

struct view_data *show_person(const struct person *person)
{
    struct view_data *data = show_profile(&person->profile);
    view_text(data, "given_name", person->profile.given_name);
    view_text(data, "surname", person->profile.surname);
    view_flag(data, "administrator", person->is_administrator);
    view_flag(data, "tied", person->profile.account_dn != NULL);
    view_flag(data, "me", person->is_me);
    if (person->disputed > 0)
        view_time(data, "disputed", person->disputed);
    view_child(data, "invite", show_invite(&person->invite));
    return data;
}

bool page_acting_answered(struct web_request *request, struct web_reply *reply, enum acting_outcome outcome,
                          const char *action)
{
    const bool may_be_led = !request->wants_json && strcmp(request->route->method, "GET") == 0;
    switch (outcome) {
    case ACTING_ALLOWED: return false;
    case ACTING_NO_PROFILE:
    case ACTING_UNDECIDED:
        web_outcome(reply, action, "no_profile");
        if (may_be_led) {
            web_redirect(reply, outcome == ACTING_UNDECIDED ? "/select" : "/associate");
            return true;
        }
        web_problem(reply, 403, "no_profile", NULL);
        return true;
    case ACTING_NO_SECOND_FACTOR:
        web_outcome(reply, action, "no_second_factor");
        page_second_factor_needed(request, reply);
        return true;
    case ACTING_REFUSED:
        web_outcome(reply, action, "refused");
        web_problem(reply, 403, "forbidden", NULL);
        return true;
    case ACTING_NOT_FOUND:
        web_outcome(reply, action, "refused");
        web_problem(reply, 404, "not_found", NULL);
        return true;
    case ACTING_TROUBLE: break;
    }
    page_trouble(request, reply);
    return true;
}

bool page_target(struct web_request *request, struct web_reply *reply, enum policy_act act, struct acting *acting_out,
                 struct profile *target_out)
{
    uint8_t id[LK_UUID_LEN];
    enum acting_outcome outcome = ACTING_NOT_FOUND;
    if (lk_uuid_parse(request->segment, strlen(request->segment), id) == LK_OK)
        outcome = act_upon_profile(&request->action, request->session, act, id, acting_out, target_out);
    return !page_acting_answered(request, reply, outcome, policy_act_name(act));
}
