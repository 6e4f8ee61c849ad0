/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cleanup.h"
#include "base/clock.h"
#include "directory/connection_internal.h"

#include <lber.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static void password_request_cleanup(BerElement **request)
{
    ber_free(*request, 1);
}

/* RFC 3062: PasswdModifyRequestValue, with the entry's DN and the new password. */
static int send_password(const struct connection *connection, const struct operation *operation, LDAPControl **controls,
                         int *message_out)
{
    const struct lk_secret *password = operation->input;
    LK_CLEANUP(password_request_cleanup) BerElement *request = ber_alloc_t(LBER_USE_DER);
    struct berval words = { .bv_len = lk_secret_len(password), .bv_val = directory_lend(lk_secret_bytes(password)) };
    struct berval value = { .bv_val = NULL };
    if (request == NULL ||
        ber_printf(request, "{tstO}", LDAP_TAG_EXOP_MODIFY_PASSWD_ID, operation->dn, LDAP_TAG_EXOP_MODIFY_PASSWD_NEW,
                   &words) < 0 ||
        ber_flatten2(request, &value, 0) < 0)
        return LDAP_ENCODING_ERROR;
    return ldap_extended_operation(connection->ldap, LDAP_EXOP_MODIFY_PASSWD, &value, controls, NULL, message_out);
}

/* Active Directory and Samba answer with no control: ERROR_PASSWORD_RESTRICTION stands at the beginning of what they say, and of the
 * two Samba alone says which rule it was. */
static enum directory_password_refusal read_words(const char *words)
{
    static const char restriction[] = "0000052D:";
    if (words == NULL || strncasecmp(words, restriction, sizeof restriction - 1) != 0)
        return DIRECTORY_REFUSAL_UNSAID;
    return strstr(words, "password is too short") != NULL ? DIRECTORY_REFUSAL_TOO_SHORT : DIRECTORY_REFUSAL_POOR;
}

static enum directory_password_refusal read_refusal(LDAP *ldap, const struct answer *answer)
{
    static const struct {
        LDAPPasswordPolicyError error;
        enum directory_password_refusal refusal;
    } meanings[] = {
        {PP_passwordTooShort,             DIRECTORY_REFUSAL_TOO_SHORT },
        { PP_passwordTooLong,             DIRECTORY_REFUSAL_TOO_LONG  },
        { PP_insufficientPasswordQuality, DIRECTORY_REFUSAL_POOR      },
        { PP_passwordInHistory,           DIRECTORY_REFUSAL_USED      },
        { PP_passwordTooYoung,            DIRECTORY_REFUSAL_TOO_YOUNG },
        { PP_passwordModNotAllowed,       DIRECTORY_REFUSAL_FORBIDDEN },
        { PP_mustSupplyOldPassword,       DIRECTORY_REFUSAL_OLD_WANTED},
    };

    LDAPControl *control = ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, answer->controls, NULL);
    ber_int_t expires = 0;
    ber_int_t grace = 0;
    LDAPPasswordPolicyError error = PP_noError;
    if (control == NULL)
        return read_words(answer->words);
    if (ldap_parse_passwordpolicy_control(ldap, control, &expires, &grace, &error) != LDAP_SUCCESS)
        return DIRECTORY_REFUSAL_UNSAID;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].error == error)
            return meanings[i].refusal;
    return DIRECTORY_REFUSAL_UNSAID;
}

/* A name that an entry with another DN has. Servers that keep names apart say so by a code for everything, and in words of their own. */
static bool says_name_is_taken(const struct operation *operation, const struct answer *answer)
{
    static const char *const signs[] = {
        "non-unique attributes found",                                /* OpenLDAP's overlay "unique" */
        "Another entry with the same attribute value already exists", /* 389 Directory Server's plugin */
    };

    if (operation->send != write_send_add || answer->code != LDAP_CONSTRAINT_VIOLATION || answer->words == NULL)
        return false;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strstr(answer->words, signs[i]) != NULL)
            return true;
    return false;
}

static enum lk_status carry_out(struct directory *directory, const struct operation *operation,
                                enum directory_password_refusal *refusal_out, struct lk_trouble *trouble)
{
    LDAPControl policy = { .ldctl_oid = directory_lend(LDAP_CONTROL_PASSWORDPOLICYREQUEST) };
    LDAPControl *const controls[] = { &policy, NULL };
    LK_CLEANUP(answer_cleanup) struct answer answer = { 0 };
    enum lk_status status = operation_run(&directory->own, directory->actor, operation, controls, &answer, trouble);
    if (status != LK_OK)
        return status;
    status = says_name_is_taken(operation, &answer) ? LK_CONFLICT : result_status(answer.code);
    if (status == LK_REFUSED)
        *refusal_out = read_refusal(directory->own.ldap, &answer);
    if (status != LK_OK)
        return result_fail(trouble, status, operation->name, answer.code, answer.words, operation->dn);
    return LK_OK;
}

static enum lk_status write_password(struct directory *directory, const struct operation *operation,
                                     enum directory_password_refusal *refusal_out, struct lk_trouble *trouble)
{
    if (directory->preview != NULL)
        return lk_fail(trouble, LK_REFUSED, "%s: what becomes of a password is not shown beforehand", operation->name);
    const int64_t began = lk_clock_monotonic();
    return operation_counted(operation->name, began, carry_out(directory, operation, refusal_out, trouble));
}

enum lk_status directory_modify_password(struct directory *directory, const char *dn,
                                         const struct directory_change *change,
                                         enum directory_password_refusal *refusal_out, struct lk_trouble *trouble)
{
    if (!change_is_usable(change))
        return lk_fail(trouble, LK_MALFORMED, "modify: nothing to change, or a value is missing; entry %s", dn);
    const struct operation operation = { .name = "modify", .dn = dn, .send = write_send_modify, .input = change };
    return write_password(directory, &operation, refusal_out, trouble);
}

enum lk_status directory_add_password(struct directory *directory, const char *dn,
                                      const struct directory_change *attributes,
                                      enum directory_password_refusal *refusal_out, struct lk_trouble *trouble)
{
    if (!change_is_usable(attributes) || !attributes->only_adds)
        return lk_fail(trouble, LK_MALFORMED, "add: not a list of attributes with values; entry %s", dn);
    const struct operation operation = { .name = "add", .dn = dn, .send = write_send_add, .input = attributes };
    return write_password(directory, &operation, refusal_out, trouble);
}

enum lk_status directory_set_password(struct directory *directory, const char *dn, const struct lk_secret *password,
                                      enum directory_password_refusal *refusal_out, struct lk_trouble *trouble)
{
    if (lk_secret_len(password) == 0)
        return lk_fail(trouble, LK_MALFORMED, "password modify: an empty password; entry %s", dn);
    const struct operation operation = { .name = "password", .dn = dn, .send = send_password, .input = password };
    return write_password(directory, &operation, refusal_out, trouble);
}

const char *directory_refusal_name(enum directory_password_refusal refusal)
{
    static const char *const names[] = { "unsaid", "too_short", "too_long",  "poor",
                                         "used",   "too_young", "forbidden", "old_wanted" };
    return (unsigned) refusal < sizeof names / sizeof *names ? names[refusal] : names[0];
}
