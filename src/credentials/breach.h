/* SPDX-License-Identifier: Apache-2.0 */
/* credentials/breach.h - is a password known from a data breach? Asked of the service at accounts.breach_url by range: only the
 * first five hexadecimal digits of the password's SHA-1 leave the daemon, and the answer is padded (k-anonymity, as Pwned
 * Passwords has it).
 *
 * Owns:    nothing; `rest_until` belongs to the caller: a service that fails is left alone for a while, so that a slow one
 *          holds up few requests.
 * Threads: any. */
#ifndef LATCHKEY_CREDENTIALS_BREACH_H
#define LATCHKEY_CREDENTIALS_BREACH_H

#include "base/secret.h"
#include "config/config.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum breach_finding {
    BREACH_UNKNOWN = 0, /* no answer in time, or one that makes no sense */
    BREACH_NOT_FOUND,
    BREACH_FOUND
};

enum breach_finding breach_look_up(const struct config *config, const struct lk_secret *password,
                                   _Atomic int64_t *rest_until);

#define BREACH_SUFFIX_LEN 35

/* What an answer of lines SUFFIX:COUNT says of the hash that ends with `suffix`. A count of 0 is padding. A pure function. */
enum breach_finding breach_read(const char *body, size_t len, const char suffix[static BREACH_SUFFIX_LEN]);

#endif
