/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a value is, it stays one value: a filter made of it asserts exactly it, a name made of it has one part more than
 * its parent, which carries exactly it. And names that are read do not lead astray. */
#include "base/cleanup.h"
#include "directory/filter.h"

#include <ldap.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PARENT "ou=accounts,dc=example,dc=com"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
    if (!holds)
        abort();
}

static int digit(char c)
{
    static const char DIGITS[] = "0123456789ABCDEF0123456789abcdef";
    const char *found = memchr(DIGITS, c, sizeof DIGITS - 1);
    require(found != NULL);
    return (int) ((found - DIGITS) % 16);
}

/* Reads an assertion value (RFC 4515 section 3) the strict way: bare are only characters that mean nothing. */
static size_t decode(const char *text, size_t len, uint8_t *value_out)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        require(text[i] != '(' && text[i] != ')' && text[i] != '*' && text[i] != '\0');
        if (text[i] != '\\') {
            value_out[count++] = (uint8_t) text[i];
            continue;
        }
        require(i + 2 < len);
        value_out[count++] = (uint8_t) (digit(text[i + 1]) * 16 + digit(text[i + 2]));
        i += 2;
    }
    return count;
}

static void check_filter(const struct directory_filter *filter, const char *before, const char *after,
                         const uint8_t *value, size_t len)
{
    const size_t text_len = strlen(filter->text);
    const size_t before_len = strlen(before);
    const size_t after_len = strlen(after);
    if (len == 0) {
        require(strcmp(filter->text, "(!(objectClass=*))") == 0);
        return;
    }
    require(text_len >= before_len + after_len);
    require(memcmp(filter->text, before, before_len) == 0);
    require(memcmp(filter->text + text_len - after_len, after, after_len) == 0);
    uint8_t *decoded = malloc(text_len);
    require(decoded != NULL);
    require(decode(filter->text + before_len, text_len - before_len - after_len, decoded) == len);
    require(memcmp(decoded, value, len) == 0);
    free(decoded);
}

static void check_child(struct lk_arena *arena, const char *value)
{
    const char *dn = NULL;
    if (dn_child(arena, "uid", value, PARENT, &dn) != LK_OK)
        return;
    LDAPDN parsed = NULL;
    require(ldap_str2dn(dn, &parsed, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS);
    require(parsed[0] != NULL && parsed[0][0] != NULL && parsed[0][1] == NULL && parsed[4] == NULL);
    require((parsed[0][0]->la_flags & LDAP_AVA_BINARY) == 0);
    require(parsed[0][0]->la_value.bv_len == strlen(value));
    require(memcmp(parsed[0][0]->la_value.bv_val, value, strlen(value)) == 0);
    ldap_dnfree(parsed);
    const char *parent = NULL;
    require(dn_parent(arena, dn, &parent) == LK_OK);
    require(strcmp(parent, PARENT) == 0);
    require(dn_is_below(dn, PARENT));
    require(dn_equals(dn, dn));
}

static void check_name(struct lk_arena *arena, const char *name)
{
    const char *parent = NULL;
    (void) dn_equals(name, PARENT);
    if (dn_parent(arena, name, &parent) != LK_OK)
        return;
    require(dn_equals(name, name));
    require(dn_is_below(name, parent));
    require(!dn_equals(name, parent));
    require(!dn_is_below(parent, name));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    if (size > 4096)
        return 0;
    const char *words = lk_arena_copy(arena, data, size);
    const size_t len = strlen(words);
    check_filter(filter_equals_bytes(arena, "uid", data, size), "(uid=", ")", data, size);
    check_filter(filter_equals(arena, "uid", words), "(uid=", ")", data, len);
    check_filter(filter_contains(arena, "uid", words), "(uid=*", "*)", data, len);
    check_filter(filter_begins(arena, "uid", words), "(uid=", "*)", data, len);
    check_child(arena, words);
    check_name(arena, words);
    return 0;
}
