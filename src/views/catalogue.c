/* SPDX-License-Identifier: Apache-2.0 */
#include "views/catalogue.h"

#include <string.h>
#include <unistr.h>

#define MAGIC         UINT32_C(0x950412de)
#define MAGIC_SWAPPED UINT32_C(0xde120495)
#define HEADER_LEN    ((size_t) 28)
#define ENTRY_LEN     ((size_t) 8)

/* `at` + 4 has been checked. */
static uint32_t number_at(const struct catalogue *catalogue, size_t at)
{
    uint32_t number;
    memcpy(&number, catalogue->bytes + at, sizeof number);
    return catalogue->is_swapped ? __builtin_bswap32(number) : number;
}

static bool is_table(const struct catalogue *catalogue, uint32_t at)
{
    return at <= catalogue->len && catalogue->count <= (catalogue->len - at) / ENTRY_LEN;
}

/* The text that entry `index` of a table names. */
static const char *text_at(const struct catalogue *catalogue, uint32_t table, uint32_t index, uint32_t *len_out)
{
    const size_t entry = table + ENTRY_LEN * index;
    *len_out = number_at(catalogue, entry);
    return (const char *) catalogue->bytes + number_at(catalogue, entry + 4);
}

/* Within the bytes, with a NUL behind it, and UTF-8. */
static bool is_text(const struct catalogue *catalogue, uint32_t table, uint32_t index)
{
    const size_t entry = table + ENTRY_LEN * index;
    const size_t len = number_at(catalogue, entry);
    const size_t at = number_at(catalogue, entry + 4);
    if (at >= catalogue->len || len >= catalogue->len - at || catalogue->bytes[at + len] != '\0')
        return false;
    return u8_check(catalogue->bytes + at, len) == NULL;
}

static const char *original_at(const struct catalogue *catalogue, uint32_t index)
{
    uint32_t len;
    return text_at(catalogue, catalogue->originals, index, &len);
}

enum lk_status catalogue_open(const void *bytes, size_t len, struct catalogue *catalogue_out,
                              struct lk_trouble *trouble)
{
    struct catalogue catalogue = { .bytes = bytes, .len = len };
    if (len < HEADER_LEN || len > CATALOGUE_MOST)
        return lk_fail(trouble, LK_MALFORMED, "not a message catalogue: %zu bytes", len);
    const uint32_t magic = number_at(&catalogue, 0);
    if (magic != MAGIC && magic != MAGIC_SWAPPED)
        return lk_fail(trouble, LK_MALFORMED, "not a message catalogue: other magic number");
    catalogue.is_swapped = magic == MAGIC_SWAPPED;
    if (number_at(&catalogue, 4) >> 16 > 1)
        return lk_fail(trouble, LK_MALFORMED, "a message catalogue of an unknown revision");
    catalogue.count = number_at(&catalogue, 8);
    catalogue.originals = number_at(&catalogue, 12);
    catalogue.translations = number_at(&catalogue, 16);
    if (!is_table(&catalogue, catalogue.originals) || !is_table(&catalogue, catalogue.translations))
        return lk_fail(trouble, LK_MALFORMED, "message catalogue: a table lies outside");
    for (uint32_t i = 0; i < catalogue.count; i++) {
        if (!is_text(&catalogue, catalogue.originals, i) || !is_text(&catalogue, catalogue.translations, i))
            return lk_fail(trouble, LK_MALFORMED, "message catalogue: text %u lies outside or is not UTF-8", i);
        if (i > 0 && strcmp(original_at(&catalogue, i - 1), original_at(&catalogue, i)) >= 0)
            return lk_fail(trouble, LK_MALFORMED, "message catalogue: text %u is not in order", i);
    }
    *catalogue_out = catalogue;
    return LK_OK;
}

const char *catalogue_find(const struct catalogue *catalogue, const char *original)
{
    uint32_t low = 0;
    uint32_t high = catalogue->count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = strcmp(original_at(catalogue, middle), original);
        if (order == 0) {
            uint32_t len;
            const char *translation = text_at(catalogue, catalogue->translations, middle, &len);
            return *translation == '\0' ? NULL : translation;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
