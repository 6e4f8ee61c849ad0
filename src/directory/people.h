/* SPDX-License-Identifier: Apache-2.0 */
/* directory/people.h - accounts, profiles and organisations as the directory holds them, read into plain structs.
 *
 * Each function is one search (or read) with indexed equality filters. Structs and strings live in the arena; a string
 * that the entry lacks is NULL, a list is empty. entryUUID identifies, the DN addresses.
 *   LK_ABSENT  none; by DN also: it is of another kind, or does not lie below the configured base
 *   LK_CONFLICT  more than one where there may be one only
 *   LK_BROKEN  no answer; or the server does not show the entry's directory.unique_id
 *   LK_MALFORMED, LK_REFUSED, LK_BUSY  as for directory_search */
#ifndef LATCHKEY_DIRECTORY_PEOPLE_H
#define LATCHKEY_DIRECTORY_PEOPLE_H

#include "base/arena.h"
#include "base/status.h"
#include "config/config.h"
#include "directory/directory.h"
#include "directory/filter.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct account {
    const char *dn;
    uint8_t id[16];           /* entryUUID */
    const char *name;         /* uid */
    const char *display_name; /* cn, or the name */
    const char *given_name, *surname, *telephone, *postal_code;
    const char
        *person_dn; /* the entry below directory.people_base whose password is this account's; NULL: it has its own */
    const char *mail;
    const char *alternate_mail; /* confirmed */
    const char *pending_mail;   /* lkPendingMail: to become alternate_mail when its link is opened */
    const char *question;
    const char *verifier;                      /* lkVerifier */
    const char *language;                      /* preferredLanguage */
    struct directory_attribute sessions;       /* lkSession: values as they are */
    struct directory_attribute tokens;         /* lkToken */
    struct directory_attribute sends;          /* lkSend */
    struct directory_attribute attempts;       /* lkAttempt */
    const char *second_factor;                 /* lkSecondFactor; NULL: none */
    struct directory_attribute recovery_codes; /* lkRecoveryCode */
};

/* Somebody of another directory, which this one shows below directory.people_base. */
struct outsider {
    const char *dn;
    const char *name; /* directory.people_name, as it is written there */
    const char *display_name, *given_name, *surname, *mail, *telephone, *language;
};

struct profile {
    const char *dn;
    uint8_t id[16];
    const char *display_name; /* displayName, or cn, which may have to differ: it names the entry */
    bool has_display_name;    /* displayName is there */
    const char *given_name, *surname, *mail, *telephone, *title;
    const char *pending_mail; /* lkPendingMail: to become mail when its link is opened */
    const char *account_dn;   /* NULL: tied to none */
    const char *organization_dn;
    const char *language;
    struct directory_attribute tokens;
    struct directory_attribute sends;
    struct directory_attribute send_errors;
    struct directory_attribute sents;
};

/* lkServicePlan: support until=20271231235959Z (base/record.h). A value that does not have this form is left out. */
struct service_plan {
    const char *name;
    int64_t ends;      /* INT64_MAX: no end */
    const char *value; /* as it stands on the entry */
};

struct organization {
    const char *dn;
    uint8_t id[16];
    const char *name; /* o */
    const char *main_contact;
    struct directory_attribute administrators; /* DNs */
    struct directory_attribute sends;          /* lkSend: what is to be told about it */
    struct directory_attribute sents;
    size_t plan_count;
    const struct service_plan *plans;
};

/* What identifies an entry, which was read with its directory.unique_id. LK_BROKEN: the server does not show it, or not in its form:
 * the configuration is wrong. */
LK_MUST_CHECK enum lk_status people_id(const struct config *config, const struct directory_entry *entry,
                                       uint8_t id_out[static 16], struct lk_trouble *trouble);

/* What makes an entry an account, a profile, an organisation: its class, and what the configuration asks for besides. */
const struct directory_filter *accounts_filter(const struct config *config, struct lk_arena *arena);
const struct directory_filter *profiles_filter(const struct config *config, struct lk_arena *arena);
const struct directory_filter *organizations_filter(const struct config *config, struct lk_arena *arena);

LK_MUST_CHECK enum lk_status account_by_name(struct directory *directory, const struct config *config,
                                             struct lk_arena *arena, const char *name, struct account *account_out,
                                             struct lk_trouble *trouble);
LK_MUST_CHECK enum lk_status account_by_id(struct directory *directory, const struct config *config,
                                           struct lk_arena *arena, const uint8_t id[static 16],
                                           struct account *account_out, struct lk_trouble *trouble);
LK_MUST_CHECK enum lk_status account_by_dn(struct directory *directory, const struct config *config,
                                           struct lk_arena *arena, const char *dn, struct account *account_out,
                                           struct lk_trouble *trouble);

/* LK_ABSENT also where no people are shown. */
LK_MUST_CHECK enum lk_status outsider_by_name(struct directory *directory, const struct config *config,
                                              struct lk_arena *arena, const char *name, struct outsider *person_out,
                                              struct lk_trouble *trouble);
/* LK_OK: that person is still there, and still one of those who may sign in. */
LK_MUST_CHECK enum lk_status outsider_is_there(struct directory *directory, const struct config *config,
                                               struct lk_arena *arena, const char *dn, struct lk_trouble *trouble);

