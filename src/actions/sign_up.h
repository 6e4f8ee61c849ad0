/* SPDX-License-Identifier: Apache-2.0 */
/* actions/sign_up.h - somebody makes an account (S7, S10). One Add; then a session, so that they are signed in.
 *
 * A name in the form of an address is its owner's. Signing up under one puts a `lkSend: sign_up` on the decoy and asks the directory
 * nothing, whatever else was typed: the answer and its time are the same whether or not there is such an account. The courier looks it
 * up, and writes to the address either a link (sign_up_link.h), behind which the rest of the form waits, or that there is an account. */
#ifndef LATCHKEY_ACTIONS_SIGN_UP_H
#define LATCHKEY_ACTIONS_SIGN_UP_H

#include "actions/context.h"
#include "credentials/quality.h"

#define SIGN_UP_NAME_LEAST 3
#define SIGN_UP_NAME_MOST  64 /* characters */

/* Texts are tidied lines; "" where nothing was given. Secrets may be NULL. */
struct sign_up_form {
    const char *name;
    const struct lk_secret *password;
    const struct lk_secret *password_again;
    const char *alternate_mail;
    const char *question;
    const struct lk_secret *answer;
    const char *given_name, *surname, *telephone, *postal_code;
    const char *onward;           /* where the person was going, for the link; "": nowhere */
    const char *language;         /* of the letter */
    const struct session *former; /* of the same browser: it ends when the account's own begins. NULL: none */
};

enum sign_up_fault {
    SIGN_UP_NAME_MISSING = 1 << 0,
    SIGN_UP_NAME_TOO_SHORT = 1 << 1,
    SIGN_UP_NAME_BAD = 1 << 2, /* too long, or characters that a name may not have */
    SIGN_UP_PASSWORD_POOR = 1 << 3,
    SIGN_UP_MAIL_BAD = 1 << 4,
    SIGN_UP_QUESTION_ALONE = 1 << 5, /* a question without an answer */
    SIGN_UP_ANSWER_ALONE = 1 << 6,
    SIGN_UP_PASSWORD_MISSING = 1 << 7,
    SIGN_UP_PASSWORD_DIFFERS = 1 << 8, /* from the one typed again */
    SIGN_UP_TELEPHONE_BAD = 1 << 9,    /* characters that a directory does not take there */
    SIGN_UP_NAME_NOT_ADDRESS = 1 << 10 /* looks like an address to people, and is none */
};

enum sign_up_outcome {
    SIGN_UP_TROUBLE = 0,
    SIGN_UP_DONE,
    SIGN_UP_ASKED,            /* the name is an address: a message is on its way there. Only the name was looked at */
    SIGN_UP_CLOSED,           /* accounts.sign_up is off */
    SIGN_UP_REFUSED,          /* `faults` says what is wrong with the form; nothing was asked of the directory */
    SIGN_UP_NAME_TAKEN,       /* costs a hash all the same, where the daemon makes the hashes */
    SIGN_UP_PASSWORD_REFUSED, /* by the directory: `refusal` says why */
    SIGN_UP_NOT_SAVED, /* the directory will not have the entry, whatever is typed: its rules are not what they should be */
    SIGN_UP_TOO_MANY, /* from there, or messages to that address; `wait` says for how long. Nothing was asked of the directory */
    SIGN_UP_BUSY
};

struct sign_up_result {
    unsigned faults; /* a sum of enum sign_up_fault */
    struct quality quality;
    enum directory_password_refusal refusal;
    int64_t wait; /* on SIGN_UP_TOO_MANY: seconds, at least 1 */
    char cookie[SESSION_COOKIE_LEN + 1];
};

/* Does the name look like an e-mail address to people, however its @ was typed? */
bool sign_up_name_is_address(struct lk_arena *arena, const char *name);

/* A sum of enum sign_up_fault. */
unsigned sign_up_name_faults(struct lk_arena *arena, const char *name);

enum sign_up_outcome sign_up(struct action_context *context, const struct sign_up_form *form,
                             struct sign_up_result *result_out);

/* The account itself, whose name's owner is known (`is_confirmed`) where it is an address. Looks at all of the form; never
 * SIGN_UP_ASKED or SIGN_UP_CLOSED. */
enum sign_up_outcome sign_up_make(struct action_context *context, const struct sign_up_form *form, bool is_confirmed,
                                  struct sign_up_result *result_out);

/* A sysadmin makes one: no limits, no session, and whether anybody may sign up does not matter. Where the name is an address, it is its
 * owner's on the sysadmin's word. One Add; *dn_out is its name.
 *   LK_MALFORMED  `faults` says why, and nothing was asked of the directory; 0: its name cannot be one
 *   LK_CONFLICT   the name is taken     LK_REFUSED, LK_BUSY, LK_BROKEN  as for directory_add */
LK_MUST_CHECK enum lk_status create_account(struct action_context *context, const struct sign_up_form *form,
                                            struct sign_up_result *result_out, const char **dn_out);

#endif
