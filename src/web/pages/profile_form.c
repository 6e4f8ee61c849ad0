/* SPDX-License-Identifier: Apache-2.0 */
#include "web/pages/profile_form.h"

#include <string.h>

static const char *given(const struct web_request *request, const char *name)
{
    const char *value = web_value(request, name);
    return value == NULL ? "" : value;
}

struct profile_form profile_form_sent(const struct web_request *request)
{
    struct profile_form form = { { NULL } };
    for (size_t i = 0; i < PROFILE_FIELDS; i++)
        form.values[i] = given(request, profile_field_name((enum profile_field) i));
    return form;
}

struct profile_form profile_form_was(const struct web_request *request)
{
    struct profile_form form = { { NULL } };
    for (size_t i = 0; i < PROFILE_FIELDS; i++)
        form.values[i] = given(
            request, lk_arena_format(request->action.arena, "was_%s", profile_field_name((enum profile_field) i)));
    return form;
}

/* No profile is without a surname. */
bool profile_form_has_was(const struct web_request *request)
{
    return *given(request, "was_surname") != '\0';
}

void profile_form_show(struct view_data *data, const char *name, const struct profile_form *form)
{
    struct view_data *fields = view_object();
    for (size_t i = 0; i < PROFILE_FIELDS; i++)
        view_text(fields, profile_field_name((enum profile_field) i), form->values[i]);
    view_child(data, name, fields);
}

void profile_form_faults(struct web_reply *reply, const struct keep_result *result)
{
    static const struct {
        enum profile_fault fault;
        const char *field;
        const char *key;
    } words[] = {
        {PROFILE_SURNAME_MISSING, "surname",   "surname_missing"},
        { PROFILE_MAIL_MISSING,   "mail",      "mail_missing"   },
        { PROFILE_MAIL_BAD,       "mail",      "mail_bad"       },
        { PROFILE_MAIL_KNOWN,     "mail",      "mail_known"     },
        { PROFILE_TELEPHONE_BAD,  "telephone", "telephone_bad"  },
    };

    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if ((result->faults & (unsigned) words[i].fault) != 0)
            web_form_error(reply, words[i].field, words[i].key, NULL);
    for (size_t i = 0; i < PROFILE_FIELDS; i++)
        if ((result->faults & (unsigned) PROFILE_TEXT_LONG << i) != 0)
            web_form_error(reply, profile_field_name((enum profile_field) i), "text_long", NULL);
}

void profile_form_conflict(struct web_reply *reply, const struct keep_result *result, const struct profile_form *now)
{
    for (size_t i = 0; i < PROFILE_FIELDS; i++) {
        if ((result->changed & 1U << i) == 0)
            continue;
        struct view_data *data = view_object();
        const bool is_empty = *now->values[i] == '\0';
        view_text(data, "value", now->values[i]);
        web_form_error(reply, profile_field_name((enum profile_field) i), is_empty ? "field_emptied" : "field_changed",
                       data);
    }
}

struct profile_form profile_form_merged(const struct profile_form *was, const struct profile_form *form,
                                        const struct profile_form *now)
{
    struct profile_form merged = *now;
    for (size_t i = 0; i < PROFILE_FIELDS; i++)
        if (strcmp(form->values[i], was->values[i]) != 0)
            merged.values[i] = form->values[i];
    return merged;
}

void profile_form_failed(struct web_request *request, struct web_reply *reply, enum keep_outcome outcome,
                         const char *action)
{
    if (outcome == KEEP_GONE) {
        web_outcome(reply, action, "gone");
        web_problem(reply, 404, "person_gone", NULL);
        return;
    }
    if (outcome == KEEP_REFUSED) {
        web_outcome(reply, action, "refused_by_directory");
        web_trouble(reply, &request->action.trouble);
        web_problem(reply, 403, "not_allowed_there", NULL);
        return;
    }
    web_outcome(reply, action, "trouble");
    page_trouble(request, reply);
}
