/* SPDX-License-Identifier: Apache-2.0 */
#include "views/views_internal.h"

#include <stdio.h>
#include <string.h>

static bool digits(const char *at, size_t count, int *number_out)
{
    int number = 0;
    for (size_t i = 0; i < count; i++) {
        if (at[i] < '0' || at[i] > '9')
            return false;
        number = number * 10 + (at[i] - '0');
    }
    *number_out = number;
    return true;
}

/* Only the one form that view_time writes: 2026-11-22T19:41:03Z. */
static bool parts_read(const char *text, size_t len, int *year, int *month, int *day)
{
    return len == 20 && digits(text, 4, year) && text[4] == '-' && digits(text + 5, 2, month) && text[7] == '-' &&
           digits(text + 8, 2, day) && text[10] == 'T' && text[13] == ':' && text[19] == 'Z' && *month >= 1 &&
           *month <= VIEWS_MONTHS;
}

void render_time(const struct rendering *rendering, const char *rfc3339, size_t len, struct lk_text *text)
{
    const struct template_step *form = views_find_message(rendering->views, VIEWS_KEY_TIME, rendering->language);
    int year;
    int month;
    int day;
    if (form == NULL || !parts_read(rfc3339, len, &year, &month, &day)) {
        lk_text_add(text, rfc3339, len);
        return;
    }
    char key[sizeof VIEWS_KEY_MONTHS + 4];
    (void) snprintf(key, sizeof key, VIEWS_KEY_MONTHS "%d", month);
    struct lk_text name = LK_TEXT(64);
    views_message(rendering->views, key, rendering->language->tag, NULL, &name);
    struct view_data *parts = view_object();
    const char hour[] = { rfc3339[11], rfc3339[12], '\0' };
    const char minute[] = { rfc3339[14], rfc3339[15], '\0' };
    const char numeric_month[] = { rfc3339[5], rfc3339[6], '\0' };
    view_number(parts, "year", year);
    view_number(parts, "day", day);
    view_text(parts, "month", lk_text_string(&name));
    view_text(parts, "month_number", numeric_month);
    view_text(parts, "hour", hour);
    view_text(parts, "minute", minute);
    const struct rendering inner = {
        .views = rendering->views, .language = rendering->language, .data = parts, .is_html = false
    };
    render_steps(&inner, form, text);
    view_data_free(parts);
    lk_text_done(&name);
}