/* Accounts are named by cn (directory.account_name), as those of Active Directory are: it is not free for what a person is called. */
bool account_name_is_cn(const struct config *config);

/* sn is a MUST: signing up puts the name there where no surname was given, and that is none of what the person told us. NULL:
 * nothing was told. */
const char *account_own_surname(const struct account *account);

/* Two readings of one account: has its password stayed what it was, as far as lkVerifier tells? */
bool account_has_same_password(const struct account *one, const struct account *other);

/* Where a link that sets a new password may go: the confirmed alternate address; without one the account's name, if it is an
 * address that is confirmed (mail). NULL: nowhere. */
const char *account_rescue_mail(const struct account *account);

/* The one account that holds exactly this lkToken value. */
LK_MUST_CHECK enum lk_status account_by_token(struct directory *directory, const struct config *config,
                                              struct lk_arena *arena, const char *token_value,
                                              struct account *account_out, struct lk_trouble *trouble);

/* Every profile that carries the e-mail address / is tied to the account: at most `most`; *more_out says there are others, or, with
 * fewer than `most`, that the server gave no more and there may be. No such profile is LK_OK with a count of 0. */
LK_MUST_CHECK enum lk_status profiles_by_mail(struct directory *directory, const struct config *config,
                                              struct lk_arena *arena, const char *mail, size_t most,
                                              struct profile **profiles_out, size_t *count_out, bool *more_out,
                                              struct lk_trouble *trouble);
LK_MUST_CHECK enum lk_status profiles_by_account(struct directory *directory, const struct config *config,
                                                 struct lk_arena *arena, const char *account_dn, size_t most,
                                                 struct profile **profiles_out, size_t *count_out, bool *more_out,
                                                 struct lk_trouble *trouble);

/* The one profile that holds exactly this lkToken value. */
LK_MUST_CHECK enum lk_status profile_by_token(struct directory *directory, const struct config *config,
                                              struct lk_arena *arena, const char *token_value,
                                              struct profile *profile_out, struct lk_trouble *trouble);
LK_MUST_CHECK enum lk_status profile_by_dn(struct directory *directory, const struct config *config,
                                           struct lk_arena *arena, const char *dn, struct profile *profile_out,
                                           struct lk_trouble *trouble);
LK_MUST_CHECK enum lk_status profile_by_id(struct directory *directory, const struct config *config,
                                           struct lk_arena *arena, const uint8_t id[static 16],
                                           struct profile *profile_out, struct lk_trouble *trouble);

/* The organisation at `dn`. */
LK_MUST_CHECK enum lk_status organization_by_dn(struct directory *directory, const struct config *config,
                                                struct lk_arena *arena, const char *dn,
                                                struct organization *organization_out, struct lk_trouble *trouble);

LK_MUST_CHECK enum lk_status organization_by_id(struct directory *directory, const struct config *config,
                                                struct lk_arena *arena, const uint8_t id[static 16],
                                                struct organization *organization_out, struct lk_trouble *trouble);

/* ---- looking for what somebody typed ----
 *
 * Up to PEOPLE_ANYWHERE - 1 characters are looked for at the begin of names and addresses, more anywhere in them: only so the
 * indexes serve; a single one not at all quickly. "" finds all. At most `most` come, in the order of their names among themselves. */
#define PEOPLE_ANYWHERE 4

struct people_search {
    const char *text;
    size_t most;
    bool sending; /* only those to whom something is still to be sent */
};

struct organization_list {
    struct organization *items;
    size_t count;
    bool more; /* there are others */
};

struct profile_list {
    struct profile *items;
    size_t count;
    bool more;
};

LK_MUST_CHECK enum lk_status organizations_search(struct directory *directory, const struct config *config,
                                                  struct lk_arena *arena, const struct people_search *search,
                                                  struct organization_list *list_out, struct lk_trouble *trouble);
/* Those that lie directly below the organisation. */
LK_MUST_CHECK enum lk_status profiles_search(struct directory *directory, const struct config *config,
                                             struct lk_arena *arena, const char *organization_dn,
                                             const struct people_search *search, struct profile_list *list_out,
                                             struct lk_trouble *trouble);

/* And those of them that carry exactly this e-mail address: at most `most`. */
LK_MUST_CHECK enum lk_status profiles_of_mail(struct directory *directory, const struct config *config,
                                              struct lk_arena *arena, const char *organization_dn, const char *mail,
                                              size_t most, struct profile_list *list_out, struct lk_trouble *trouble);

/* LK_OK: the group names the one or the other (NULL: none) as a member. LK_ABSENT: neither, or there is no such group. */
LK_MUST_CHECK enum lk_status group_has_member(struct directory *directory, struct lk_arena *arena, const char *group_dn,
                                              const char *member_dn, const char *other_dn, struct lk_trouble *trouble);

/* The plan that lasts longest among those that have not ended at `now`, or NULL. */
const struct service_plan *organization_current_plan(const struct organization *organization, int64_t now);
/* The one that has ended last, or NULL. */
const struct service_plan *organization_ended_plan(const struct organization *organization, int64_t now);
bool organization_has_administrator(const struct organization *organization, const char *profile_dn);

#endif
