/* SPDX-License-Identifier: Apache-2.0 */
/* What a service for breached passwords answers: the first 35 bytes are what is looked for, the rest is its answer. Read within its bounds,
 * and to one end: what is found is found whatever comes behind, and what is nonsense does not become sense by it. */
#include "credentials/breach.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define OTHER    "0018A45C4D1DEF81644B54AB7F969B88D65"
#define MORE     "\r\n" OTHER ":1\r\n"
#define MORE_LEN (sizeof MORE - 1)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* With a NUL behind it, and not a byte more. */
static char *copy_of(const uint8_t *body, size_t len, const char *more, size_t more_len)
{
    char *copy = malloc(len + more_len + 1);
    if (copy == NULL)
        abort();
    memcpy(copy, body, len);
    memcpy(copy + len, more, more_len);
    copy[len + more_len] = '\0';
    return copy;
}

static enum breach_finding read_copy(const uint8_t *body, size_t len, const char *more, size_t more_len,
                                     const char suffix[static BREACH_SUFFIX_LEN])
{
    char *copy = copy_of(body, len, more, more_len);
    const enum breach_finding finding = breach_read(copy, len + more_len, suffix);
    free(copy);
    return finding;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char suffix[BREACH_SUFFIX_LEN + 1] = "";
    if (size < BREACH_SUFFIX_LEN)
        return 0;
    memcpy(suffix, data, BREACH_SUFFIX_LEN);
    const uint8_t *body = data + BREACH_SUFFIX_LEN;
    const size_t len = size - BREACH_SUFFIX_LEN;
    const enum breach_finding finding = read_copy(body, len, "", 0, suffix);
    if (strncasecmp(suffix, OTHER, BREACH_SUFFIX_LEN) != 0 && read_copy(body, len, MORE, MORE_LEN, suffix) != finding)
        abort();
    return 0;
}
