/* SPDX-License-Identifier: Apache-2.0 */
#include "credentials/change_password.h"

#include "base/cleanup.h"
#include "credentials/password_internal.h"
#include "credentials/prepare.h"
#include "credentials/unicode_password.h"
#include "credentials/verifiers.h"
#include "directory/names.h"

#include <stddef.h>

/* What a way of changing a password works with. */
struct task {
    struct credentials *credentials;
    struct directory *directory;
    struct lk_arena *arena;
    const struct password_change *change;
    enum directory_password_refusal *refusal_out;
    struct lk_trouble *trouble;
};

static const char *link_attribute(const struct task *task)
{
    return task->change->link_attribute != NULL ? task->change->link_attribute : NAME_TOKEN;
}

/* ---- in one Modify ---- */

static enum lk_status put_verifiers(const struct task *task, struct directory_change *modify)
{
    struct verifiers verifiers;
    const enum lk_status status =
        credentials_make_verifiers(task->credentials, task->arena, task->change->password, &verifiers);
    if (status == LK_OK)
        verifiers_replace(&verifiers, modify);
    return status;
}

static enum lk_status put_unicode(const struct task *task, struct directory_change *modify)
{
    return unicode_password_replace(task->arena, task->change->password, modify);
}

/* As it is, in its prepared form: the directory hashes it. The bytes live in the change's arena, which wipes them. */
static enum lk_status put_clear(const struct task *task, struct directory_change *modify)
{
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *prepared = password_prepared(task->change->password);
    directory_change_replace_bytes(modify, NAME_USER_PASSWORD, lk_secret_bytes(prepared), lk_secret_len(prepared));
    directory_change_replace(modify, NAME_VERIFIER, verifiers_server_note(task->arena));
    return LK_OK;
}

static enum lk_status modify_once(const struct task *task,
                                  enum lk_status (*put)(const struct task *task, struct directory_change *modify))
{
    struct directory_change *modify = directory_change_new(task->arena);
    if (task->change->link != NULL)
        directory_change_delete(modify, link_attribute(task), task->change->link);
    const enum lk_status status = put(task, modify);
    if (status != LK_OK)
        return lk_fail(task->trouble, status, "the new password cannot be written; entry %s", task->change->account_dn);
    if (task->change->others != NULL)
        directory_change_append(modify, task->change->others);
    return directory_modify_password(task->directory, task->change->account_dn, modify, task->refusal_out,
                                     task->trouble);
}

static enum lk_status change_verifiers(const struct task *task)
{
    return modify_once(task, put_verifiers);
}

static enum lk_status change_unicode(const struct task *task)
{
    return modify_once(task, put_unicode);
}

/* The directory hashes it, on the same machine perhaps: behind the gate like a bind. */
static enum lk_status change_clear(const struct task *task)
{
    if (gate_enter(task->credentials->gate) != LK_OK)
        return lk_fail(task->trouble, LK_BUSY, "too many passwords are being hashed");
    const enum lk_status status = modify_once(task, put_clear);
    gate_leave(task->credentials->gate);
    return status;
}

/* ---- by the extended operation ---- */

static enum lk_status use_up_link(const struct task *task)
{
    if (task->change->link == NULL)
        return LK_OK;
    struct directory_change *modify = directory_change_new(task->arena);
    directory_change_delete(modify, link_attribute(task), task->change->link);
    return directory_modify(task->directory, task->change->account_dn, modify, task->trouble);
}

/* The password was refused, so the person may try another one with the same link. If that cannot be written either, a new
 * link has to be asked for. */
static void put_link_back(const struct task *task)
{
    if (task->change->link == NULL)
        return;
    struct lk_trouble ignored;
    struct directory_change *modify = directory_change_new(task->arena);
    directory_change_add(modify, link_attribute(task), task->change->link);
    (void) !directory_modify(task->directory, task->change->account_dn, modify, &ignored);
}

/* Behind the gate, as above. */
static enum lk_status set_password(const struct task *task)
{
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *prepared = password_prepared(task->change->password);
    if (gate_enter(task->credentials->gate) != LK_OK)
        return lk_fail(task->trouble, LK_BUSY, "too many passwords are being hashed");
    const enum lk_status status =
        directory_set_password(task->directory, task->change->account_dn, prepared, task->refusal_out, task->trouble);
    gate_leave(task->credentials->gate);
    return status;
}

