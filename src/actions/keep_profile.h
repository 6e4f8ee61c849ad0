/* SPDX-License-Identifier: Apache-2.0 */
/* actions/keep_profile.h - administrators keep up the profiles of their organisation, everybody keeps up the own (S2, S3, S4, S17).
 *
 * Everything is changed under the acting profile, or as the handle is bound (actions/acting.h). A profile is not renamed when the person's name changes: its cn names the
 * entry, displayName is what people are called. */
#ifndef LATCHKEY_ACTIONS_KEEP_PROFILE_H
#define LATCHKEY_ACTIONS_KEEP_PROFILE_H

#include "actions/acting.h"

#define PROFILE_TEXT_MOST 64 /* characters of each field but the address */

enum profile_field {
    PROFILE_GIVEN_NAME = 0,
    PROFILE_SURNAME,
    PROFILE_MAIL,
    PROFILE_TELEPHONE,
    PROFILE_TITLE,
    PROFILE_FIELDS
};

/* "given_name", "surname", "mail", "telephone", "title": as forms and templates call them. */
const char *profile_field_name(enum profile_field field);

/* Tidied lines; "" where there is nothing. */
struct profile_form {
    const char *values[PROFILE_FIELDS];
};

/* What the profile has. What could not stand in a form is left out, and so left alone. */
struct profile_form profile_form_of(struct lk_arena *arena, const struct profile *profile);

enum profile_fault {
    PROFILE_SURNAME_MISSING = 1 << 0,
    PROFILE_MAIL_MISSING = 1 << 1,
    PROFILE_MAIL_BAD = 1 << 2,
    PROFILE_MAIL_KNOWN = 1 << 3, /* another profile of the organisation has this address */
    PROFILE_TELEPHONE_BAD = 1 << 4,
    PROFILE_TEXT_LONG = 1 << 8 /* shifted by the field that is meant */
};

/* What is wrong with an address for the profile `but` (NULL: a new one) of the acting organisation: PROFILE_MAIL_… */
LK_MUST_CHECK enum lk_status profile_mail_faults(struct action_context *context, const struct acting *acting,
                                                 const char *mail, const struct profile *but, unsigned *faults_out);

enum keep_outcome {
    KEEP_TROUBLE = 0,
    KEEP_DONE,
    KEEP_FAULTY,   /* `faults`; nothing was changed */
    KEEP_CONFLICT, /* somebody else changed the same fields since the form was read: `changed`; nothing was changed */
    KEEP_GONE,     /* removed meanwhile */
    KEEP_REFUSED   /* the directory says no, whatever policy thinks */
};

struct keep_result {
    unsigned faults;  /* a sum of enum profile_fault */
    unsigned changed; /* a sum of 1 << enum profile_field */
    bool mail_changed;
    struct profile profile; /* as it is now, on KEEP_DONE and KEEP_CONFLICT */
};

/* A new profile, with its invite if `invite`: one Add. */
enum keep_outcome add_profile(struct action_context *context, const struct acting *acting,
                              const struct profile_form *form, bool invite, struct keep_result *result_out);

/* The same without reading it back: *dn_out is its name on KEEP_DONE. */
enum keep_outcome add_profile_entry(struct action_context *context, const struct acting *acting,
                                    const struct profile_form *form, bool invite, unsigned *faults_out,
                                    const char **dn_out);

/* For many at once, where the caller knows that the address is new: one Add of cn=common_name. LK_CONFLICT: there is such an entry. Others as directory_add. */
LK_MUST_CHECK enum lk_status add_profile_called(struct action_context *context, const struct acting *acting,
                                                const struct profile_form *form, const char *common_name, bool invite);
/* What names a new profile's entry: cn, which a person must have, and directory.profile_name where that is another. */
void name_profile(struct directory_change *entry, const struct config *config, const char *name);
/* What is wrong with a form as such; and what the person is called. */
unsigned profile_faults(const struct profile_form *form);
const char *profile_form_name(struct lk_arena *arena, const struct profile_form *form);

/* What the form has other than `was`, which is what it had when it was read, goes to the profile; fields that were left alone stay as
 * they are now, whoever changed them. Changing the address ends the links that went to the former one; those that would put it back
 * end first. Policy has been asked (POLICY_EDIT_PROFILE or POLICY_EDIT_OWN_PROFILE). */
enum keep_outcome edit_profile(struct action_context *context, const struct acting *acting,
                               const struct profile *target, const struct profile_form *was,
                               const struct profile_form *form, struct keep_result *result_out);

enum remove_outcome {
    REMOVE_TROUBLE = 0,
    REMOVE_DONE,
    REMOVE_GONE,
    REMOVE_LAST_ADMINISTRATOR,
    REMOVE_REFUSED
};

/* The organisation frees the profile from its account: another may be tied to it then, by a new link. One Modify: links that can be seen
 * and letters that still wait end with it, as does an address that waits to be confirmed. KEEP_DONE also where it is tied to none.
 * KEEP_CONFLICT: it is tied to another account by now. */
enum keep_outcome untie_profile(struct action_context *context, const struct acting *acting,
                                const struct profile *target);

/* Takes the administrator's mark away first, then the profile, its links and its requests to send with it. */
enum remove_outcome remove_profile(struct action_context *context, const struct acting *acting,
                                   const struct profile *target);

#endif
