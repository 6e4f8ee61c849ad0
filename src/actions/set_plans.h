/* SPDX-License-Identifier: Apache-2.0 */
/* actions/set_plans.h - operators give an organisation a plan, move its end, and take it away (S18). One Modify each. */
#ifndef LATCHKEY_ACTIONS_SET_PLANS_H
#define LATCHKEY_ACTIONS_SET_PLANS_H

#include "actions/operate.h"

#define PLAN_NAME_MOST 64 /* bytes */

enum plan_fault {
    PLAN_NAME_MISSING = 1 << 0,
    PLAN_NAME_BAD = 1 << 1, /* not a word of letters, digits and - . _ ~ */
    PLAN_UNTIL_BAD = 1 << 2 /* not YYYY-MM-DD */
};

/* A sum of enum plan_fault. `until` is a day, which the plan lasts to the end of (UTC); "" is for ever. *value_out (the
 * lkServicePlan value, in the arena) is written where there is no fault. */
unsigned plan_read(struct lk_arena *arena, const char *name, const char *until, const char **value_out);

/* The organisation has the plan from now on, until then: whatever end it had before. OPERATE_FORM: *faults_out is a sum of enum
 * plan_fault, and nothing was asked of the directory. */
enum operate_outcome set_plan(struct action_context *context, const struct session *session,
                              const uint8_t organization[static 16], const char *name, const char *until,
                              unsigned *faults_out);

/* What is done, once somebody may do it: under the name `as` (NULL: as the handle itself is bound). */
enum operate_outcome set_plan_as(struct action_context *context, const char *as,
                                 const struct organization *organization, const char *name, const char *until,
                                 unsigned *faults_out);
enum operate_outcome remove_plan_as(struct action_context *context, const char *as,
                                    const struct organization *organization, const char *name);

/* OPERATE_ABSENT: it has no such plan, or there is no such organisation. */
enum operate_outcome remove_plan(struct action_context *context, const struct session *session,
                                 const uint8_t organization[static 16], const char *name);

#endif