static enum lk_status change_by_operation(const struct task *task)
{
    enum lk_status status = use_up_link(task);
    if (status != LK_OK)
        return status;
    status = set_password(task);
    if (status == LK_REFUSED || status == LK_BUSY)
        put_link_back(task);
    if (status == LK_OK && task->change->is_set != NULL)
        *task->change->is_set = true;
    if (status != LK_OK || task->change->others == NULL || directory_change_is_empty(task->change->others))
        return status;
    return directory_modify(task->directory, task->change->account_dn, task->change->others, task->trouble);
}

/* ---- with a new entry ---- */

static enum lk_status add_verifiers(struct credentials *credentials, struct lk_arena *arena,
                                    const struct new_entry *entry)
{
    struct verifiers verifiers;
    const enum lk_status status = credentials_make_verifiers(credentials, arena, entry->password, &verifiers);
    if (status == LK_OK)
        verifiers_add(&verifiers, entry->attributes);
    return status;
}

static enum lk_status add_clear(struct credentials *credentials, struct directory *directory, struct lk_arena *arena,
                                const struct new_entry *entry, enum directory_password_refusal *refusal_out,
                                struct lk_trouble *trouble)
{
    LK_CLEANUP(lk_cleanup_secret) struct lk_secret *prepared = password_prepared(entry->password);
    directory_change_add_bytes(entry->attributes, NAME_USER_PASSWORD, lk_secret_bytes(prepared),
                               lk_secret_len(prepared));
    directory_change_add(entry->attributes, NAME_VERIFIER, verifiers_server_note(arena));
    if (gate_enter(credentials->gate) != LK_OK)
        return lk_fail(trouble, LK_BUSY, "too many passwords are being hashed");
    const enum lk_status status = directory_add_password(directory, entry->dn, entry->attributes, refusal_out, trouble);
    gate_leave(credentials->gate);
    return status;
}

static enum lk_status add_in_one(struct directory *directory, const struct new_entry *entry, enum lk_status is_made,
                                 enum directory_password_refusal *refusal_out, struct lk_trouble *trouble)
{
    if (is_made != LK_OK)
        return lk_fail(trouble, is_made, "the new password cannot be written; entry %s", entry->dn);
    return directory_add_password(directory, entry->dn, entry->attributes, refusal_out, trouble);
}

/* ---- the doors ---- */

enum lk_status credentials_add_entry(struct credentials *credentials, struct directory *directory,
                                     struct lk_arena *arena, const struct new_entry *entry,
                                     enum directory_password_refusal *refusal_out, struct lk_trouble *trouble)
{
    *refusal_out = DIRECTORY_REFUSAL_UNSAID;
    if (!password_fits(entry->password))
        return lk_fail(trouble, LK_MALFORMED, "the password is empty or too long");
    switch (credentials->config->directory_password_method) {
    case CONFIG_PASSWORD_METHOD_VERIFIERS:
        return add_in_one(directory, entry, add_verifiers(credentials, arena, entry), refusal_out, trouble);
    case CONFIG_PASSWORD_METHOD_UNICODE_PWD:
        return add_in_one(directory, entry, unicode_password_add(arena, entry->password, entry->attributes),
                          refusal_out, trouble);
    case CONFIG_PASSWORD_METHOD_USER_PASSWORD:
        return add_clear(credentials, directory, arena, entry, refusal_out, trouble);
    case CONFIG_PASSWORD_METHOD_EXOP: break;
    }
    return lk_fail(trouble, LK_BROKEN, "directory.password_method has no password in an Add");
}

enum lk_status credentials_change_password(struct credentials *credentials, struct directory *directory,
                                           struct lk_arena *arena, const struct password_change *change,
                                           enum directory_password_refusal *refusal_out, struct lk_trouble *trouble)
{
    static enum lk_status (*const ways[])(const struct task *task) = {
        [CONFIG_PASSWORD_METHOD_VERIFIERS] = change_verifiers,
        [CONFIG_PASSWORD_METHOD_EXOP] = change_by_operation,
        [CONFIG_PASSWORD_METHOD_UNICODE_PWD] = change_unicode,
        [CONFIG_PASSWORD_METHOD_USER_PASSWORD] = change_clear,
    };
    const struct task task = { credentials, directory, arena, change, refusal_out, trouble };
    *refusal_out = DIRECTORY_REFUSAL_UNSAID;
    if (!password_fits(change->password))
        return lk_fail(trouble, LK_MALFORMED, "the password is empty or too long");
    return ways[credentials->config->directory_password_method](&task);
}
