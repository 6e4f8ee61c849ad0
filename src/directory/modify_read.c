/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "directory/connection_internal.h"

#include <lber.h>
#include <stddef.h>

static void wanted_cleanup(BerElement **wanted)
{
    ber_free(*wanted, 1);
}

/* RFC 4527 section 3.2: the control's value is an AttributeSelection; the text is the element's. */
static bool write_wanted(BerElement *wanted, const char *const *attributes, struct berval *value_out)
{
    bool is_written = wanted != NULL && ber_printf(wanted, "{" /*}*/) >= 0;
    for (size_t i = 0; is_written && attributes[i] != NULL; i++)
        is_written = ber_printf(wanted, "s", attributes[i]) >= 0;
    return is_written && ber_printf(wanted, /*{*/ "}") >= 0 && ber_flatten2(wanted, value_out, 0) >= 0;
}

/* What makes no sense is as good as not told. */
static struct directory_entry read_after(const struct connection *connection, const struct answer *answer,
                                         struct lk_arena *arena)
{
    LDAPControl *control = ldap_control_find(LDAP_CONTROL_POST_READ, answer->controls, NULL);
    struct directory_entry entry = { .dn = NULL };
    if (control == NULL || entry_from_bytes(connection, &control->ldctl_value, arena, &entry) != LK_OK)
        return (struct directory_entry){ .dn = NULL };
    return entry;
}

/* Not critical: whether the change is made must not hang on it, and slapd 2.5 calls a change done that it did not make because a critical
 * one failed. */
static enum lk_status carry_out(struct directory *directory, struct lk_arena *arena, const struct operation *operation,
                                const char *const *attributes, struct directory_entry *after_out,
                                struct lk_trouble *trouble)
{
    LK_CLEANUP(wanted_cleanup) BerElement *wanted = ber_alloc_t(LBER_USE_DER);
    LDAPControl control = { .ldctl_oid = directory_lend(LDAP_CONTROL_POST_READ) };
    LDAPControl *const controls[] = { &control, NULL };
    LK_CLEANUP(answer_cleanup) struct answer answer = { 0 };
    if (!write_wanted(wanted, translate_list(directory->own.config, arena, attributes), &control.ldctl_value))
        return lk_fail(trouble, LK_MALFORMED, "%s: what is to be read cannot be written", operation->name);
    const enum lk_status status = write_carry_out(directory, operation, controls, &answer, trouble);
    if (status == LK_OK)
        *after_out = read_after(&directory->own, &answer, arena);
    return status;
}

enum lk_status directory_modify_read(struct directory *directory, struct lk_arena *arena, const char *dn,
                                     const struct directory_change *change, const char *const *attributes,
                                     struct directory_entry *after_out, struct lk_trouble *trouble)
{
    if (directory->preview != NULL || !change_is_usable(change)) {
        *after_out = (struct directory_entry){ .dn = NULL };
        return directory_modify(directory, dn, change, trouble);
    }
    const struct operation operation = { .name = "modify", .dn = dn, .send = write_send_modify, .input = change };
    const int64_t began = lk_clock_monotonic();
    return operation_counted(operation.name, began,
                             carry_out(directory, arena, &operation, attributes, after_out, trouble));
}
