/* SPDX-License-Identifier: Apache-2.0 */
#include "web/pages/password_form.h"

#include "base/cleanup.h"

static void add_reasons(const struct web_request *request, struct view_data *data, const struct quality *quality)
{
    struct lk_text words LK_CLEANUP(lk_text_done) = LK_TEXT(2048);
    for (size_t i = 0; i < quality->reason_count; i++) {
        char key[64] = "password_reason_";
        size_t at = sizeof "password_reason_" - 1;
        for (const char *c = quality_reason_name(quality->reasons[i]); *c != '\0' && at < sizeof key - 1; c++)
            key[at++] = *c;
        if (words.len > 0)
            lk_text_char(&words, ' ');
        views_message(request->views, key, request->language, NULL, &words);
    }
    view_text(data, "reasons", lk_text_string(&words));
}

void password_form_refuse(const struct web_request *request, struct web_reply *reply, const struct quality *quality)
{
    struct view_data *data = view_object();
    view_number(data, "least", request->action.config->accounts_password_least);
    add_reasons(request, data, quality);
    web_form_error(reply, "password",
                   lk_arena_format(request->action.arena, "password_%s", quality_verdict_name(quality->verdict)), data);
}

void password_form_refused(struct web_request *request, struct web_reply *reply,
                           enum directory_password_refusal refusal)
{
    web_trouble(reply, &request->action.trouble);
    web_form_error(reply, "password",
                   lk_arena_format(request->action.arena, "password_refused_%s", directory_refusal_name(refusal)),
                   NULL);
}

void password_form_show(struct web_request *request, struct web_reply *reply, enum new_password_verdict verdict,
                        const struct quality *quality)
{
    switch (verdict) {
    case NEW_PASSWORD_MISSING: web_form_error(reply, "password", "password_missing", NULL); return;
    case NEW_PASSWORD_POOR: password_form_refuse(request, reply, quality); return;
    case NEW_PASSWORD_DIFFERS: web_form_error(reply, "password_again", "password_mismatch", NULL); return;
    case NEW_PASSWORD_GOOD: break;
    }
}
