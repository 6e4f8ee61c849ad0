/* SPDX-License-Identifier: Apache-2.0 */
#include "web/pages/pages.h"

void page_sign_out(struct web_request *request, struct web_reply *reply)
{
    if (request->session != NULL) {
        web_actor(reply, request->session->account.name);
        enum lk_status status =
            session_end(request->action.directory, request->action.arena, request->session, &request->action.trouble);
        if (status != LK_OK) { /* still signed in: say so rather than pretend */
            web_outcome(reply, "sign_out", "trouble");
            web_failed(reply, status, &request->action.trouble);
            return;
        }
    }
    web_outcome(reply, "sign_out", "done");
    web_session_cookie(reply, NULL, 0);
    web_redirect(reply, "/signed-out");
}

void page_signed_out(struct web_request *request, struct web_reply *reply)
{
    (void) request;
    web_page(reply, 200, "page/signed_out", view_object());
}
