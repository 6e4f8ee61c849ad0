/* SPDX-License-Identifier: Apache-2.0 */
/* credentials/prepare.h - the one form of a password that people may type in several (SASLprep, RFC 4013, by libidn).
 *
 * RFC 4511 and RFC 4519 want it for passwords that go to a directory, RFC 5802 for SCRAM. What SASLprep forbids (an emoji, since
 * its Unicode is that of 2002; letters written to the left beside such as are written to the right) stays as it was typed:
 * better than forbidding it to people.
 *
 * Threads: any. */
#ifndef LATCHKEY_CREDENTIALS_PREPARE_H
#define LATCHKEY_CREDENTIALS_PREPARE_H

#include "base/secret.h"

/* Never NULL; the caller frees it. Plain ASCII comes back as it is. At most PASSWORD_MOST bytes if `password` has no more. */
struct lk_secret *password_prepared(const struct lk_secret *password);

#endif
