/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/policy.h"

#include <string.h>

/* Somebody who acts as a profile, as an administrator, and as one upon a profile of its own organisation. */
#define ACTING         (FACT_SIGNED_IN | FACT_PROFILE_IS_MINE)
#define ADMINISTRATING (ACTING | FACT_IS_ADMINISTRATOR)
#define ADMINISTERED   (ADMINISTRATING | FACT_TARGET_IS_IN_ORGANIZATION)

/* Somebody and the own account; and as one who has just given its password once more. */
#define OWNING (FACT_SIGNED_IN | FACT_ACCOUNT_IS_MINE)
#define PROVEN (OWNING | FACT_PASSWORD_IS_PROVEN)

static const struct {
    enum policy_act act;
    unsigned facts; /* all of these */
} rules[] = {
    {POLICY_ASK_FOR_LINK,           FACT_SIGNED_IN                                                                      },
    { POLICY_REDEEM_LINK,           FACT_SIGNED_IN | FACT_LINK_IS_LIVE | FACT_LINK_FITS_ACCOUNT | FACT_LINK_FITS_ADDRESS},
    { POLICY_SELECT_PROFILE,        FACT_SIGNED_IN | FACT_PROFILE_IS_MINE                                               },
    { POLICY_REACH_SERVICE,         FACT_SIGNED_IN | FACT_PROFILE_IS_MINE | FACT_PLAN_IS_CURRENT                        },
    { POLICY_SEE_ACCOUNT,           FACT_SIGNED_IN | FACT_ACCOUNT_IS_MINE                                               },
    { POLICY_SEE_ORGANIZATIONS,     FACT_SIGNED_IN | FACT_IS_OPERATOR                                                   },
    { POLICY_CREATE_ORGANIZATION,   FACT_SIGNED_IN | FACT_IS_OPERATOR                                                   },
    { POLICY_SET_PLANS,             FACT_SIGNED_IN | FACT_IS_OPERATOR                                                   },
    { POLICY_SET_MAIN_CONTACT,      FACT_SIGNED_IN | FACT_IS_OPERATOR                                                   },
    { POLICY_DECLARE_ADMINISTRATOR, FACT_SIGNED_IN | FACT_IS_OPERATOR                                                   },
    { POLICY_TELL_OPERATORS,        FACT_SIGNED_IN | FACT_PROFILE_IS_MINE                                               },
    { POLICY_SEE_PEOPLE,            ADMINISTRATING                                                                      },
    { POLICY_ADD_PROFILE,           ADMINISTRATING                                                                      },
    { POLICY_EDIT_PROFILE,          ADMINISTERED                                                                        },
    { POLICY_REMOVE_PROFILE,        ADMINISTERED | FACT_TARGET_IS_ANOTHER                                               },
    { POLICY_SEND_INVITE,           ADMINISTERED                                                                        },
    { POLICY_SEND_INVITE,           ACTING | FACT_TARGET_IS_ME                                                          },
    { POLICY_CANCEL_INVITE,         ADMINISTERED                                                                        },
    { POLICY_MAKE_ADMINISTRATOR,    ADMINISTERED                                                                        },
    { POLICY_UNMAKE_ADMINISTRATOR,  ADMINISTERED                                                                        },
    { POLICY_EDIT_OWN_PROFILE,      ACTING | FACT_TARGET_IS_ME                                                          },
    { POLICY_CHANGE_OWN_MAIL,       ACTING | FACT_TARGET_IS_ME                                                          },
    { POLICY_UNDO,                  FACT_LINK_IS_LIVE                                                                   },
    { POLICY_END_SESSIONS,          OWNING                                                                              },
    { POLICY_CHANGE_PASSWORD,       PROVEN                                                                              },
    { POLICY_CHANGE_RESCUE,         PROVEN                                                                              },
    { POLICY_DELETE_ACCOUNT,        PROVEN | FACT_IS_NO_OPERATOR                                                        },
    { POLICY_RESET_PASSWORD,        FACT_LINK_IS_LIVE | FACT_LINK_FITS_ADDRESS                                          },
    { POLICY_RESET_PASSWORD,        FACT_PERSON_IS_PROVEN | FACT_ANSWER_IS_PROVEN                                       },
    { POLICY_CHANGE_SECOND_FACTOR,  PROVEN                                                                              },
};

