/* SPDX-License-Identifier: Apache-2.0 */
/* actions/sign_up.h - somebody makes an account (S7, S10). One Add; then a session, so that they are signed in. */
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
    SIGN_UP_TELEPHONE_BAD = 1 << 9     /* characters that a directory does not take there */
};

enum sign_up_outcome {
    SIGN_UP_TROUBLE = 0,
    SIGN_UP_DONE,
    SIGN_UP_CLOSED,     /* accounts.sign_up is off */
    SIGN_UP_REFUSED,    /* `faults` says what is wrong with the form; nothing was asked of the directory */
    SIGN_UP_NAME_TAKEN, /* costs a hash all the same */
    SIGN_UP_TOO_MANY, /* from there, or messages to that address; `wait` says for how long. Nothing was asked of the directory */
    SIGN_UP_BUSY
};

struct sign_up_result {
    unsigned faults; /* a sum of enum sign_up_fault */
    struct quality quality;
    int64_t wait; /* on SIGN_UP_TOO_MANY: seconds, at least 1 */
    char cookie[SESSION_COOKIE_LEN + 1];
};

enum sign_up_outcome sign_up(struct action_context *context, const struct sign_up_form *form,
                             struct sign_up_result *result_out);

#endif
