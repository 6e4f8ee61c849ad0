/* SPDX-License-Identifier: Apache-2.0 */
/* actions/acting.h - the profile that somebody acts as, its organisation, and a profile there that is to be acted upon.
 *
 * Read afresh for each action: whoever is no administrator any more, is none at the next request. A target is looked up by its
 * entryUUID and must lie directly below the acting profile's organisation: nothing that a form says is believed. What is then
 * changed is changed under the acting profile (RFC 4370), so the directory's own rules hold too. At a command nobody's profile acts:
 * what is changed is changed as the handle itself is bound, and the directory's rules alone decide. */
#ifndef LATCHKEY_ACTIONS_ACTING_H
#define LATCHKEY_ACTIONS_ACTING_H

#include "actions/context.h"
#include "directory/people.h"
#include "policy/policy.h"

struct acting {
    struct profile profile;
    struct organization organization;
    bool is_administrator;
    bool lacks_second_factor; /* which the operator wants of administrators */
    unsigned facts;           /* for policy_ask */
};

enum acting_outcome {
    ACTING_TROUBLE = 0,
    ACTING_ALLOWED,
    ACTING_REFUSED,          /* policy says no */
    ACTING_NO_SECOND_FACTOR, /* policy says yes, to an administrator with a second factor, and the operator wants one */
    ACTING_NOT_FOUND,        /* no such profile in this organisation */
    ACTING_NO_PROFILE,
    ACTING_UNDECIDED /* several, and none is selected */
};

/* May the session's profile do `act`, which needs no target? */
enum acting_outcome act_as_profile(struct action_context *context, struct session *session, enum policy_act act,
                                   struct acting *acting_out);

/* And upon the profile `id`? Whoever may not even see people is told so whether or not there is such a profile; the answer for
 * a profile of another organisation is that for none. */
enum acting_outcome act_upon_profile(struct action_context *context, struct session *session, enum policy_act act,
                                     const uint8_t id[static 16], struct acting *acting_out,
                                     struct profile *target_out);

/* The same for one of several: `acting` is what act_as_profile gave, the session's own reading is not done again. */
enum acting_outcome act_upon_one(struct action_context *context, const struct acting *acting, enum policy_act act,
                                 const uint8_t id[static 16], struct profile *target_out);

/* And upon itself? `target_out` is the acting profile. */
enum acting_outcome act_upon_oneself(struct action_context *context, struct session *session, enum policy_act act,
                                     struct acting *acting_out, struct profile *target_out);

/* Whoever the handle is bound as, upon that organisation: no profile, and no facts. */
struct acting acting_as_bound(const struct organization *organization);

/* The profile as it is now. LK_ABSENT: it was removed. The daemon finds one that was renamed too; whoever else a handle is bound as may
 * perhaps not search for it. */
LK_MUST_CHECK enum lk_status acting_read_again(struct action_context *context, const struct acting *acting,
                                               const struct profile *former, struct profile *now_out);

/* One operation under the acting profile; afterwards the daemon is itself again, whatever came of it. */
LK_MUST_CHECK enum lk_status acting_modify(struct action_context *context, const struct acting *acting, const char *dn,
                                           const struct directory_change *change);
LK_MUST_CHECK enum lk_status acting_add(struct action_context *context, const struct acting *acting, const char *dn,
                                        const struct directory_change *attributes);
LK_MUST_CHECK enum lk_status acting_delete(struct action_context *context, const struct acting *acting, const char *dn);

#endif
