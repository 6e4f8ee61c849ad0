/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials/judge.h"

#include "credentials/password_internal.h"

struct quality credentials_judge(struct credentials *credentials, const struct lk_secret *password,
                                 const char *const *own_words)
{
    return quality_of(credentials->config, password, own_words);
}
