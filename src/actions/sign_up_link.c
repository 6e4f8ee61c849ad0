/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/sign_up_link.h"

#include "directory/people.h"

enum link_outcome open_sign_up(struct action_context *context, const struct link_claim *claim, const char *offer,
                               struct sign_up_offer *offer_out)
{
    struct account account;
    *offer_out = (struct sign_up_offer){ .name = "", .onward = "" };
    if (!context->config->accounts_sign_up)
        return LINK_REFUSED;
    if (sign_up_offer_read(context->ring, context->arena, offer, offer_out) != LK_OK ||
        !link_was_sent_to(context->ring, claim, offer_out->name))
        return LINK_GARBAGE;
    switch (account_by_name(context->directory, context->config, context->arena, offer_out->name, &account,
                            &context->trouble)) {
    case LK_ABSENT: return LINK_LIVE;
    case LK_OK:
    case LK_CONFLICT: return LINK_ALREADY;
    case LK_MALFORMED:
    case LK_REFUSED:
    case LK_BUSY:
    case LK_BROKEN: break;
    }
    return LINK_TROUBLE;
}

enum link_outcome sign_up_by_link(struct action_context *context, const struct link_claim *claim, const char *offer,
                                  const struct sign_up_form *form, struct sign_up_by_link *result_out)
{
    struct sign_up_form filled_in = *form;
    *result_out = (struct sign_up_by_link){ .outcome = SIGN_UP_TROUBLE };
    const enum link_outcome link = open_sign_up(context, claim, offer, &result_out->offer);
    if (link != LINK_LIVE)
        return link;
    filled_in.name = result_out->offer.name;
    result_out->outcome = sign_up_make(context, &filled_in, true, &result_out->made);
    if (result_out->outcome != SIGN_UP_NAME_TAKEN)
        return LINK_LIVE;
    /* By an account, or by an entry that nobody can sign in with? */
    return open_sign_up(context, claim, offer, &result_out->offer) == LINK_ALREADY ? LINK_ALREADY : LINK_TROUBLE;
}
