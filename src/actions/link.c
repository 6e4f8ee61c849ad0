/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/link.h"

#include <string.h>

enum link_outcome check_link(const struct action_context *context, const char *text, struct link_claim *claim_out)
{
    switch (link_read(context->ring, text, strlen(text), context->now, claim_out)) {
    case LK_OK: return LINK_LIVE;
    case LK_ABSENT: return LINK_EXPIRED;
    case LK_MALFORMED:
    case LK_REFUSED: return LINK_GARBAGE;
    case LK_CONFLICT:
    case LK_BUSY:
    case LK_BROKEN: break;
    }
    return LINK_TROUBLE;
}

bool link_fits_account(const struct link_claim *claim, const struct session *session)
{
    return link_is_for_any_account(claim) || memcmp(claim->account, session->account.id, sizeof claim->account) == 0;
}
