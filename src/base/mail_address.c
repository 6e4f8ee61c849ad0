/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mail_address.h"

#include <string.h>

#define LOCAL_PART_MOST 64
#define LABEL_MOST      63

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 5322's atext. */
static bool is_atom_character(char c)
{
    return is_letter(c) || is_digit(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
}

static bool local_part_is_valid(const char *part, size_t len)
{
    if (len == 0 || len > LOCAL_PART_MOST)
        return false;
    bool after_dot = true; /* no atom is empty: not at the start, not between dots, not at the end */
    for (size_t i = 0; i < len; i++) {
        if (part[i] == '.' ? after_dot : !is_atom_character(part[i]))
            return false;
        after_dot = part[i] == '.';
    }
    return !after_dot;
}

static bool label_is_valid(const char *label, size_t len)
{
    if (len == 0 || len > LABEL_MOST || label[0] == '-' || label[len - 1] == '-')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!is_letter(label[i]) && !is_digit(label[i]) && label[i] != '-')
            return false;
    }
    return true;
}

static bool label_is_number(const char *label, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!is_digit(label[i]))
            return false;
    }
    return true;
}

/* Its length needs no bound of its own: a whole address is shorter than the 255 octets of a domain. */
static bool domain_is_valid(const char *domain, size_t len)
{
    size_t labels = 0;
    const char *label = domain;
    const char *end = domain + len;
    for (;;) {
        const char *dot = memchr(label, '.', (size_t) (end - label));
        const size_t label_len = (size_t) ((dot == NULL ? end : dot) - label);
        if (!label_is_valid(label, label_len))
            return false;
        labels++;
        if (dot == NULL) /* the last label of an IPv4 address is a number, a top-level domain never */
            return labels >= 2 && !label_is_number(label, label_len);
        label = dot + 1;
    }
}

bool lk_mail_address_is_valid(const char *address, size_t len)
{
    if (len == 0 || len > LK_MAIL_ADDRESS_MOST)
        return false;
    const char *at = memchr(address, '@', len);
    if (at == NULL)
        return false;
    const size_t local_len = (size_t) (at - address);
    return local_part_is_valid(address, local_len) && domain_is_valid(at + 1, len - local_len - 1);
}
