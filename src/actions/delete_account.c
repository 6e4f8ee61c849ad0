/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/delete_account.h"

#include "directory/names.h"

#define AT_ONCE 50 /* profiles untied for one look */
#define LOOKS   40

static enum lk_status end_what_is_open(struct action_context *context, const char *dn)
{
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_replace(change, NAME_SESSION, NULL);
    directory_change_replace(change, NAME_TOKEN, NULL);
    directory_change_replace(change, NAME_SEND, NULL);
    return directory_modify(context->directory, dn, change, &context->trouble);
}

/* The exact value, so that a tie that somebody else has made meanwhile stays. */
static enum lk_status untie(struct action_context *context, const struct profile *profile)
{
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_delete(change, NAME_ACCOUNT_DN, profile->account_dn);
    const enum lk_status status = directory_modify(context->directory, profile->dn, change, &context->trouble);
    return status == LK_ABSENT ? LK_OK : status;
}

static enum lk_status untie_all(struct action_context *context, const char *dn)
{
    size_t count = AT_ONCE;
    enum lk_status status = LK_OK;
    for (int looks = 0; status == LK_OK && count > 0; looks++) {
        struct profile *profiles = NULL;
        if (looks == LOOKS)
            return lk_fail(&context->trouble, LK_BROKEN,
                           "profiles are tied to the account faster than they are untied");
        status = profiles_by_account(context->directory, context->config, context->arena, dn, AT_ONCE, &profiles,
                                     &count, NULL, &context->trouble);
        for (size_t i = 0; status == LK_OK && i < count; i++)
            status = untie(context, &profiles[i]);
    }
    return status;
}

enum lk_status remove_account(struct action_context *context, const char *dn)
{
    enum lk_status status = end_what_is_open(context, dn);
    if (status == LK_OK)
        status = untie_all(context, dn);
    if (status == LK_OK)
        status = directory_delete(context->directory, dn, &context->trouble);
    /* A link that was being redeemed in between. */
    return status == LK_OK ? untie_all(context, dn) : status;
}

enum own_outcome delete_account(struct action_context *context, const struct session *session,
                                const struct lk_secret *password)
{
    const enum own_outcome outcome = own_account_prove(context, session, POLICY_DELETE_ACCOUNT, password);
    return outcome == OWN_DONE ? own_account_outcome(remove_account(context, session->account.dn)) : outcome;
}
