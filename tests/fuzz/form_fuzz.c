/* SPDX-License-Identifier: Apache-2.0 */
/* A form's bytes as strangers send them, down to the fields of a table. */
#include "base/cleanup.h"
#include "web/fields.h"
#include "web/form.h"

#include <sodium/core.h>
#include <stdlib.h>
#include <string.h>

static const struct web_field FIELDS[] = {
    {"name",    WEB_LINE,       64,  false},
    { "secret", WEB_SECRET,     64,  false},
    { "mail",   WEB_ADDRESS,    254, false},
    { "box",    WEB_BOX,        8,   false},
    { "id",     WEB_IDENTIFIER, 36,  false},
    { NULL,     WEB_LINE,       0,   false},
};

static void must_hold(const struct web_pairs *pairs)
{
    if (pairs->count > WEB_FORM_PAIRS)
        abort();
    for (size_t i = 0; i < pairs->count; i++) {
        const struct web_pair *pair = &pairs->items[i];
        if (pair->name[0] == '\0' || strlen(pair->value) != pair->value_len ||
            web_pairs_find(pairs, pair->name) != pair)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (sodium_init() < 0)
        abort();
    LK_CLEANUP(lk_cleanup_arena) struct lk_arena *arena = lk_arena_new();
    struct web_pairs pairs;
    struct web_form form;
    struct web_form_fault fault = { NULL, NULL };
    const char *why = NULL;
    if (web_form_parse(arena, (const char *) bytes, len, &pairs, &why) != LK_OK) {
        if (why == NULL)
            abort();
        return 0;
    }
    must_hold(&pairs);
    if (web_form_fill(arena, FIELDS, &pairs, true, &form, &fault) == LK_OK)
        web_form_done(&form);
    else if (fault.key == NULL || fault.field == NULL)
        abort();
    return 0;
}
