/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/end_ties.h"

#include "directory/names.h"
#include "directory/people.h"

#define AT_ONCE 50 /* profiles untied for one look */
#define LOOKS   40

/* The exact value, so that a tie that somebody else has made meanwhile stays. */
static enum lk_status untie(struct action_context *context, const struct profile *profile)
{
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_delete(change, NAME_ACCOUNT_DN, profile->account_dn);
    const enum lk_status status = directory_modify(context->directory, profile->dn, change, &context->trouble);
    return status == LK_ABSENT ? LK_OK : status;
}

enum lk_status end_ties(struct action_context *context, const char *dn)
{
    size_t count = AT_ONCE;
    bool more = false;
    enum lk_status status = LK_OK;
    for (int looks = 0; status == LK_OK && count > 0; looks++) {
        struct profile *profiles = NULL;
        if (looks == LOOKS)
            return lk_fail(&context->trouble, LK_BROKEN,
                           "profiles are tied to the account faster than they are untied");
        status = profiles_by_account(context->directory, context->config, context->arena, dn, AT_ONCE, &profiles,
                                     &count, &more, &context->trouble);
        for (size_t i = 0; status == LK_OK && i < count; i++)
            status = untie(context, &profiles[i]);
    }
    if (status == LK_OK && more)
        return lk_fail(&context->trouble, LK_BROKEN,
                       "more profiles carry the account's name with an option (lkAccountDN;x) than the directory "
                       "gives at once: whether others are tied to it cannot be seen; entry %s",
                       dn);
    return status;
}

enum lk_status check_is_no_operators(struct action_context *context, const char *dn)
{
    const enum lk_status status = group_has_member(
        context->directory, context->arena, context->config->directory_operators_group, dn, NULL, &context->trouble);
    if (status == LK_OK)
        return lk_fail(&context->trouble, LK_CONFLICT, "the operators' group still has this name: %s", dn);
    return status == LK_ABSENT ? LK_OK : status;
}

enum lk_status end_former_ties(struct action_context *context, const char *account_dn)
{
    static const char *const nothing[] = { "1.1", NULL };
    struct directory_entry holder = { 0 };
    struct profile *profiles = NULL;
    size_t count = 0;
    bool more = false;
    enum lk_status status = profiles_by_account(context->directory, context->config, context->arena, account_dn, 1,
                                                &profiles, &count, &more, &context->trouble);
    if (status != LK_OK || (count == 0 && !more))
        return status;
    /* Any entry: an account that may not sign in just now (directory.account_filter) is still somebody's. */
    status = directory_read(context->directory, context->arena, account_dn, NULL, nothing, &holder, &context->trouble);
    return status == LK_ABSENT ? end_ties(context, account_dn) : status;
}
