/* SPDX-License-Identifier: Apache-2.0 */
/* credentials/judge.h - may this become somebody's password? Everything that is asked of a new one, in one place.
 *
 * Threads: any. */
#ifndef LATCHKEY_CREDENTIALS_JUDGE_H
#define LATCHKEY_CREDENTIALS_JUDGE_H

#include "credentials/password.h"
#include "credentials/quality.h"

/* quality_of (length, strength, the person's own words), and for a password that passes, whether it is known from a data
 * breach, where accounts.breach_url is set. */
struct quality credentials_judge(struct credentials *credentials, const struct lk_secret *password,
                                 const char *const *own_words);

#endif
