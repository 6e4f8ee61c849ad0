/* SPDX-License-Identifier: Apache-2.0 */
/* actions/choose_profile.h - which profile to act as, and whether it opens the services (S14, S15, S18, S20). */
#ifndef LATCHKEY_ACTIONS_CHOOSE_PROFILE_H
#define LATCHKEY_ACTIONS_CHOOSE_PROFILE_H

#include "actions/context.h"

#define CHOICE_MOST 200 /* profiles listed for one account */

struct profile_choice {
    struct profile profile;
    struct organization organization;
};

enum list_outcome {
    LIST_TROUBLE = 0,
    LIST_DONE
};

/* The account's profiles with their organisations, in the order of the organisations' names. */
enum list_outcome list_profiles(struct action_context *context, const struct session *session,
                                struct profile_choice **choices_out, size_t *count_out);

enum select_outcome {
    SELECT_TROUBLE = 0,
    SELECT_DONE,
    SELECT_NOT_YOURS, /* no such profile, or not tied to this account */
    SELECT_SIGNED_OUT
};

enum select_outcome select_profile(struct action_context *context, struct session *session,
                                   const uint8_t id[static 16]);

enum reach_outcome {
    REACH_TROUBLE = 0,
    REACH_ALLOWED,
    REACH_NO_PROFILE, /* the account has none, or it has been taken away */
    REACH_UNDECIDED,  /* several, and none is selected */
    REACH_NO_PLAN     /* the organisation has no plan that lasts */
};

struct reach {
    struct profile profile; /* on REACH_ALLOWED and REACH_NO_PLAN */
    struct organization organization;
    const struct service_plan *plan; /* on REACH_ALLOWED */
};

/* What the session may reach now, read afresh: an untied profile or an ended plan counts at once. An account with a single
 * profile that has not selected any selects it here. */
enum reach_outcome reach_service(struct action_context *context, struct session *session, struct reach *reach_out);

/* The same of one of the account's profiles, whichever it acts as: changes nothing. REACH_NO_PROFILE: it is none of them. */
enum reach_outcome look_at_reach(struct action_context *context, const struct session *session,
                                 const uint8_t id[static 16], struct reach *reach_out);

#endif
