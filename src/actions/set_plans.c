/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/set_plans.h"

#include "base/clock.h"
#include "base/record.h"
#include "directory/names.h"

#include <stdio.h>
#include <string.h>

#define DAY_LEN   10 /* YYYY-MM-DD */
#define YEAR_MOST 9999

static const char WORD[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

static bool read_number(const char *text, size_t len, int *number_out)
{
    int number = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (text[i] - '0');
    }
    *number_out = number;
    return true;
}

/* The last second of that day, as GeneralizedTime. */
static bool read_day(const char *day, char when_out[static LK_CLOCK_GENERALIZED_LEN + 1])
{
    int year = 0, month = 0, date = 0;
    if (strlen(day) != DAY_LEN || day[4] != '-' || day[7] != '-' || !read_number(day, 4, &year) ||
        !read_number(day + 5, 2, &month) || !read_number(day + 8, 2, &date) || year > YEAR_MOST)
        return false;
    char text[LK_CLOCK_GENERALIZED_LEN + 1];
    (void) snprintf(text, sizeof text, "%.4s%.2s%.2s235959Z", day, day + 5, day + 8);
    int64_t when = 0;
    if (lk_clock_parse_generalized(text, LK_CLOCK_GENERALIZED_LEN, &when) != LK_OK || when < 0)
        return false;
    lk_clock_generalized(when, when_out);
    return strcmp(text, when_out) == 0; /* 30 February is no day */
}

unsigned plan_read(struct lk_arena *arena, const char *name, const char *until, const char **value_out)
{
    char when[LK_CLOCK_GENERALIZED_LEN + 1];
    unsigned faults = 0;
    if (*name == '\0')
        faults |= PLAN_NAME_MISSING;
    else if (strlen(name) > PLAN_NAME_MOST || strspn(name, WORD) != strlen(name))
        faults |= PLAN_NAME_BAD;
    if (*until != '\0' && !read_day(until, when))
        faults |= PLAN_UNTIL_BAD;
    if (faults != 0)
        return faults;
    struct lk_record record = { .kind = name };
    if (*until != '\0')
        lk_record_set(&record, "until", when);
    struct lk_text text = LK_TEXT(LK_RECORD_MOST);
    lk_record_write(&record, &text);
    *value_out = lk_arena_words(arena, lk_text_string(&text));
    lk_text_done(&text);
    return 0;
}

static enum operate_outcome begin(struct action_context *context, const struct session *session,
                                  const uint8_t id[static 16], const char **as_out,
                                  struct organization *organization_out)
{
    const enum operate_outcome outcome = operate_as(context, session, POLICY_SET_PLANS, as_out);
    if (outcome != OPERATE_DONE)
        return outcome;
    return operate_outcome_of_read(organization_by_id(context->directory, context->config, context->arena, id,
                                                      organization_out, &context->trouble));
}

/* Takes away each value of that plan but `kept`. Exact values: whoever changed one meanwhile is not overwritten. */
static size_t take_former(struct directory_change *change, const struct organization *organization, const char *name,
                          const char *kept, bool *is_there_out)
{
    size_t taken = 0;
    *is_there_out = false;
    for (size_t i = 0; i < organization->plan_count; i++) {
        const struct service_plan *plan = &organization->plans[i];
        if (strcmp(plan->name, name) != 0)
            continue;
        if (kept != NULL && strcmp(plan->value, kept) == 0) {
            *is_there_out = true;
            continue;
        }
        directory_change_delete(change, NAME_SERVICE_PLAN, plan->value);
        taken++;
    }
    return taken;
}

enum operate_outcome set_plan_as(struct action_context *context, const char *as,
                                 const struct organization *organization, const char *name, const char *until,
                                 unsigned *faults_out)
{
    const char *value = NULL;
    *faults_out = plan_read(context->arena, name, until, &value);
    if (*faults_out != 0)
        return OPERATE_FORM;
    struct directory_change *change = directory_change_new(context->arena);
    bool is_there = false;
    (void) take_former(change, organization, name, value, &is_there);
    if (!is_there)
        directory_change_add(change, NAME_SERVICE_PLAN, value);
    if (directory_change_is_empty(change))
        return OPERATE_DONE;
    return operate_outcome_of_change(operate_modify(context, as, organization->dn, change));
}

enum operate_outcome remove_plan_as(struct action_context *context, const char *as,
                                    const struct organization *organization, const char *name)
{
    struct directory_change *change = directory_change_new(context->arena);
    bool is_there = false;
    if (take_former(change, organization, name, NULL, &is_there) == 0)
        return OPERATE_ABSENT;
    return operate_outcome_of_change(operate_modify(context, as, organization->dn, change));
}

enum operate_outcome set_plan(struct action_context *context, const struct session *session,
                              const uint8_t organization[static 16], const char *name, const char *until,
                              unsigned *faults_out)
{
    const char *as = NULL;
    struct organization found;
    const enum operate_outcome outcome = begin(context, session, organization, &as, &found);
    return outcome == OPERATE_DONE ? set_plan_as(context, as, &found, name, until, faults_out) : outcome;
}

enum operate_outcome remove_plan(struct action_context *context, const struct session *session,
                                 const uint8_t organization[static 16], const char *name)
{
    const char *as = NULL;
    struct organization found;
    const enum operate_outcome outcome = begin(context, session, organization, &as, &found);
    return outcome == OPERATE_DONE ? remove_plan_as(context, as, &found, name) : outcome;
}
