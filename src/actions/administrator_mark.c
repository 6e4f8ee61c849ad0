/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/administrator_mark.h"

#include "directory/names.h"

enum mark_outcome make_administrator(struct action_context *context, const struct acting *acting,
                                     const struct profile *target)
{
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_add(change, NAME_ADMINISTRATOR, target->dn);
    switch (acting_modify(context, acting, acting->organization.dn, change)) {
    case LK_OK:
    case LK_CONFLICT: /* is one already */ return MARK_DONE;
    case LK_REFUSED: return MARK_REFUSED;
    case LK_ABSENT:
    case LK_MALFORMED:
    case LK_BUSY:
    case LK_BROKEN: break;
    }
    return MARK_TROUBLE;
}

/* The directory refused: because it must keep one, or because the actor has lost the right meanwhile? Looked up only to find the
 * words; the decision has been made. */
static enum mark_outcome why_refused(struct action_context *context, const struct acting *acting,
                                     const struct profile *target)
{
    struct organization now;
    const enum lk_status status = organization_by_dn(context->directory, context->config, context->arena,
                                                     acting->organization.dn, &now, &context->trouble);
    if (status != LK_OK)
        return MARK_TROUBLE;
    const bool is_last = now.administrators.count == 1 && organization_has_administrator(&now, target->dn);
    return is_last ? MARK_LAST : MARK_REFUSED;
}

enum mark_outcome unmake_administrator(struct action_context *context, const struct acting *acting,
                                       const struct profile *target)
{
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_delete(change, NAME_ADMINISTRATOR, target->dn);
    switch (acting_modify(context, acting, acting->organization.dn, change)) {
    case LK_OK:
    case LK_ABSENT: /* is none already */ return MARK_DONE;
    case LK_REFUSED: return why_refused(context, acting, target);
    case LK_CONFLICT:
    case LK_MALFORMED:
    case LK_BUSY:
    case LK_BROKEN: break;
    }
    return MARK_TROUBLE;
}
