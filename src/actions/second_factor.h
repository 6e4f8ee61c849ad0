/* SPDX-License-Identifier: Apache-2.0 */
/* actions/second_factor.h - what an account holds of a second factor, and the proof of it.
 *
 *   lkSecondFactor: totp step=59467921 since=20261126160000Z tries=1 tried=20261126161500Z sealed=…
 *       step    of the last code accepted: it and earlier ones are refused
 *       tries   counted before a code is looked at, since one was accepted last; tried: when
 *       sealed  the secret, under the key ring and bound to the account: what the directory holds makes no codes
 *   lkRecoveryCode: code key=3 tag=…
 *       a keyed digest, bound to the account; one value for each code that has not been used
 *
 * Every change of lkSecondFactor swaps its exact value, and no value is ever written twice (each seal has a nonce of its own). So
 * of two who use one code at the same time one succeeds, and no try goes uncounted. Each write seals under the newest key.
 * Only somebody who knows the password comes to try: so others lock nobody out, and the holder waits an hour at most. */
#ifndef LATCHKEY_ACTIONS_SECOND_FACTOR_H
#define LATCHKEY_ACTIONS_SECOND_FACTOR_H

#include "actions/context.h"
#include "credentials/totp.h"

#define RECOVERY_CODES 10

struct second_factor {
    const char *value; /* as it stands on the entry */
    uint8_t secret[TOTP_SECRET_LEN];
    int64_t step, since, tries, tried;
};

/* LK_ABSENT: the account has none. LK_MALFORMED: it cannot be read; `trouble` says why. */
LK_MUST_CHECK enum lk_status second_factor_read(struct action_context *context, const struct account *account,
                                                struct second_factor *factor_out);
/* The value to be written, in the arena. */
const char *second_factor_value(struct action_context *context, const struct account *account,
                                const struct second_factor *factor);

/* After so many tries without success: how many seconds after the last one the next is looked at. */
int64_t second_factor_delay(int64_t tries);

/* Into `change`: takes all recovery codes away and adds new ones, which codes_out then shows. */
void recovery_codes_renew(struct action_context *context, const struct account *account,
                          struct directory_change *change, const char *codes_out[static RECOVERY_CODES]);
/* How many can still be used. */
size_t recovery_codes_left(struct action_context *context, const struct account *account);

/* Does the operator want one of this account, which has none? Of whoever administers or operates. */
bool second_factor_is_missing(const struct config *config, const struct account *account);

/* ---- the proof ---- */

enum proof_outcome {
    PROOF_TROUBLE = 0,
    PROOF_DONE,
    PROOF_WRONG, /* no such code, or it has been used */
    PROOF_WAIT,  /* too many tries: it was not looked at */
    PROOF_NONE,  /* the account has no second factor */
    PROOF_BUSY
};

/* Adds what the proof is for to the one Modify that uses the code up; may be asked more than once, with the account as it then is.
 * Anything but LK_OK ends in PROOF_TROUBLE. */
typedef enum lk_status proof_effect(struct action_context *context, const struct account *account,
                                    struct directory_change *change, void *its);

/* `code` is one of the app or a recovery code. `account` is read again where others change it meanwhile; *wait_out is written
 * with PROOF_WAIT: seconds. */
enum proof_outcome prove_second_factor(struct action_context *context, struct account *account,
                                       const struct lk_secret *code, proof_effect *effect, void *its,
                                       int64_t *wait_out);

#endif
