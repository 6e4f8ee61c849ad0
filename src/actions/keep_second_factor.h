/* SPDX-License-Identifier: Apache-2.0 */
/* actions/keep_second_factor.h - somebody turns the own second factor on or off, or makes new recovery codes.
 *
 * A secret counts only when a code has shown that an app has it. Until then it is nowhere but in the form, sealed for this very
 * session: nobody is half enrolled. Each change asks for the password, and to undo one for a code besides; the confirmed addresses
 * are told of it in the same Modify. */
#ifndef LATCHKEY_ACTIONS_KEEP_SECOND_FACTOR_H
#define LATCHKEY_ACTIONS_KEEP_SECOND_FACTOR_H

#include "actions/second_factor.h"

#define ENROLMENT_LIFETIME  900 /* seconds */
#define ENROLMENT_PLAIN_LEN (TOTP_SECRET_LEN + 8)
#define ENROLMENT_LEN       KEY_RING_SEALED_LEN(ENROLMENT_PLAIN_LEN)

enum factor_outcome {
    FACTOR_TROUBLE = 0,
    FACTOR_DONE,
    FACTOR_OFF, /* the operator does not want any */
    FACTOR_REFUSED,
    FACTOR_WRONG_PASSWORD,
    FACTOR_TOO_SOON, /* too many wrong passwords: the context's `wait` says for how long */
    FACTOR_LOCKED,   /* the directory's password policy refuses the account for now */
    FACTOR_WRONG_CODE,
    FACTOR_WAIT,
    FACTOR_STALE,      /* the form is too old, or another session's */
    FACTOR_ALREADY,    /* there is one */
    FACTOR_NONE,       /* there is none */
    FACTOR_CHANGED,    /* the session was changed meanwhile: once more */
    FACTOR_SIGNED_OUT, /* it was ended meanwhile: nothing was changed, and the code is not used up */
    FACTOR_BUSY
};

/* What an app is to be told, and the text that brings it back. */
struct factor_offer {
    const char *enrolment;
    const char *secret;
    const char *address; /* otpauth://… */
};

enum factor_outcome offer_second_factor(struct action_context *context, const struct session *session,
                                        const struct lk_secret *password, struct factor_offer *offer_out);
/* The same offer once more, after a wrong code. FACTOR_STALE: there is none. */
enum factor_outcome repeat_offer(struct action_context *context, const struct session *session, const char *enrolment,
                                 struct factor_offer *offer_out);

/* Turns it on, if `code` is the app's, and ends all other sessions: none of them has shown it. */
enum factor_outcome confirm_second_factor(struct action_context *context, const struct session *session,
                                          const char *enrolment, const struct lk_secret *code,
                                          const char *codes_out[static RECOVERY_CODES]);

/* `wait_out` as for prove_second_factor. */
enum factor_outcome renew_recovery_codes(struct action_context *context, const struct session *session,
                                         const struct lk_secret *password, const struct lk_secret *code,
                                         const char *codes_out[static RECOVERY_CODES], int64_t *wait_out);
enum factor_outcome drop_second_factor(struct action_context *context, const struct session *session,
                                       const struct lk_secret *password, const struct lk_secret *code,
                                       int64_t *wait_out);

#endif
