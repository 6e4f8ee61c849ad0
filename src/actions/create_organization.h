/* SPDX-License-Identifier: Apache-2.0 */
/* actions/create_organization.h - operators bring in a customer with its first person (S2, S5, S18).
 *
 * Two Adds: the organisation, which names its main contact and first administrator; then that profile with its invite. What
 * stops between them leaves an organisation whose administrator is missing: its page says so, and add_administrator completes
 * it. */
#ifndef LATCHKEY_ACTIONS_CREATE_ORGANIZATION_H
#define LATCHKEY_ACTIONS_CREATE_ORGANIZATION_H

#include "actions/operate.h"

#define ORGANIZATION_NAME_MOST 64 /* characters, as of a person's name */

struct organization_form {
    const char *name;
    const char *plan, *until;  /* as set_plan has them; both "": no plan yet */
    const char *person, *mail; /* `mail` is an address by form, or "" */
};

enum organization_fault {
    ORGANIZATION_NAME_MISSING = 1 << 8, /* those of enum plan_fault lie below */
    ORGANIZATION_NAME_LONG = 1 << 9,
    ORGANIZATION_PERSON_MISSING = 1 << 10,
    ORGANIZATION_PERSON_LONG = 1 << 11,
    ORGANIZATION_MAIL_MISSING = 1 << 12
};

struct creation {
    unsigned faults; /* on OPERATE_FORM: a sum of enum organization_fault and enum plan_fault */
    bool has_organization;
    struct organization organization; /* the new one; also where the person's profile could not be added */
};

/* What is done, once somebody may do it: under the name `as` (NULL: as the handle itself is bound). *faults_out as in struct creation;
 * *dn_out is the new organisation's name from the moment that it is there, else NULL. */
enum operate_outcome create_organization_as(struct action_context *context, const char *as,
                                            const struct organization_form *form, unsigned *faults_out,
                                            const char **dn_out);

/* OPERATE_TAKEN: there is an organisation of that name. */
enum operate_outcome create_organization(struct action_context *context, const struct session *session,
                                         const struct organization_form *form, struct creation *creation_out);

#endif
