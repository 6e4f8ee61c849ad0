/* SPDX-License-Identifier: Apache-2.0 */
#include "web/fields.h"

#include "base/encoding.h"
#include "base/mail_address.h"
#include "base/unicode.h"

#include <string.h>

#define CSRF      "csrf"
#define CSRF_MOST 64

static size_t count_fields(const struct web_field *fields)
{
    size_t count = 0;
    while (fields != NULL && fields[count].name != NULL)
        count++;
    return count;
}

/* ---- one value, by kind; false: it has not the form of its kind ---- */

static bool take_line(struct lk_arena *arena, const struct web_pair *pair, struct web_form_value *value)
{
    char *tidy = NULL;
    if (lk_unicode_tidy(arena, pair->value, pair->value_len, &tidy) != LK_OK)
        return false;
    value->text = tidy;
    return true;
}

static bool take_secret(struct lk_arena *arena, const struct web_pair *pair, struct web_form_value *value)
{
    (void) arena;
    if (!lk_unicode_is_lines(pair->value, pair->value_len))
        return false;
    if (pair->value_len > 0)
        value->secret = lk_secret_new(pair->value, pair->value_len);
    return true;
}

static bool take_address(struct lk_arena *arena, const struct web_pair *pair, struct web_form_value *value)
{
    if (!take_line(arena, pair, value))
        return false;
    const size_t len = strlen(value->text);
    value->is_bad = len > 0 && !lk_mail_address_is_valid(value->text, len);
    return true;
}

static bool take_box(struct lk_arena *arena, const struct web_pair *pair, struct web_form_value *value)
{
    static const struct {
        const char *word;
        const char *text;
    } WORDS[] = {
        {"yes",  "yes"},
        { "on",  "yes"},
        { "1",   "yes"},
        { "no",  ""   },
        { "off", ""   },
        { "0",   ""   },
        { "",    ""   }
    };

    (void) arena;
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (strcmp(WORDS[i].word, pair->value) == 0) {
            value->text = WORDS[i].text;
            return true;
        }
    }
    return false;
}

typedef bool take_function(struct lk_arena *arena, const struct web_pair *pair, struct web_form_value *value);

static take_function *const TAKE[] = {
    [WEB_LINE] = take_line, [WEB_SECRET] = take_secret,   [WEB_ADDRESS] = take_address,
    [WEB_BOX] = take_box,   [WEB_IDENTIFIER] = take_line,
};

/* ---- the whole form ---- */

static enum lk_status refuse(struct web_form_fault *fault_out, const char *key, const char *field)
{
    *fault_out = (struct web_form_fault){ .key = key, .field = field };
    return LK_MALFORMED;
}

static struct web_form_value *value_named(const struct web_form *form, const char *name)
{
    for (size_t i = 0; i < form->count; i++) {
        if (strcmp(form->values[i].field->name, name) == 0)
            return &form->values[i];
    }
    return NULL;
}

static enum lk_status take_pair(struct lk_arena *arena, const struct web_pair *pair, bool with_csrf,
                                struct web_form *form, struct web_form_fault *fault_out)
{
    if (with_csrf && strcmp(pair->name, CSRF) == 0) {
        if (pair->value_len > CSRF_MOST)
            return refuse(fault_out, "field_too_long", CSRF);
        form->csrf = pair->value;
        return LK_OK;
    }
    struct web_form_value *value = value_named(form, pair->name);
    if (value == NULL)
        return refuse(fault_out, "unknown_field", pair->name);
    if (pair->value_len > value->field->most)
        return refuse(fault_out, "field_too_long", value->field->name);
    if (!TAKE[value->field->kind](arena, pair, value))
        return refuse(fault_out, "field_malformed", value->field->name);
    return LK_OK;
}

static enum lk_status check_required(const struct web_form *form, struct web_form_fault *fault_out)
{
    for (size_t i = 0; i < form->count; i++) {
        const struct web_form_value *value = &form->values[i];
        if (value->field->required && value->secret == NULL && value->text[0] == '\0')
            return refuse(fault_out, "field_missing", value->field->name);
    }
    return LK_OK;
}

enum lk_status web_form_fill(struct lk_arena *arena, const struct web_field *fields, const struct web_pairs *pairs,
                             bool with_csrf, struct web_form *form_out, struct web_form_fault *fault_out)
{
    struct web_form form = { .count = count_fields(fields) };
    form.values = lk_arena_array(arena, form.count, sizeof form.values[0]);
    for (size_t i = 0; i < form.count; i++)
        form.values[i] = (struct web_form_value){ .field = &fields[i], .text = "" };

    enum lk_status status = LK_OK;
    for (size_t i = 0; i < pairs->count && status == LK_OK; i++)
        status = take_pair(arena, &pairs->items[i], with_csrf, &form, fault_out);
    if (status == LK_OK)
        status = check_required(&form, fault_out);
    if (status != LK_OK) {
        web_form_done(&form);
        return status;
    }
    *form_out = form;
    return LK_OK;
}

void web_form_done(struct web_form *form)
{
    for (size_t i = 0; i < form->count; i++) {
        lk_secret_free(form->values[i].secret);
        form->values[i].secret = NULL;
    }
}

/* ---- what handlers ask ---- */

static const struct web_form_value *find(const struct web_request *request, const char *name)
{
    return request->form == NULL ? NULL : value_named(request->form, name);
}

const char *web_value(const struct web_request *request, const char *name)
{
    const struct web_form_value *value = find(request, name);
    return value == NULL ? NULL : value->text;
}

const struct lk_secret *web_secret(const struct web_request *request, const char *name)
{
    const struct web_form_value *value = find(request, name);
    return value == NULL ? NULL : value->secret;
}

bool web_box(const struct web_request *request, const char *name)
{
    const struct web_form_value *value = find(request, name);
    return value != NULL && value->text[0] != '\0';
}

enum lk_status web_identifier(const struct web_request *request, const char *name, uint8_t id_out[static 16])
{
    const struct web_form_value *value = find(request, name);
    return value == NULL ? LK_MALFORMED : lk_uuid_parse(value->text, strlen(value->text), id_out);
}

bool web_field_is_bad(const struct web_request *request, const char *name)
{
    const struct web_form_value *value = find(request, name);
    return value != NULL && value->is_bad;
}
