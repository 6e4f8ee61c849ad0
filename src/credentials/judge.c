/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials/judge.h"

#include "credentials/breach.h"
#include "credentials/password_internal.h"

static enum quality_verdict verdict_of(const struct config *config, enum breach_finding finding)
{
    if (finding == BREACH_FOUND)
        return QUALITY_BREACHED;
    if (finding == BREACH_UNKNOWN && config->accounts_breach_unknown == CONFIG_BREACH_UNKNOWN_REFUSE)
        return QUALITY_UNKNOWN;
    return QUALITY_GOOD;
}

struct quality credentials_judge(struct credentials *credentials, const struct lk_secret *password,
                                 const char *const *own_words)
{
    const struct config *config = credentials->config;
    struct quality quality = quality_of(config, password, own_words);
    /* Asked last: whatever fails here by itself tells nobody outside anything. */
    if (quality.verdict == QUALITY_GOOD && *config->accounts_breach_url != '\0')
        quality.verdict = verdict_of(config, breach_look_up(config, password, &credentials->breach_rest_until));
    return quality;
}
