/* SPDX-License-Identifier: Apache-2.0 */
/* /auth: the question that a reverse proxy asks before it lets a request through (nginx auth_request and the like). 200 with
 * who it is in headers, 401 for somebody to sign in, 403 for somebody who may not. Read afresh each time: an ended plan or an
 * untied profile counts at the next request. Values that are not printable ASCII travel percent-encoded. */
#include "web/pages/pages.h"

#include "base/cleanup.h"
#include "base/encoding.h"

#include <string.h>

static void add_header(struct web_reply *reply, const char *name, const char *value)
{
    if (value == NULL)
        return;
    struct lk_text text LK_CLEANUP(lk_text_done) = LK_TEXT(1024);
    lk_percent_encode(&text, value, strlen(value), "@ ,+'()/:");
    if (lk_text_ok(&text))
        web_header(reply, name, lk_text_string(&text));
}

static void add_identity(struct web_request *request, struct web_reply *reply, const struct reach *reach)
{
    char id[LK_UUID_TEXT_LEN + 1];
    add_header(reply, "Remote-User", request->session->account.name);
    add_header(reply, "Remote-Name", reach->profile.display_name);
    add_header(reply, "Remote-Email", reach->profile.mail);
    add_header(reply, "Remote-Organization", reach->organization.name);
    add_header(reply, "Remote-Plan", reach->plan->name);
    lk_uuid_format(reach->profile.id, id);
    add_header(reply, "Remote-Profile", id);
}

static void refuse(struct web_reply *reply, const char *why)
{
    web_outcome(reply, "reach_service", why);
    web_empty(reply, 403);
}

void page_auth(struct web_request *request, struct web_reply *reply)
{
    if (request->session == NULL) {
        web_outcome(reply, "reach_service", "not_signed_in");
        web_empty(reply, 401);
        return;
    }
    web_actor(reply, request->session->account.name);
    struct reach reach;
    switch (reach_service(&request->action, request->session, &reach)) {
    case REACH_ALLOWED:
        add_identity(request, reply, &reach);
        web_empty(reply, 200);
        return;
    case REACH_NO_PROFILE: refuse(reply, "no_profile"); return;
    case REACH_UNDECIDED: refuse(reply, "undecided"); return;
    case REACH_NO_PLAN: refuse(reply, "no_plan"); return;
    case REACH_TROUBLE: break;
    }
    page_trouble(request, reply);
}
