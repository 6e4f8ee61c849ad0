/* SPDX-License-Identifier: Apache-2.0 */
/* actions/operate.h - what the vendor's own staff see of their customers, and under which name they act (S6, S18).
 *
 * Operators are the members of directory.operators_group: accounts, or profiles that an account acts as. Everything that one of
 * them changes is changed under that name (RFC 4370), so the directory's rules decide and its log names who it was. */
#ifndef LATCHKEY_ACTIONS_OPERATE_H
#define LATCHKEY_ACTIONS_OPERATE_H

#include "actions/context.h"
#include "policy/policy.h"

#define OPERATE_ORGANIZATIONS_MOST  50 /* on one page of the list */
#define OPERATE_PEOPLE_MOST         20
#define OPERATE_ADMINISTRATORS_MOST 50 /* shown of one organisation */

enum operate_outcome {
    OPERATE_TROUBLE = 0,
    OPERATE_DONE,
    OPERATE_NOT_OPERATOR,
    OPERATE_NO_SECOND_FACTOR, /* an operator without one, where accounts.second_factor demands it */
    OPERATE_ABSENT,           /* no such organisation; or no such profile in it */
    OPERATE_CHANGED,          /* what was to be changed is no longer as it was seen: look again */
    OPERATE_TAKEN,            /* the name */
    OPERATE_LAST,             /* nobody would be left to administer */
    OPERATE_FORM,             /* the form has faults */
    OPERATE_REFUSED           /* the directory says no: its words are in the context's trouble */
};

/* ---- who ---- */

/* The name under which a session operates: the account's, or that of the profile it acts as (profile_dn; NULL: none).
 * LK_ABSENT: it is no operator's. */
LK_MUST_CHECK enum lk_status operator_name(struct action_context *context, const char *account_dn,
                                           const char *profile_dn, const char **dn_out);

/* May the session do this? OPERATE_DONE, with the name to do it under; OPERATE_NOT_OPERATOR; OPERATE_TROUBLE. */
enum operate_outcome operate_as(struct action_context *context, const struct session *session, enum policy_act act,
                                const char **dn_out);

/* directory_modify and directory_add under that name; whatever comes of it, later operations are the daemon's own again. */
LK_MUST_CHECK enum lk_status operate_modify(struct action_context *context, const char *as, const char *dn,
                                            const struct directory_change *change);
LK_MUST_CHECK enum lk_status operate_add(struct action_context *context, const char *as, const char *dn,
                                         const struct directory_change *attributes);

/* What a failed read, or a failed change, means to the operator. */
enum operate_outcome operate_outcome_of_read(enum lk_status status);
enum operate_outcome operate_outcome_of_change(enum lk_status status);

/* ---- what they see ---- */

/* Organisations by name; "" lists the first ones. */
enum operate_outcome list_organizations(struct action_context *context, const struct session *session, const char *text,
                                        struct organization_list *list_out);

struct administrator_view {
    const char *dn;   /* as the organisation names it */
    const char *name; /* of the profile; where there is none, what the DN says, or NULL */
    bool is_missing;  /* there is no profile of this name: the work was interrupted, or the profile was removed */
    struct profile profile;
};

struct organization_view {
    struct organization organization;
    size_t administrator_count;
    const struct administrator_view *administrators;
    bool more_administrators;
    bool has_main_contact;
    struct profile main_contact;
    struct profile_list people; /* those whom `text` finds */
};

enum operate_outcome open_organization(struct action_context *context, const struct session *session,
                                       const uint8_t id[static 16], const char *text,
                                       struct organization_view *view_out);

#endif
