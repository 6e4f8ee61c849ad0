/* SPDX-License-Identifier: Apache-2.0 */
/* base/mail_address.h - what may stand as an e-mail address (RFC 5321 section 4.1.2, Dot-string and domain only).
 *
 * ASCII, at most 254 octets, local part at most 64, a domain of at least two labels (letters, digits, inner
 * hyphens; the last one not all digits, which would be an IPv4 address), no quoted local part, no address literal, no
 * comment, no CR, LF, NUL. Pure functions. */
#ifndef LATCHKEY_BASE_MAIL_ADDRESS_H
#define LATCHKEY_BASE_MAIL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#define LK_MAIL_ADDRESS_MOST 254

bool lk_mail_address_is_valid(const char *address, size_t len);

#endif
