/* SPDX-License-Identifier: Apache-2.0 */
/* actions/declare_administrator.h - operators say who administers an organisation, and who its main contact is (S6).
 *
 * One Modify on the organisation each. lkAdministrator is a MUST attribute, so the directory itself keeps the last one. */
#ifndef LATCHKEY_ACTIONS_DECLARE_ADMINISTRATOR_H
#define LATCHKEY_ACTIONS_DECLARE_ADMINISTRATOR_H

#include "actions/operate.h"

struct declaration {
    uint8_t organization[16];
    uint8_t profile[16]; /* of that organisation */
    const char *former;  /* an administrator whose flag goes in the same step, as the organisation names it; "" none */
};

/* OPERATE_FORM: `former` is the very profile. OPERATE_CHANGED: `former` is no administrator (any more). */
enum operate_outcome declare_administrator(struct action_context *context, const struct session *session,
                                           const struct declaration *declaration);

/* OPERATE_LAST: there is no other. */
enum operate_outcome remove_administrator(struct action_context *context, const struct session *session,
                                          const uint8_t organization[static 16], const char *former);

enum operate_outcome set_main_contact(struct action_context *context, const struct session *session,
                                      const uint8_t organization[static 16], const uint8_t profile[static 16]);

/* A person who is to administer but has no profile yet; or whose profile is missing, because the work was interrupted between the
 * organisation and the profile. Names the administrator first, then adds the profile with its invite: whenever it stops, doing
 * it again completes it. OPERATE_TAKEN: there is a profile of that name, and it is not an administrator. */
enum operate_outcome add_administrator(struct action_context *context, const struct session *session,
                                       const uint8_t organization[static 16], const char *name, const char *mail);

/* ---- what is done, once somebody may do it ----
 *
 * Under the name `as`; NULL: as the handle itself is bound, and the directory's rules alone decide. Profiles are of that organisation. */
enum operate_outcome declare_administrator_as(struct action_context *context, const char *as,
                                              const struct organization *organization, const struct profile *profile,
                                              const char *former);
enum operate_outcome remove_administrator_as(struct action_context *context, const char *as,
                                             const struct organization *organization, const char *former);
enum operate_outcome set_main_contact_as(struct action_context *context, const char *as,
                                         const struct organization *organization, const struct profile *person);
enum operate_outcome add_administrator_as(struct action_context *context, const char *as,
                                          const struct organization *organization, const char *name, const char *mail);

/* One Add: a profile cn=name with its invite on it. `as`: under which name. */
LK_MUST_CHECK enum lk_status add_invited_profile(struct action_context *context, const char *as, const char *dn,
                                                 const char *name, const char *mail);

#endif
