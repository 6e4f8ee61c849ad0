/* SPDX-License-Identifier: Apache-2.0 */
/* policy/policy.h - who may do what: a pure function over facts.
 *
 * Facts are gathered by actions from the directory; each is worded so that its absence refuses. An act is allowed if one row
 * of the table (policy.c) has all its facts. tests/policy/rules.eval holds the expected answers, one a line.
 * The directory's own ACLs (ldif/access.ldif) say the same for changes that people make: what is refused here is not offered;
 * what slapd refuses does not happen.
 * Threads: any; pure. */
#ifndef LATCHKEY_POLICY_POLICY_H
#define LATCHKEY_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>

enum policy_act {
    POLICY_NOTHING = 0,
    POLICY_ASK_FOR_LINK,   /* ask that links be sent to an address */
    POLICY_REDEEM_LINK,    /* tie the profile behind a link to the account */
    POLICY_SELECT_PROFILE, /* act as a profile */
    POLICY_REACH_SERVICE,  /* be let through to what the organisation has a plan for */
    POLICY_SEE_ACCOUNT,
    POLICY_SEE_ORGANIZATIONS, /* of all customers, with their plans and administrators */
    POLICY_CREATE_ORGANIZATION,
    POLICY_SET_PLANS,
    POLICY_SET_MAIN_CONTACT,
    POLICY_DECLARE_ADMINISTRATOR, /* of any organisation: S6 */
    POLICY_TELL_OPERATORS,        /* that one's own organisation has nobody who administers it */
    /* An administrator and the people of its own organisation. */
    POLICY_SEE_PEOPLE,
    POLICY_ADD_PROFILE,
    POLICY_EDIT_PROFILE,
    POLICY_REMOVE_PROFILE,
    POLICY_SEND_INVITE, /* to oneself: everybody */
    POLICY_CANCEL_INVITE,
    POLICY_MAKE_ADMINISTRATOR,
    POLICY_UNMAKE_ADMINISTRATOR,
    POLICY_EDIT_OWN_PROFILE,
    POLICY_CHANGE_OWN_MAIL,
    POLICY_UNDO, /* what a letter tells of, by the link in it: whoever has the mailbox */
    /* Everybody, and the own account. */
    POLICY_END_SESSIONS,
    POLICY_CHANGE_PASSWORD,
    POLICY_CHANGE_RESCUE, /* alternate address, question and answer, personal data: what helps back in */
    POLICY_DELETE_ACCOUNT,
    POLICY_CHANGE_SECOND_FACTOR,
    /* Nobody is signed in. */
    POLICY_RESET_PASSWORD,
    POLICY_ACTS
};

enum policy_fact {
    FACT_SIGNED_IN = 1 << 0,         /* a live session */
    FACT_LINK_IS_LIVE = 1 << 1,      /* authentic, not expired, and its lkToken is still on the target */
    FACT_LINK_FITS_ACCOUNT = 1 << 2, /* for any account, or for the one that is signed in */
    FACT_LINK_FITS_ADDRESS = 1 << 3, /* sent to the address that the target has today */
    FACT_PROFILE_IS_MINE = 1 << 4,   /* the profile's lkAccountDN is the account that is signed in */
    FACT_PLAN_IS_CURRENT = 1 << 5,   /* the profile's organisation has a plan that has not ended */
    FACT_ACCOUNT_IS_MINE = 1 << 6,
    FACT_IS_OPERATOR =
        1 << 7, /* the account, or the profile that it acts as, is a member of directory.operators_group */
    FACT_IS_ADMINISTRATOR = 1 << 8,          /* the profile acted as is among its organisation's lkAdministrator */
    FACT_TARGET_IS_IN_ORGANIZATION = 1 << 9, /* the profile meant lies directly below that very organisation */
    FACT_TARGET_IS_ME = 1 << 10,             /* it is the profile acted as */
    FACT_TARGET_IS_ANOTHER = 1 << 11,        /* it is known not to be */
    FACT_PASSWORD_IS_PROVEN = 1 << 12,       /* given again, with this very request */
    FACT_PERSON_IS_PROVEN = 1 << 13,         /* the personal data of the account was told */
    FACT_ANSWER_IS_PROVEN = 1 << 14,         /* and the answer to its question */
    FACT_IS_NO_OPERATOR = 1 << 15            /* the account itself is known to be no member of the operators' group */
};

enum policy_verdict {
    POLICY_REFUSED = 0,
    POLICY_ALLOWED = 1
};

/* `facts` is a sum of enum policy_fact. */
enum policy_verdict policy_ask(enum policy_act act, unsigned facts);

/* Names as in rules.eval, for tests, logs and docs; and back (POLICY_NOTHING / 0 if unknown). */
const char *policy_act_name(enum policy_act act);
enum policy_act policy_act_named(const char *name);
unsigned policy_fact_named(const char *name);

#endif