static const char *const act_names[POLICY_ACTS] = {
    [POLICY_NOTHING] = "nothing",
    [POLICY_ASK_FOR_LINK] = "ask_for_link",
    [POLICY_REDEEM_LINK] = "redeem_link",
    [POLICY_SELECT_PROFILE] = "select_profile",
    [POLICY_REACH_SERVICE] = "reach_service",
    [POLICY_SEE_ACCOUNT] = "see_account",
    [POLICY_SEE_ORGANIZATIONS] = "see_organizations",
    [POLICY_CREATE_ORGANIZATION] = "create_organization",
    [POLICY_SET_PLANS] = "set_plans",
    [POLICY_SET_MAIN_CONTACT] = "set_main_contact",
    [POLICY_DECLARE_ADMINISTRATOR] = "declare_administrator",
    [POLICY_TELL_OPERATORS] = "tell_operators",
    [POLICY_SEE_PEOPLE] = "see_people",
    [POLICY_ADD_PROFILE] = "add_profile",
    [POLICY_EDIT_PROFILE] = "edit_profile",
    [POLICY_REMOVE_PROFILE] = "remove_profile",
    [POLICY_SEND_INVITE] = "send_invite",
    [POLICY_CANCEL_INVITE] = "cancel_invite",
    [POLICY_MAKE_ADMINISTRATOR] = "make_administrator",
    [POLICY_UNMAKE_ADMINISTRATOR] = "unmake_administrator",
    [POLICY_EDIT_OWN_PROFILE] = "edit_own_profile",
    [POLICY_CHANGE_OWN_MAIL] = "change_own_mail",
    [POLICY_UNDO] = "undo",
    [POLICY_END_SESSIONS] = "end_sessions",
    [POLICY_CHANGE_PASSWORD] = "change_password",
    [POLICY_CHANGE_RESCUE] = "change_rescue",
    [POLICY_DELETE_ACCOUNT] = "delete_account",
    [POLICY_RESET_PASSWORD] = "reset_password",
    [POLICY_CHANGE_SECOND_FACTOR] = "change_second_factor",
};

static const struct {
    const char *name;
    enum policy_fact fact;
} fact_names[] = {
    {"signed_in",                  FACT_SIGNED_IN                },
    { "link_is_live",              FACT_LINK_IS_LIVE             },
    { "link_fits_account",         FACT_LINK_FITS_ACCOUNT        },
    { "link_fits_address",         FACT_LINK_FITS_ADDRESS        },
    { "profile_is_mine",           FACT_PROFILE_IS_MINE          },
    { "plan_is_current",           FACT_PLAN_IS_CURRENT          },
    { "account_is_mine",           FACT_ACCOUNT_IS_MINE          },
    { "is_operator",               FACT_IS_OPERATOR              },
    { "is_administrator",          FACT_IS_ADMINISTRATOR         },
    { "target_is_in_organization", FACT_TARGET_IS_IN_ORGANIZATION},
    { "target_is_me",              FACT_TARGET_IS_ME             },
    { "target_is_another",         FACT_TARGET_IS_ANOTHER        },
    { "password_is_proven",        FACT_PASSWORD_IS_PROVEN       },
    { "person_is_proven",          FACT_PERSON_IS_PROVEN         },
    { "answer_is_proven",          FACT_ANSWER_IS_PROVEN         },
    { "is_no_operator",            FACT_IS_NO_OPERATOR           },
};

enum policy_verdict policy_ask(enum policy_act act, unsigned facts)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].act == act && (facts & rules[i].facts) == rules[i].facts)
            return POLICY_ALLOWED;
    return POLICY_REFUSED;
}

const char *policy_act_name(enum policy_act act)
{
    return act < POLICY_ACTS ? act_names[act] : act_names[POLICY_NOTHING];
}

enum policy_act policy_act_named(const char *name)
{
    for (size_t i = 0; i < POLICY_ACTS; i++)
        if (strcmp(act_names[i], name) == 0)
            return (enum policy_act) i;
    return POLICY_NOTHING;
}

unsigned policy_fact_named(const char *name)
{
    for (size_t i = 0; i < sizeof fact_names / sizeof *fact_names; i++)
        if (strcmp(fact_names[i].name, name) == 0)
            return (unsigned) fact_names[i].fact;
    return 0;
}
