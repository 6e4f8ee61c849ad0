/* SPDX-License-Identifier: Apache-2.0 */
#include "base/telephone.h"

#include <string.h>

bool lk_telephone_is_valid(const char *text)
{
    static const char ALLOWED[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:?";
    return strspn(text, ALLOWED) == strlen(text);
}
