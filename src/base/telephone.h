/* SPDX-License-Identifier: Apache-2.0 */
/* base/telephone.h - what may stand as a telephone number in a directory: a PrintableString (RFC 4517 sections 3.3.31 and
 * 3.3.29). Pure. */
#ifndef LATCHKEY_BASE_TELEPHONE_H
#define LATCHKEY_BASE_TELEPHONE_H

#include <stdbool.h>

/* "" may stand: whoever has none gives none. */
bool lk_telephone_is_valid(const char *text);

#endif
