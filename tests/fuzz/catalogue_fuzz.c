/* SPDX-License-Identifier: Apache-2.0 */
/* A message catalogue: whatever its bytes, opening and finding read nothing outside of them. */
#include "views/catalogue.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const originals[] = { "", "Apple", "Pear", "\xff", "zzzz" };
    struct catalogue catalogue;
    struct lk_trouble trouble;
    if (catalogue_open(bytes, len, &catalogue, &trouble) != LK_OK)
        return 0;
    for (size_t i = 0; i < sizeof originals / sizeof originals[0]; i++) {
        const char *found = catalogue_find(&catalogue, originals[i]);
        if (found != NULL && strlen(found) > len)
            abort();
    }
    return 0;
}
