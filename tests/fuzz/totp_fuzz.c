/* SPDX-License-Identifier: Apache-2.0 */
/* What is typed into the field for a code: read within its bounds, and what is read is what would be shown. */
#include "base/arena.h"
#include "credentials/totp.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char code[TOTP_DIGITS + 1];
    struct recovery_code recovery, again;
    const char *typed = (const char *) data;
    if (totp_code_read(typed, size, code) && strspn(code, "0123456789") != TOTP_DIGITS)
        abort();
    if (recovery_code_read(typed, size, &recovery)) {
        struct lk_arena *arena = lk_arena_new();
        const char *text = recovery_code_text(arena, &recovery);
        if (!recovery_code_read(text, strlen(text), &again) || strcmp(recovery.letters, again.letters) != 0)
            abort();
        lk_arena_free(arena);
    }
    return 0;
}
