/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "directory/connection_internal.h"

#include <stddef.h>

#define PREVIEW_MOST ((size_t) 4 * 1024 * 1024)

int write_send_modify(const struct connection *connection, const struct operation *operation, LDAPControl **controls,
                      int *message_out)
{
    const struct directory_change *change = operation->input;
    LDAPMod **changes = translate_changes(connection->config, change->arena, change->changes, change->count);
    return ldap_modify_ext(connection->ldap, operation->dn, changes, controls, NULL, message_out);
}

int write_send_add(const struct connection *connection, const struct operation *operation, LDAPControl **controls,
                   int *message_out)
{
    const struct directory_change *change = operation->input;
    LDAPMod **changes = translate_changes(connection->config, change->arena, change->changes, change->count);
    return ldap_add_ext(connection->ldap, operation->dn, changes, controls, NULL, message_out);
}

static int send_delete(const struct connection *connection, const struct operation *operation, LDAPControl **controls,
                       int *message_out)
{
    return ldap_delete_ext(connection->ldap, operation->dn, controls, NULL, message_out);
}

enum lk_status write_carry_out(struct directory *directory, const struct operation *operation,
                               LDAPControl *const *controls, struct answer *answer_out, struct lk_trouble *trouble)
{
    const char *actor = NULL;
    enum lk_status status = directory_actor(directory, &actor, trouble);
    if (status == LK_OK)
        status = operation_run(&directory->own, actor, operation, controls, answer_out, trouble);
    if (status != LK_OK)
        return status;
    status = result_status(answer_out->code);
    if (status != LK_OK)
        return result_fail(trouble, status, operation->name, answer_out->code, answer_out->words, operation->dn);
    return LK_OK;
}

static enum lk_status carry_out(struct directory *directory, const struct operation *operation,
                                struct lk_trouble *trouble)
{
    LK_CLEANUP(answer_cleanup) struct answer answer = { 0 };
    return write_carry_out(directory, operation, NULL, &answer, trouble);
}

static enum lk_status tell_preview(const struct directory *directory, const struct operation *operation,
                                   enum ldif_kind kind)
{
    struct lk_text text LK_CLEANUP(lk_text_done) = LK_TEXT(PREVIEW_MOST);
    ldif_record(&text, kind, operation->dn, operation->input, directory->own.config);
    if (!lk_text_ok(&text))
        return LK_BROKEN;
    directory->preview(directory->preview_context, lk_text_string(&text));
    return LK_OK;
}

static enum lk_status write_entry(struct directory *directory, const struct operation *operation, enum ldif_kind kind,
                                  struct lk_trouble *trouble)
{
    if (directory->preview != NULL)
        return tell_preview(directory, operation, kind);
    const int64_t began = lk_clock_monotonic();
    return operation_counted(operation->name, began, carry_out(directory, operation, trouble));
}

bool change_is_usable(const struct directory_change *change)
{
    return change->count > 0 && !change->malformed;
}

enum lk_status directory_modify(struct directory *directory, const char *dn, const struct directory_change *change,
                                struct lk_trouble *trouble)
{
    if (!change_is_usable(change))
        return lk_fail(trouble, LK_MALFORMED, "modify: nothing to change, or a value is missing; entry %s", dn);
    const struct operation operation = { .name = "modify", .dn = dn, .send = write_send_modify, .input = change };
    return write_entry(directory, &operation, LDIF_MODIFY, trouble);
}

enum lk_status directory_add(struct directory *directory, const char *dn, const struct directory_change *attributes,
                             struct lk_trouble *trouble)
{
    if (!change_is_usable(attributes) || !attributes->only_adds)
        return lk_fail(trouble, LK_MALFORMED, "add: not a list of attributes with values; entry %s", dn);
    const struct operation operation = { .name = "add", .dn = dn, .send = write_send_add, .input = attributes };
    return write_entry(directory, &operation, LDIF_ADD, trouble);
}

enum lk_status directory_delete(struct directory *directory, const char *dn, struct lk_trouble *trouble)
{
    const struct operation operation = { .name = "delete", .dn = dn, .send = send_delete };
    return write_entry(directory, &operation, LDIF_DELETE, trouble);
}
