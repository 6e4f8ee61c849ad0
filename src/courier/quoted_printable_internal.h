/* SPDX-License-Identifier: Apache-2.0 */
/* courier/quoted_printable_internal.h - the quoted-printable transfer encoding (RFC 2045 section 6.7). Pure. */
#ifndef LATCHKEY_COURIER_QUOTED_PRINTABLE_INTERNAL_H
#define LATCHKEY_COURIER_QUOTED_PRINTABLE_INTERNAL_H

#include "base/text.h"

/* Appends `body` encoded, as lines of at most 76 columns that end with CRLF; the last line ends with CRLF too. Line ends in
 * `body` may be LF, CRLF or CR. A dot and "From " at the start of a line are encoded, so that no relay has to touch them. */
void quoted_printable_write(struct lk_text *text, const char *body);

#endif
