/* SPDX-License-Identifier: Apache-2.0 */
/* actions/keep_account.h - what helps an account's holder back in, kept up by them: the alternate address, the question with its
 * answer, the personal data (S7, S8, S9). One Modify each; each takes the password once more (own_account.h), and the session must
 * still be there when it is written, but for personal data, which is written under the account's own name. */
#ifndef LATCHKEY_ACTIONS_KEEP_ACCOUNT_H
#define LATCHKEY_ACTIONS_KEEP_ACCOUNT_H

#include "actions/own_account.h"

#define KEEP_ACCOUNT_TEXT_MOST 64 /* characters */

enum keep_account_fault {
    KEEP_ACCOUNT_MAIL_MISSING = 1 << 0,
    KEEP_ACCOUNT_MAIL_BAD = 1 << 1,
    KEEP_ACCOUNT_MAIL_SAME = 1 << 2, /* it is the confirmed one already */
    KEEP_ACCOUNT_QUESTION_MISSING = 1 << 3,
    KEEP_ACCOUNT_ANSWER_MISSING = 1 << 4,
    KEEP_ACCOUNT_TELEPHONE_BAD = 1 << 5,
    KEEP_ACCOUNT_TEXT_LONG = 1 << 6 /* shifted by the field: enum account_field */
};

enum account_field {
    ACCOUNT_GIVEN_NAME = 0,
    ACCOUNT_SURNAME,
    ACCOUNT_TELEPHONE,
    ACCOUNT_POSTAL_CODE,
    ACCOUNT_FIELDS
};

/* "given_name", ...: the name of the field on forms. */
const char *account_field_name(enum account_field field);

struct account_person {
    const char *values[ACCOUNT_FIELDS]; /* "" where nothing is known */
};

/* What the person has told of itself. */
struct account_person account_person_of(const struct account *account);

/* `mail` waits in lkPendingMail until the link that this sends to it is opened; the confirmed one stays until then.
 * *faults_out on OWN_FAULTY: a sum of enum keep_account_fault. */
enum own_outcome set_alternate_mail(struct action_context *context, const struct session *session,
                                    const struct lk_secret *password, const char *mail, unsigned *faults_out);

/* The confirmed one and the one that waits. */
enum own_outcome remove_alternate_mail(struct action_context *context, const struct session *session,
                                       const struct lk_secret *password);

enum own_outcome set_question(struct action_context *context, const struct session *session,
                              const struct lk_secret *password, const char *question, const struct lk_secret *answer,
                              unsigned *faults_out);
enum own_outcome remove_question(struct action_context *context, const struct session *session,
                                 const struct lk_secret *password);

/* Written under the account's own name (RFC 4370). The session is looked for once more when the password has been looked at, just before
 * that: what ends it in between (a moment, not the time of a hash) does not keep this from being written. */
enum own_outcome set_person(struct action_context *context, const struct session *session,
                            const struct lk_secret *password, const struct account_person *person,
                            unsigned *faults_out);

#endif
