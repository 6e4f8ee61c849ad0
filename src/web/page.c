/* SPDX-License-Identifier: Apache-2.0 */
#include "web/page.h"

#include "actions/operate.h"
#include "directory/filter.h"
#include "directory/people.h"
#include "web/form_token.h"

const char *web_page_csrf(struct web_request *request)
{
    struct action_context *action = &request->action;
    char *token = lk_arena_alloc(action->arena, WEB_FORM_TOKEN_LEN + 1);
    web_form_token_make(action->ring, request->session == NULL ? NULL : request->session->id, action->now, token);
    return token;
}

/* The DN of the profile that one acts as; NULL: of none. */
static const char *put_profile(struct web_request *request, struct view_data *data)
{
    struct action_context *action = &request->action;
    struct profile profile;
    struct organization organization;
    if (profile_by_id(action->directory, action->config, action->arena, request->session->profile, &profile, NULL) !=
        LK_OK)
        return NULL;
    if (profile.account_dn == NULL || !dn_equals(profile.account_dn, request->session->account.dn))
        return NULL; /* it was taken away since it was selected */
    struct view_data *acting = view_object();
    view_text(acting, "name", profile.display_name);
    view_text(acting, "mail", profile.mail);
    if (profile.organization_dn != NULL && organization_by_dn(action->directory, action->config, action->arena,
                                                              profile.organization_dn, &organization, NULL) == LK_OK) {
        view_text(acting, "organization", organization.name);
        view_flag(acting, "administrator", organization_has_administrator(&organization, profile.dn));
    }
    view_child(data, "profile", acting);
    return profile.dn;
}

void web_page_person(struct web_request *request, struct view_data *data)
{
    view_text(data, "csrf", web_page_csrf(request));
    if (request->session == NULL)
        return;
    if (!view_has(data, "account")) { /* a handler's own says more */
        struct view_data *account = view_object();
        view_text(account, "name", request->session->account.name);
        view_child(data, "account", account);
    }
    const char *profile_dn = request->session->has_profile ? put_profile(request, data) : NULL;
    const char *name = NULL;
    if (operator_name(&request->action, request->session->account.dn, profile_dn, &name) == LK_OK)
        view_flag(data, "operator", true);
}
