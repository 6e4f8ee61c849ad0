/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/manage_account.h"

#include "actions/new_password.h"
#include "courier/outbox.h"
#include "directory/names.h"

#include <string.h>

/* draft-behera password policy; a directory without it does not know the name. */
#define LOCKED "pwdAccountLockedTime"

static enum lk_status modify(struct action_context *context, const struct account *account,
                             const struct directory_change *change)
{
    return directory_modify(context->directory, account->dn, change, &context->trouble);
}

enum lk_status manage_password(struct action_context *context, const struct account *account,
                               const struct lk_secret *password, enum directory_password_refusal *refusal_out)
{
    const struct new_password wanted = { .account = account,
                                         .password = password,
                                         .told = context->ring != NULL ? "password" : NULL };
    return new_password_write(context, &wanted, refusal_out);
}

enum lk_status manage_mail(struct action_context *context, const struct account *account, const char *mail)
{
    const char *former = account->alternate_mail;
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_replace(change, NAME_ALTERNATE_MAIL, *mail == '\0' ? NULL : mail);
    directory_change_replace(change, NAME_PENDING_MAIL, NULL);
    if (context->ring != NULL && former != NULL && strcmp(former, mail) != 0)
        tell_of_change(context, change, account, "address", former);
    return modify(context, account, change);
}

enum lk_status manage_reset(struct action_context *context, const struct account *account)
{
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_add(change, NAME_SEND, outbox_reset(context->arena));
    const enum lk_status status = modify(context, account, change);
    return status == LK_CONFLICT ? LK_OK : status;
}

enum lk_status manage_is_locked(struct action_context *context, const struct account *account, bool *locked_out)
{
    static const char *const attributes[] = { LOCKED, NULL };
    struct directory_entry entry = { 0 };
    const enum lk_status status =
        directory_read(context->directory, context->arena, account->dn, NULL, attributes, &entry, &context->trouble);
    *locked_out = status == LK_OK && directory_first(&entry, LOCKED) != NULL;
    return status;
}

enum lk_status manage_unlock(struct action_context *context, const struct account *account)
{
    bool is_locked = false;
    const enum lk_status status = manage_is_locked(context, account, &is_locked);
    if (status != LK_OK)
        return status;
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_replace(change, NAME_ATTEMPT, NULL);
    if (is_locked)
        directory_change_replace(change, LOCKED, NULL);
    return modify(context, account, change);
}

enum lk_status manage_drop_second_factor(struct action_context *context, const struct account *account)
{
    struct directory_change *change = directory_change_new(context->arena);
    directory_change_replace(change, NAME_SECOND_FACTOR, NULL);
    directory_change_replace(change, NAME_RECOVERY_CODE, NULL);
    if (context->ring != NULL)
        tell_holder(context, change, account, "factor_off");
    return modify(context, account, change);
}
