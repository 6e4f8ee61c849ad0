/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/bulk.h"

#include "actions/administrator_mark.h"
#include "actions/invite.h"
#include "actions/keep_profile.h"

#include <string.h>

static const char *const outcome_names[BULK_OUTCOMES] = {
    [BULK_TROUBLE] = "trouble",       [BULK_DONE] = "done",           [BULK_ALREADY] = "already",
    [BULK_NOT_FOUND] = "not_found",   [BULK_LAST] = "last",           [BULK_ONESELF] = "oneself",
    [BULK_NO_ADDRESS] = "no_address", [BULK_UNDER_WAY] = "under_way", [BULK_BUSY] = "busy",
    [BULK_DENIED] = "denied",
};

const char *bulk_outcome_name(enum bulk_outcome outcome)
{
    return outcome_names[outcome];
}

/* ---- one person ---- */

static const enum bulk_outcome invite_outcomes[] = {
    [INVITE_TROUBLE] = BULK_TROUBLE,       [INVITE_DONE] = BULK_DONE,      [INVITE_UNDER_WAY] = BULK_UNDER_WAY,
    [INVITE_NO_ADDRESS] = BULK_NO_ADDRESS, [INVITE_GONE] = BULK_NOT_FOUND, [INVITE_BUSY] = BULK_BUSY,
    [INVITE_DENIED] = BULK_DENIED,
};

static const enum bulk_outcome mark_outcomes[] = {
    [MARK_TROUBLE] = BULK_TROUBLE,
    [MARK_DONE] = BULK_DONE,
    [MARK_LAST] = BULK_LAST,
    [MARK_REFUSED] = BULK_DENIED,
};

static const enum bulk_outcome remove_outcomes[] = {
    [REMOVE_TROUBLE] = BULK_TROUBLE,         [REMOVE_DONE] = BULK_DONE,      [REMOVE_GONE] = BULK_ALREADY,
    [REMOVE_LAST_ADMINISTRATOR] = BULK_LAST, [REMOVE_REFUSED] = BULK_DENIED,
};

/* Whoever is associated moves to another account by a single, deliberate invite, not by being one of many. */
static enum bulk_outcome invite(struct action_context *context, const struct acting *acting,
                                const struct person *person)
{
    return person->profile.account_dn != NULL ? BULK_ALREADY
                                              : invite_outcomes[send_invite(context, acting, &person->profile)];
}

static enum bulk_outcome call_back(struct action_context *context, const struct acting *acting,
                                   const struct person *person)
{
    return invite_is_open(&person->invite) ? invite_outcomes[cancel_invite(context, acting, &person->profile)]
                                           : BULK_ALREADY;
}

static enum bulk_outcome make(struct action_context *context, const struct acting *acting, const struct person *person)
{
    return person->is_administrator ? BULK_ALREADY
                                    : mark_outcomes[make_administrator(context, acting, &person->profile)];
}

static enum bulk_outcome unmake(struct action_context *context, const struct acting *acting,
                                const struct person *person)
{
    return person->is_administrator ? mark_outcomes[unmake_administrator(context, acting, &person->profile)]
                                    : BULK_ALREADY;
}

static enum bulk_outcome take_out(struct action_context *context, const struct acting *acting,
                                  const struct person *person)
{
    return remove_outcomes[remove_profile(context, acting, &person->profile)];
}

static const struct {
    const char *name;
    enum policy_act policy;
    enum bulk_outcome (*carry_out)(struct action_context *context, const struct acting *acting,
                                   const struct person *person);
} acts[BULK_ACTS] = {
    [BULK_INVITE] = {"invite",                POLICY_SEND_INVITE,          invite   },
    [BULK_CANCEL_INVITE] = { "cancel_invite",        POLICY_CANCEL_INVITE,        call_back},
    [BULK_MAKE_ADMINISTRATOR] = { "make_administrator",   POLICY_MAKE_ADMINISTRATOR,   make     },
    [BULK_UNMAKE_ADMINISTRATOR] = { "unmake_administrator", POLICY_UNMAKE_ADMINISTRATOR, unmake   },
    [BULK_REMOVE] = { "remove",               POLICY_REMOVE_PROFILE,       take_out },
};

const char *bulk_act_name(enum bulk_act act)
{
    return acts[act].name;
}

enum bulk_act bulk_act_named(const char *name)
{
    unsigned act = 0;
    while (act < BULK_ACTS && strcmp(acts[act].name, name) != 0)
        act++;
    return (enum bulk_act) act;
}

/* ---- all of them ---- */

static enum bulk_outcome look_at(struct action_context *context, const struct acting *acting, enum policy_act act,
                                 struct bulk_person *one)
{
    struct profile profile;
    const enum acting_outcome outcome = act_upon_one(context, acting, act, one->id, &profile);
    one->is_known = outcome == ACTING_ALLOWED || outcome == ACTING_REFUSED;
    if (one->is_known)
        one->person = person_of(context, acting, &profile);
    switch (outcome) {
    case ACTING_ALLOWED: return BULK_DONE;
    case ACTING_REFUSED: return one->person.is_me ? BULK_ONESELF : BULK_DENIED;
    case ACTING_NOT_FOUND: return BULK_NOT_FOUND;
    case ACTING_NO_SECOND_FACTOR: /* bulk_look has let nobody through who lacks one */
    case ACTING_NO_PROFILE:
    case ACTING_UNDECIDED:
    case ACTING_TROUBLE: break;
    }
    return BULK_TROUBLE;
}

static void carry_out(struct action_context *context, const struct acting *acting, enum bulk_act act,
                      struct bulk_person *one)
{
    one->outcome = look_at(context, acting, acts[act].policy, one);
    if (one->outcome == BULK_DONE)
        one->outcome = acts[act].carry_out(context, acting, &one->person);
}

enum acting_outcome bulk_look(struct action_context *context, struct session *session, struct bulk_person *chosen,
                              size_t count, struct acting *acting_out)
{
    const enum acting_outcome outcome = act_as_profile(context, session, POLICY_SEE_PEOPLE, acting_out);
    for (size_t i = 0; i < count && outcome == ACTING_ALLOWED; i++)
        chosen[i].outcome = look_at(context, acting_out, POLICY_REMOVE_PROFILE, &chosen[i]);
    return outcome;
}

enum acting_outcome bulk_carry_out(struct action_context *context, struct session *session, enum bulk_act act,
                                   struct bulk_person *chosen, size_t count, struct acting *acting_out)
{
    const enum acting_outcome outcome = act_as_profile(context, session, POLICY_SEE_PEOPLE, acting_out);
    struct bulk_person *myself = NULL;
    for (size_t i = 0; i < count && outcome == ACTING_ALLOWED; i++) {
        if (memcmp(chosen[i].id, acting_out->profile.id, sizeof chosen[i].id) == 0)
            myself = &chosen[i];
        else
            carry_out(context, acting_out, act, &chosen[i]);
    }
    if (myself != NULL)
        carry_out(context, acting_out, act, myself);
    return outcome;
}
