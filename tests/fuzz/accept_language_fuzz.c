/* SPDX-License-Identifier: Apache-2.0 */
/* An Accept-Language header: an index within the list, or its count. */
#include "views/language.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const tags[] = { "en", "de", "de-AT", "zh-Hant-TW" };
    char *header = malloc(len + 1);
    if (header == NULL)
        return 0;
    if (len > 0)
        memcpy(header, bytes, len);
    header[len] = '\0';
    if (language_best(tags, 4, header) > 4)
        abort();
    free(header);
    return 0;
}
